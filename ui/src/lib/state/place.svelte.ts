/** Where in the window the person is. */
import type { DemoView } from '$lib/backend';
import { everything, type Criteria } from '$lib/demo/filter';

export type View = 'create' | 'demo' | 'trash';
export type Tab = 'overview' | 'content' | 'media';

export class Place {
  view = $state<View>('create');
  selected = $state<string | null>(null);
  /** What of a demo is shown; it stays when another demo is selected. */
  tab = $state<Tab>('overview');
  criteria = $state<Criteria>({ ...everything });
  /** The demo whose name is being edited. */
  renaming = $state<string | null>(null);

  show(demo: Pick<DemoView, 'id'>): void {
    this.view = 'demo';
    if (this.selected !== demo.id) this.renaming = null;
    this.selected = demo.id;
  }
  create(): void {
    this.view = 'create';
    this.selected = null;
    this.renaming = null;
  }
  openTrash(): void {
    this.view = 'trash';
    this.selected = null;
    this.renaming = null;
  }
  clearCriteria(): void {
    this.criteria = { ...everything };
  }
}

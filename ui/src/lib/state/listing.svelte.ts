/** The demos that the list shows, in its order, and the steps between them. */
import type { DemoView } from '$lib/backend';
import { filterDemos } from '$lib/demo/filter';
import type { Place } from './place.svelte';
import type { Workspace } from './workspace.svelte';

export class Listing {
  readonly #workspace: Workspace;
  readonly #place: Place;
  readonly visible = $derived.by(() => filterDemos(this.#workspace.demos, this.#place.criteria));
  readonly index = $derived.by(() => this.visible.findIndex((demo) => demo.id === this.#place.selected));
  readonly isFiltered = $derived.by(() => this.visible !== this.#workspace.demos);

  constructor(workspace: Workspace, place: Place) {
    this.#workspace = workspace;
    this.#place = place;
  }

  get selected(): DemoView | undefined {
    return this.#place.view === 'demo' ? this.#workspace.demo(this.#place.selected) : undefined;
  }

  /** Selects the row at `index`, or the nearest there is. */
  go(index: number): void {
    const demo = this.visible[Math.max(0, Math.min(this.visible.length - 1, index))];
    if (demo) this.#place.show(demo);
  }

  /** Selects what stands where `gone` stood; with nothing left, the create flow. */
  leave(gone: DemoView): void {
    const after = this.visible.findIndex((demo) => demo.created_at <= gone.created_at);
    if (this.visible.length === 0) this.#place.create();
    else this.go(after < 0 ? this.visible.length - 1 : after);
  }
}

import { documentHead, statusOf } from '../../src/lib/backend/fake/status';
import type { AppEvent, DemoView, Snapshot } from '../../src/lib/backend/types';

export function demo(name: string, more: Partial<DemoView> = {}): DemoView {
  const slug = name.toLowerCase().replace(/\W+/g, '-');
  return {
    ...documentHead,
    id: slug,
    slug,
    name,
    tags: [],
    brief: {},
    template: { key: 'bakery', url: 'starter:bakery', branch: 'main', commit: '' },
    version_id: '',
    request_id: `request-${slug}`,
    created_at: '2026-01-01T00:00:00Z',
    status: statusOf({ state: 'ready' }, 'Ready.', '2026-01-01T00:00:00Z'),
    ...more,
  };
}

export const changed = (seq: number, one: DemoView): AppEvent => ({ seq, kind: 'demo_changed', demo: one });
export const removed = (seq: number, id: string): AppEvent => ({ seq, kind: 'demo_removed', id });

/** A host whose answers are given by hand, one at a time. */
export class HandHost {
  order: string[] = [];
  listener: (event: AppEvent) => void = () => {};
  trashed: DemoView[] = [];
  #waiting: { resolve: (snapshot: Snapshot) => void; reject: (failure: unknown) => void }[] = [];

  subscribe = async (listener: (event: AppEvent) => void) => {
    this.order.push('subscribe');
    this.listener = listener;
    return () => this.order.push('unsubscribe');
  };
  snapshot = () => {
    this.order.push('snapshot');
    return new Promise<Snapshot>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  };
  trash = async () => this.trashed;

  async answer(seq: number, demos: DemoView[]): Promise<void> {
    this.#waiting.shift()!.resolve({ seq, version: '1', workspace: '/w', demos, templates: [] });
    await settle();
  }
  async fail(failure: unknown): Promise<void> {
    this.#waiting.shift()!.reject(failure);
    await settle();
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

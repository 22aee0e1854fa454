/** Which demos have edits of a time when the program ended before they were saved. */
import type { Backend } from '$lib/backend';

export class Drafts {
  /** How many documents of each demo have some. */
  left = $state.raw<ReadonlyMap<string, number>>(new Map());
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Asks again. What cannot be asked stays as it was known. */
  async load(): Promise<void> {
    try {
      const left = await this.#backend.leftDrafts();
      this.left = new Map(left.map(({ demo, documents }) => [demo, documents]));
    } catch {
      // Each demo's own Content tab says what is the matter with it.
    }
  }
}

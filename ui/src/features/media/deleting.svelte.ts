/**
 * Deleting, step by step. One file that nothing uses goes at once and can be taken back. Several are asked for first;
 * and of what is in use, the places are shown before it can go all the same.
 */
import { type MediaBackend, type MediaItem, type MediaUse, toFailure } from '$lib/backend';
import type { Library } from '$lib/media/library.svelte';

export interface Question {
  items: readonly MediaItem[];
  used: readonly MediaItem[];
  /** By the item's id; none while it is asked for. */
  uses: ReadonlyMap<string, readonly MediaUse[]> | null;
}

/** Called before items go; what it gives is called when they are gone. */
export type Leaving = (items: readonly MediaItem[]) => (token: string) => void;

/** Of so many the places are shown. */
const shown = 50;

export class Deleting {
  question = $state.raw<Question | null>(null);
  busy = $state(false);
  readonly #host: Pick<MediaBackend, 'removeMedia' | 'mediaUses'>;
  readonly #library: Library;
  readonly #leaving: Leaving;

  constructor(host: Pick<MediaBackend, 'removeMedia' | 'mediaUses'>, library: Library, leaving: Leaving) {
    this.#host = host;
    this.#library = library;
    this.#leaving = leaving;
  }

  async begin(items: readonly MediaItem[]): Promise<void> {
    if (items.length === 0 || this.busy) return;
    const used = items.filter(({ usedIn }) => usedIn.length > 0);
    if (items.length > 1 || used.length > 0) return this.#ask(items, used);
    try {
      await this.#remove(items, false);
    } catch (thrown) {
      // Something began to use it.
      if (toFailure(thrown).code === 'InUse') return this.#ask(items, items);
      throw thrown;
    }
  }
  /** The answer to the question: all of them, or only what nothing uses. */
  async confirm(which: 'all' | 'unused'): Promise<void> {
    const question = this.question;
    if (!question || this.busy) return;
    const items = which === 'all' ? question.items : question.items.filter((item) => !question.used.includes(item));
    try {
      await this.#remove(items, which === 'all' && question.used.length > 0);
    } catch (thrown) {
      if (toFailure(thrown).code === 'InUse') return this.#askAgain(question.items);
      this.question = null;
      throw thrown;
    }
  }
  keep(): void {
    this.question = null;
  }

  async #remove(items: readonly MediaItem[], evenIfUsed: boolean): Promise<void> {
    this.busy = true;
    try {
      const ids = items.map(({ id }) => id);
      const gone = this.#leaving(items);
      const token = await this.#host.removeMedia(this.#library.demo, ids, evenIfUsed);
      this.question = null;
      gone(token);
    } finally {
      this.busy = false;
    }
  }
  async #askAgain(items: readonly MediaItem[]): Promise<void> {
    await this.#library.load();
    const fresh = items.flatMap(({ id }) => this.#library.item(id) ?? []);
    const used = fresh.filter(({ usedIn }) => usedIn.length > 0);
    await this.#ask(fresh, used.length > 0 ? used : fresh);
  }
  async #ask(items: readonly MediaItem[], used: readonly MediaItem[]): Promise<void> {
    const question: Question = { items, used, uses: used.length === 0 ? new Map() : null };
    this.question = question;
    // Of all: the catalogue lists the documents that use an item, and a style sheet or a script may use it too.
    const ids = items.map(({ id }) => id);
    const found = await this.#host.mediaUses(this.#library.demo, ids).catch((): Record<string, MediaUse[]> => ({}));
    const uses = new Map(Object.entries(found));
    const known = items.filter((item) => used.includes(item) || (uses.get(item.id)?.length ?? 0) > 0);
    const told = new Map(known.slice(0, shown).map(({ id }) => [id, uses.get(id) ?? []] as const));
    if (this.question === question) this.question = { ...question, used: known, uses: told };
  }
}

/** Pictures of demos and templates, asked for when a row is shown and kept for the most recent ones only. */
import { SvelteMap } from 'svelte/reactivity';
import type { Backend } from '$lib/backend';

const kept = 160;

export class Thumbnails {
  readonly #pictures = new SvelteMap<string, string | null>();
  readonly #asked = new Set<string>();
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** The picture as a data URL; null when there is none, undefined while it is not known. */
  ofTemplate(key: string): string | null | undefined {
    return key ? this.#pictures.get(`template ${key}`) : null;
  }
  ofDemo(id: string): string | null | undefined {
    return this.#pictures.get(`demo ${id}`);
  }

  wantTemplate(key: string): void {
    if (key) this.#want(`template ${key}`, () => this.#backend.templateThumbnail(key));
  }
  wantDemo(id: string): void {
    this.#want(`demo ${id}`, () => this.#backend.demoThumbnail(id));
  }
  /** There is another picture of a demo: whoever shows the old one gets the new one in its place. */
  async renewDemo(id: string): Promise<void> {
    const name = `demo ${id}`;
    if (!this.#asked.has(name)) return;
    const picture = await this.#backend.demoThumbnail(id).catch(() => undefined);
    if (picture !== undefined && this.#asked.has(name)) this.#pictures.set(name, picture);
  }
  forgetTemplate(key: string): void {
    this.#asked.delete(`template ${key}`);
    this.#pictures.delete(`template ${key}`);
  }

  #want(name: string, ask: () => Promise<string | null>): void {
    // Asked for again is moved to the end, so that the oldest is also the longest unseen.
    const known = this.#asked.delete(name);
    this.#asked.add(name);
    if (known) return;
    void ask()
      .catch(() => null)
      .then((picture) => {
        this.#pictures.set(name, picture);
        if (this.#asked.size > kept) this.#forgetOldest();
      });
  }
  #forgetOldest(): void {
    for (const name of this.#asked) {
      if (this.#asked.size <= kept / 2) return;
      if (!name.startsWith('demo ')) continue;
      this.#asked.delete(name);
      this.#pictures.delete(name);
    }
  }
}

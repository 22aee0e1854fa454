/**
 * Everything of media that outlives what is open: imports that are under way, and the libraries that were seen last.
 * There is one for each host; it listens from its first use on.
 */
import type { AppEvent, Backend } from '$lib/backend';
import type { MediaBackend, MediaEvent, MediaImport } from '$lib/backend/media';
import { Library } from './library.svelte';

type Host = Pick<Backend, 'subscribe'> & Pick<MediaBackend, 'media' | 'importMedia' | 'cancelImport'>;

const kept = 8;

export class MediaDesk {
  /** Oldest first; one that ended stays until it is dismissed. */
  imports = $state.raw<readonly MediaImport[]>([]);
  readonly #host: Host;
  readonly #libraries = new Map<string, Library>();
  readonly #dismissed = new Set<string>();
  readonly #listening: Promise<unknown>;
  #seq = -1;

  constructor(host: Host) {
    this.#host = host;
    this.#listening = host.subscribe((event) => this.#receive(event));
  }

  library(demo: string): Library {
    const library = this.#libraries.get(demo) ?? new Library(this.#host, demo);
    this.#libraries.delete(demo);
    this.#libraries.set(demo, library);
    for (const oldest of this.#libraries.keys()) {
      if (this.#libraries.size <= kept) break;
      if (!this.#libraries.get(oldest)!.isWatched) this.#libraries.delete(oldest);
    }
    return library;
  }
  importsOf(demo: string): readonly MediaImport[] {
    return this.imports.filter((one) => one.demo === demo);
  }

  async begin(demo: string, files: string[]): Promise<MediaImport> {
    await this.#listening;
    const begun = await this.#host.importMedia(demo, files);
    // Its events may have been here first, and know better.
    if (!this.#dismissed.has(begun.id) && !this.imports.some(({ id }) => id === begun.id)) this.#put(begun);
    return begun;
  }
  cancel(id: string): Promise<void> {
    return this.#host.cancelImport(id);
  }
  dismiss(id: string): void {
    this.#dismissed.add(id);
    this.imports = this.imports.filter((one) => one.id !== id);
  }

  #receive(event: AppEvent): void {
    const missed = this.#seq >= 0 && event.seq > this.#seq + 1;
    this.#seq = event.seq;
    if (missed) for (const library of this.#libraries.values()) library.changed();
    const told = event as unknown as MediaEvent;
    if (told.kind === 'media_changed') this.#libraries.get(told.demo)?.changed();
    else if (told.kind === 'import_changed' && !this.#dismissed.has(told.import.id)) this.#put(told.import);
  }
  #put(one: MediaImport): void {
    const known = this.imports.some(({ id }) => id === one.id);
    this.imports = known ? this.imports.map((old) => (old.id === one.id ? one : old)) : [...this.imports, one];
  }
}

const desks = new WeakMap<object, MediaDesk>();

export function deskOf(backend: Backend): MediaDesk {
  let desk = desks.get(backend);
  if (!desk) desks.set(backend, (desk = new MediaDesk(backend as unknown as Host)));
  return desk;
}

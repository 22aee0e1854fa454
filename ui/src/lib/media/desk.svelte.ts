/**
 * Everything of media that outlives what is open: imports that are under way, and the libraries that were seen last.
 * There is one for each workspace; it hears of changes from its first use on.
 */
import type { MediaBackend, MediaImport } from '$lib/backend';
import type { App } from '$lib/state/app';
import type { Inside } from '$lib/state/workspace.svelte';
import { lasting } from './lasting.svelte';
import { Library } from './library.svelte';
import { summaryOf } from './summary';

export type DeskHost = Pick<MediaBackend, 'media' | 'importMedia' | 'imports' | 'cancelImport'>;

const kept = 8;

export class MediaDesk {
  /** Oldest first; one that ended stays until it is dismissed. */
  imports = $state.raw<readonly MediaImport[]>([]);
  readonly #host: DeskHost;
  readonly #libraries = new Map<string, Library>();
  readonly #dismissed = new Set<string>();
  readonly #waiting = new Map<string, ((ended: MediaImport) => void)[]>();

  readonly #left: (ended: MediaImport) => void;

  /** `left` hears of an import that ended and was not dismissed at once by who waited for it. */
  constructor(
    host: DeskHost,
    workspace: { hear(hearer: (event: Inside) => void): unknown },
    left: (ended: MediaImport) => void = () => {},
  ) {
    this.#host = host;
    this.#left = left;
    workspace.hear((event) => this.#hear(event));
  }

  library(demo: string): Library {
    const known = this.#libraries.get(demo);
    const library = known ?? lasting(() => new Library(this.#host, demo));
    if (!known) void this.#find(demo);
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

  /** Imports that were begun before this window was loaded. */
  async #find(demo: string): Promise<void> {
    const running = await this.#host.imports(demo).catch(() => []);
    for (const one of running)
      if (!this.#dismissed.has(one.id) && !this.imports.some(({ id }) => id === one.id)) this.#put(one);
  }
  async begin(demo: string, files: string[]): Promise<MediaImport> {
    const begun = await this.#host.importMedia(demo, files);
    // Its events may have been here first, and know better.
    if (!this.#dismissed.has(begun.id) && !this.imports.some(({ id }) => id === begun.id)) this.#put(begun);
    return begun;
  }
  /** An import as it is when it has ended. */
  ended(id: string): Promise<MediaImport> {
    const known = this.imports.find((one) => one.id === id);
    if (known && known.state !== 'running') return Promise.resolve(known);
    return new Promise((resolve) => this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve]));
  }
  cancel(id: string): Promise<void> {
    return this.#host.cancelImport(id);
  }
  dismiss(id: string): void {
    this.#dismissed.add(id);
    this.imports = this.imports.filter((one) => one.id !== id);
  }

  #hear(event: Inside): void {
    if (event.kind === 'media_changed') this.#libraries.get(event.demo)?.changed();
    else if (event.kind === 'missed') for (const library of this.#libraries.values()) library.changed();
    else if (event.kind === 'import_changed' && !this.#dismissed.has(event.import.id)) this.#put(event.import);
  }
  #put(one: MediaImport): void {
    const known = this.imports.some(({ id }) => id === one.id);
    this.imports = known ? this.imports.map((old) => (old.id === one.id ? one : old)) : [...this.imports, one];
    if (one.state === 'running') return;
    for (const resolve of this.#waiting.get(one.id) ?? []) resolve(one);
    this.#waiting.delete(one.id);
    setTimeout(() => this.imports.includes(one) && this.#left(one), 500);
  }
}

const desks = new WeakMap<object, MediaDesk>();

export function deskOf(app: App): MediaDesk {
  const { backend, workspace } = app;
  let desk = desks.get(workspace);
  if (!desk)
    desks.set(
      workspace,
      (desk = lasting(() => new MediaDesk(backend, workspace, (ended) => tellElsewhere(app, ended)))),
    );
  return desk;
}

/** Where the library is not in sight, a note tells that an import into it ended. */
function tellElsewhere({ place, workspace, toasts }: App, ended: MediaImport): void {
  const demo = workspace.demo(ended.demo);
  if (!demo || (place.view === 'demo' && place.selected === demo.id && place.tab === 'media')) return;
  const show = () => {
    place.show(demo);
    place.tab = 'media';
  };
  const tone = ended.failed.length > 0 && ended.added.length === 0 ? 'bad' : 'plain';
  // A note that offers to take something back is not pushed aside.
  const action = toasts.list.some((toast) => toast.action) ? undefined : { label: 'Show', run: show };
  toasts.show({ text: `${demo.name}: ${summaryOf(ended)}`, tone, action });
}

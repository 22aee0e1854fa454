/**
 * What the window knows of one demo's media: a listing, taken anew whenever the host says that it changed.
 *
 * The reply of a command is shown at once. A listing that was asked for before such a reply may be older than it, so
 * that one is dropped and asked for again. An item that is as it was keeps its identity.
 */
import { toFailure, type Failure, type MediaBackend, type MediaItem } from '$lib/backend';

export type Link = 'loading' | 'ready' | 'failed';

/** Listings follow each other at most this often while files come in, in milliseconds. */
const pause = 300;
/** And no more than a part of the time goes into them, however many files there are: the pause is so many times what one took. */
const calm = 4;

export class Library {
  readonly demo: string;
  link = $state<Link>('loading');
  failure = $state.raw<Failure | null>(null);
  /** Loading has taken so long that saying so helps. */
  slow = $state(false);
  items = $state.raw<readonly MediaItem[]>([]);
  /** Counts what may have changed in the places that use items. */
  turn = $state(0);

  readonly #backend: Pick<MediaBackend, 'media'>;
  readonly #byId = $derived(new Map(this.items.map((item) => [item.id, item])));
  #watched = 0;
  #stale = true;
  #touched = 0;
  #fetching: Promise<void> | null = null;
  #again = false;

  constructor(backend: Pick<MediaBackend, 'media'>, demo: string) {
    this.#backend = backend;
    this.demo = demo;
  }

  item(id: string | null): MediaItem | undefined {
    return id === null ? undefined : this.#byId.get(id);
  }

  /** Keeps the listing fresh until the function it gives is called. What was known is there meanwhile. */
  watch(): () => void {
    this.#watched += 1;
    if (this.#stale) void this.load();
    return () => (this.#watched -= 1);
  }
  get isWatched(): boolean {
    return this.#watched > 0;
  }
  /** The host says that something changed. */
  changed(): void {
    this.#stale = true;
    if (this.#watched > 0) void this.load();
  }

  /** Takes the listing; of what is asked for meanwhile, one more is taken after a pause. */
  load(): Promise<void> {
    if (this.#fetching) this.#again = true;
    this.#fetching ??= this.#run().finally(() => (this.#fetching = null));
    return this.#fetching;
  }
  async retry(): Promise<void> {
    this.link = 'loading';
    await this.load();
  }

  /** An item as a reply has it. */
  admit(item: MediaItem): void {
    this.#touched += 1;
    this.items = this.items.map((one) => (one.id === item.id ? item : one));
  }
  /** Items that a reply says are gone. */
  drop(ids: readonly string[]): void {
    this.#touched += 1;
    const gone = new Set(ids);
    this.items = this.items.filter((item) => !gone.has(item.id));
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      const begun = performance.now();
      await this.#fetch();
      const rest = Math.max(pause, calm * (performance.now() - begun));
      if (this.#again) await new Promise((resolve) => setTimeout(resolve, rest));
    } while (this.#again);
  }
  async #fetch(): Promise<void> {
    const before = this.#touched;
    const slowly = setTimeout(() => (this.slow = true), 200);
    try {
      this.#stale = false;
      const { files } = await this.#backend.media(this.demo);
      if (this.#touched === before) this.#take(files);
      else this.#again = true;
    } catch (thrown) {
      this.#stale = true;
      this.failure = toFailure(thrown);
      this.link = 'failed';
    } finally {
      clearTimeout(slowly);
      this.slow = false;
    }
  }
  #take(files: readonly MediaItem[]): void {
    const kept = files.map((file) => {
      const old = this.#byId.get(file.id);
      return old && isSame(old, file) ? old : file;
    });
    if (kept.length !== this.items.length || kept.some((item, index) => item !== this.items[index])) this.items = kept;
    this.turn += 1;
    this.failure = null;
    this.link = 'ready';
  }
}

/** Compared field by field: a library of thousands is compared often while files come in. */
function isSame(a: MediaItem, b: MediaItem): boolean {
  return (
    a.path === b.path &&
    a.uploaded === b.uploaded &&
    a.size === b.size &&
    a.type === b.type &&
    a.width === b.width &&
    a.height === b.height &&
    a.originalName === b.originalName &&
    a.usedIn.length === b.usedIn.length &&
    a.usedIn.every((place, index) => place === b.usedIn[index]) &&
    a.metadata.alt === b.metadata.alt &&
    a.metadata.title === b.metadata.title &&
    a.metadata.caption === b.metadata.caption &&
    a.metadata.focalPoint?.x === b.metadata.focalPoint?.x &&
    a.metadata.focalPoint?.y === b.metadata.focalPoint?.y &&
    hasSameSizes(a.sizes ?? {}, b.sizes ?? {})
  );
}

function hasSameSizes(a: NonNullable<MediaItem['sizes']>, b: NonNullable<MediaItem['sizes']>): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const [one, other] = [a[name]!, b[name]];
      return one.path === other?.path && one.width === other.width && one.height === other.height;
    })
  );
}

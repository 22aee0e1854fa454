/**
 * What the window knows of the workspace: one snapshot, and the events that follow on it.
 *
 * It subscribes first and takes the snapshot after, so nothing falls between. An event is applied when its number is
 * the next one, dropped when it is already in, and anything else is a gap: then a new snapshot is taken. There is no
 * second source of truth; a command's reply is only used for a demo that no event has told of yet.
 */
import {
  toFailure,
  type AppEvent,
  type Backend,
  type ContentEvent,
  type DemoView,
  type Failure,
  type MediaEvent,
  type Notice,
  type PreviewEvent,
  type BuildEvent,
  type Template,
} from '$lib/backend';
import { Latest } from './latest';

export type Link = 'loading' | 'ready' | 'failed';
/** What is inside a demo changed; `missed` stands for events that were lost: whatever is shown is to be asked for again. */
export type Inside =
  | ContentEvent
  | MediaEvent
  | PreviewEvent
  | BuildEvent
  | { kind: 'thumbnail_changed'; demo: string }
  | { kind: 'closing' }
  | { kind: 'missed' };

export class Workspace {
  link = $state<Link>('loading');
  failure = $state.raw<Failure | null>(null);
  /** Loading has taken so long that saying so helps. */
  slow = $state(false);
  version = $state('');
  folder = $state('');
  /** Newest first. */
  demos = $state.raw<readonly DemoView[]>([]);
  templates = $state.raw<readonly Template[]>([]);
  trash = $state.raw<readonly DemoView[]>([]);
  /** What is to be known of the workspace as a whole, for as long as it is so. */
  notices = $state.raw<readonly Notice[]>([]);

  readonly #backend: Backend;
  readonly #byId = $derived(new Map(this.demos.map((demo) => [demo.id, demo])));
  #seq = -1;
  #fetching: Promise<void> | null = null;
  #stop: (() => void) | null = null;
  #early: AppEvent[] = [];
  #gone = new Set<string>();
  #watchers = new Set<(now: DemoView | null, before: DemoView | null) => void>();
  #hearers = new Set<(event: Inside) => void>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  demo(id: string | null): DemoView | undefined {
    return id === null ? undefined : this.#byId.get(id);
  }
  template(key: string): Template | undefined {
    return this.templates.find((template) => template.key === key);
  }

  /** Tells of every change to one demo that an event brings: null stands for "not there". */
  watch(watcher: (now: DemoView | null, before: DemoView | null) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Tells of what happens inside demos: documents, media and previews. */
  hear(hearer: (event: Inside) => void): () => void {
    this.#hearers.add(hearer);
    return () => this.#hearers.delete(hearer);
  }

  async start(): Promise<void> {
    this.link = 'loading';
    const timer = setTimeout(() => (this.slow = true), 200);
    try {
      this.#stop ??= await this.#backend.subscribe((event) => this.#receive(event));
      await this.refetch();
      this.failure = null;
      this.link = 'ready';
      void this.refetchTrash();
    } catch (thrown) {
      this.failure = toFailure(thrown);
      this.link = 'failed';
    } finally {
      clearTimeout(timer);
      this.slow = false;
    }
  }
  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }

  /** Takes a new snapshot; calls made meanwhile wait for the same one. */
  refetch(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = null));
    return this.#fetching;
  }

  readonly #latestTrash = new Latest();
  /** Where that fails the list keeps what it had; the next change asks again. */
  refetchTrash(): Promise<void> {
    return this.#latestTrash.ask(
      () => this.#backend.trash(),
      (trash) => (this.trash = trash),
    );
  }

  /** A demo that a reply tells of before its event is here. */
  admit(demo: DemoView): void {
    if (this.#byId.has(demo.id) || this.#gone.has(demo.id) || demo.status.state === 'trashed') return;
    this.demos = insert(this.demos, demo);
  }

  async #fetch(): Promise<void> {
    const snapshot = await this.#backend.snapshot();
    this.#seq = snapshot.seq;
    this.version = snapshot.version;
    this.folder = snapshot.workspace;
    this.demos = snapshot.demos;
    this.templates = snapshot.templates;
    this.notices = snapshot.notices ?? [];
    this.#gone.clear();
    const early = this.#early;
    this.#early = [];
    for (const event of early) this.#apply(event);
  }

  #receive(event: AppEvent): void {
    if (this.#fetching || this.#seq < 0) this.#early.push(event);
    else this.#apply(event);
  }

  #apply(event: AppEvent): void {
    if (event.seq <= this.#seq) return;
    if (event.seq !== this.#seq + 1) {
      // This one is in the new snapshot, or comes after it and is applied then.
      this.#early.push(event);
      void this.#mend();
      return;
    }
    this.#seq = event.seq;
    if (event.kind === 'templates_changed') this.templates = event.templates;
    else if (event.kind === 'notices_changed') this.notices = event.notices;
    else if (event.kind === 'demo_removed') this.#remove(event.id);
    else if (event.kind !== 'demo_changed') this.#pass(event);
    else if (event.demo.status.state === 'trashed') this.#remove(event.demo.id);
    else this.#change(event.demo);
  }
  #pass(event: Inside): void {
    for (const hearer of this.#hearers) hearer(event);
  }

  /** Closes a gap. A snapshot that is already under way may be from before it, so that one is waited for first. */
  async #mend(): Promise<void> {
    try {
      await this.#fetching;
      if (this.#early.length === 0) return;
      await this.refetch();
      this.#pass({ kind: 'missed' });
    } catch (thrown) {
      this.failure = toFailure(thrown);
      this.link = 'failed';
    }
  }

  #change(demo: DemoView): void {
    const before = this.#byId.get(demo.id) ?? null;
    this.#gone.delete(demo.id);
    this.demos = before ? this.demos.map((one) => (one.id === demo.id ? demo : one)) : insert(this.demos, demo);
    if (this.trash.some((one) => one.id === demo.id)) this.trash = this.trash.filter((one) => one.id !== demo.id);
    this.#tell(demo, before);
  }
  #remove(id: string): void {
    const before = this.#byId.get(id) ?? null;
    this.#gone.add(id);
    this.demos = this.demos.filter((demo) => demo.id !== id);
    this.#tell(null, before);
    void this.refetchTrash();
  }
  #tell(now: DemoView | null, before: DemoView | null): void {
    for (const watcher of this.#watchers) watcher(now, before);
  }
}

/** Newest first, as snapshots are. */
function insert(demos: readonly DemoView[], demo: DemoView): readonly DemoView[] {
  const after = demos.findIndex((one) => one.created_at < demo.created_at);
  return after < 0 ? [...demos, demo] : demos.toSpliced(after, 0, demo);
}

/**
 * The editor of one demo's site: its list of documents, the one that is open, what of it is selected, and how the
 * saving of each goes. It is kept while the person is elsewhere, so that they come back to where they were.
 */
import { SvelteMap } from 'svelte/reactivity';
import { toFailure, type Content, type ContentEvent, type Draft, type Failure, type SaveState } from '$lib/backend';
import { at, objectAt } from '$lib/content/json';
import { jsonProblem } from '$lib/content/jsonproblem';
import { Selection } from '$lib/content/selection.svelte';
import type { App } from '$lib/state/app';
import { Latest } from '$lib/state/latest';
import { entriesOf, homeOf, kindOf, type Entry } from './documents';
import { keyOf, placeIn } from './menu';
import { DocumentSession } from './session.svelte';

/** A place in a document: a hit of the search, or where a file is used. */
export interface Spot {
  document: string;
  path: string[];
  widget?: string;
  block?: string;
}
/** How a document stands with the disk: also when what is typed cannot be in the document yet. */
export type Standing = SaveState | { state: 'unfinished'; why: string };
/** Text typed in the raw view that is not in its document: it is not JSON yet, or the host does not take it. */
export interface Unfinished {
  text: string;
  /** The document's text that it began with, if that is known. */
  base?: string;
  /** Why it is not in the document, as the raw view tells; empty if nobody has tried. */
  reason: string;
  /** The same in short. */
  why: string;
}
export type UnfinishedMore = Partial<Pick<Unfinished, 'base' | 'reason'>>;
export type Link = 'loading' | 'ready' | 'failed';

export class SiteEditor {
  readonly demo: string;
  readonly selection = new Selection();
  link = $state<Link>('loading');
  failure = $state.raw<Failure | null>(null);
  /** Loading has taken so long that saying so helps. */
  slow = $state(false);
  content = $state.raw<Content | null>(null);
  drafts = $state.raw<readonly Draft[]>([]);
  session = $state.raw<DocumentSession | null>(null);
  /** Why the document that was asked for is not open. */
  refusal = $state.raw<{ document: string; failure: Failure } | null>(null);
  /** The open document is shown as its text. */
  raw = $state(false);
  /** Counts the texts that were taken up from elsewhere: the raw view begins anew with each. */
  rawTurn = $state(0);
  /** By document. */
  readonly unfinished = new SvelteMap<string, Unfinished>();
  /** Text of the raw view that is on its way into the document. */
  unapplied = $state.raw<{ apply(): Promise<void> } | null>(null);
  /** How the documents that were touched are saved. */
  #saves = $state.raw<ReadonlyMap<string, SaveState>>(new Map());
  /** What the documents were called when the list was read last. */
  #names = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Documents that are not on the disk any more, of which edits are left that are not saved; each with what stood before it. */
  lost = $state.raw<ReadonlyMap<string, string | undefined>>(new Map());
  /** The list of what there is; what was removed on the disk stays in it while edits of it wait for a choice. */
  readonly entries: readonly Entry[] = $derived.by(() => {
    if (!this.content) return [];
    const list = entriesOf(this.content);
    const problem = 'Another program removed it. What was changed here is not saved.';
    for (const [document, before] of this.lost) {
      if (list.some((entry) => entry.document === document)) continue;
      const name = this.#names.get(document) ?? document;
      const at = list.findIndex((entry) => entry.document === before);
      list.splice(at + 1, 0, { document, name, kind: kindOf(document), problem });
    }
    return list;
  });

  readonly #app: App;
  #wanted: string | null = null;
  #last: { document: string; widget: string | null; block: string | null; path?: string[] } | null = null;
  #entered = false;
  #moving: string | null = null;
  #fetching: Promise<void> | null = null;
  #again = false;

  constructor(app: App, demo: string) {
    this.#app = app;
    this.demo = demo;
  }

  /** The worst of all documents: what the head of the page tells. */
  readonly save: { state: Standing; document: string } | null = $derived.by(() => {
    const states = this.#states();
    const ranks = ['saved', 'unsaved', 'saving', 'unfinished', 'failed', 'conflict'];
    const rank = ({ state }: Standing) => ranks.indexOf(state);
    let worst: { state: Standing; document: string } | null = null;
    for (const [document, state] of states) {
      const isNewer =
        worst?.state.state === 'saved' && state.state === 'saved' && (state.at ?? '') > (worst.state.at ?? '');
      if (!worst || rank(state) > rank(worst.state) || isNewer) worst = { state, document };
    }
    return worst;
  });
  /** What a person who does not see the window is told of saving: how it ended, not each step on the way. */
  told = $state('');
  /** What is told of a text that is no JSON yet. */
  get unfinishedWords(): string {
    const [first] = this.unfinished;
    return first ? `${this.nameOf(first[0])} is not saved: ${first[1].why}` : '';
  }
  #states(): Map<string, Standing> {
    const states = new Map<string, Standing>(this.#saves);
    if (this.session) states.set(this.session.name, this.session.save);
    const isWell = (name: string) => !/^(failed|conflict)$/.test(states.get(name)?.state ?? '');
    if (this.session && this.unapplied && isWell(this.session.name))
      states.set(this.session.name, { state: 'unsaved' });
    for (const [name, { why }] of this.unfinished) if (isWell(name)) states.set(name, { state: 'unfinished', why });
    return states;
  }
  readonly themeColors: readonly { label: string; value: string }[] = $derived.by(() =>
    (this.content?.themeGroups ?? []).flatMap(({ settings }) =>
      settings.flatMap(({ type, label, default: usual, raw }) => {
        const value = objectAt(raw, []).value ?? usual;
        return type === 'color' && typeof value === 'string' && value ? [{ label, value }] : [];
      }),
    ),
  );
  entry(document: string): Entry | undefined {
    return this.entries.find((one) => one.document === document);
  }
  nameOf(document: string): string {
    return this.entry(document)?.name ?? document;
  }

  /** What is open and selected. */
  get spot(): Omit<Spot, 'path'> | null {
    const { session, selection } = this;
    if (!session) return null;
    const { widget, block } = selection;
    return { document: session.name, ...(widget && { widget }), ...(block && { block }) };
  }
  /** Where to begin when it is entered next; an empty path puts focus nowhere. */
  resumeAt({ document, widget, block, path }: Spot): void {
    this.#last = { document, widget: widget ?? null, block: block ?? null, path };
  }

  /** The Content tab is shown. */
  async enter(): Promise<void> {
    this.#entered = true;
    await Promise.all([this.load(), this.loadDrafts()]);
    if (!this.#entered || this.session || this.#wanted) return;
    const last = this.#last && this.entry(this.#last.document);
    const first = last ?? this.entry('pages/index') ?? this.entries[0];
    const session = first && (await this.open(first.document));
    if (!session || !last) return;
    const { widget, block, path } = this.#last!;
    this.selection.select(widget, block);
    // Typing goes on at the end of what is there.
    if (path?.length) this.selection.focus(path, false);
  }
  /** Another demo is shown: what is not saved is saved, and the document is given back. */
  async leave(): Promise<void> {
    this.#entered = false;
    this.#wanted = null;
    const { session } = this;
    if (!session) return;
    const { widget, block } = this.selection;
    this.#last = { document: session.name, widget, block };
    const applied = this.unapplied?.apply();
    this.#note(session);
    this.session = null;
    await this.#giveBack(session, applied);
  }
  /** Hands over what is typed, text of the raw view too, and has it saved. */
  async flush(): Promise<void> {
    await this.unapplied?.apply();
    await this.session?.flush();
  }

  async load(): Promise<void> {
    if (this.#fetching) this.#again = true;
    this.#fetching ??= this.#load().finally(() => (this.#fetching = null));
    return this.#fetching;
  }
  readonly #latestDrafts = new Latest();
  /** Where that fails they stay offered as they were; the next change asks again. */
  loadDrafts(): Promise<void> {
    return this.#latestDrafts.ask(
      () => this.#app.backend.drafts(this.demo),
      (drafts) => (this.drafts = drafts),
    );
  }

  /** Opens a document in the place of the one that is open; `then` is done once it is there. */
  async open(document: string): Promise<DocumentSession | null> {
    if (this.session?.name === document) {
      this.#wanted = null;
      return this.session;
    }
    this.#wanted = document;
    const old = this.session;
    const session = new DocumentSession(this.#app.backend, this.demo, document, (failure) => this.#tell(failure));
    this.#opening.add(session);
    try {
      await this.#closing.get(document);
      await session.open();
    } catch (thrown) {
      if (this.#wanted === document) this.refusal = { document, failure: toFailure(thrown) };
      return null;
    } finally {
      this.#opening.delete(session);
    }
    if (this.#wanted !== document || this.session !== old) {
      void this.#giveBack(session);
      // Another call for the same document was faster: it is open all the same.
      return this.session?.name === document ? this.session : null;
    }
    this.#wanted = null;
    this.refusal = null;
    // What is typed in the text that gives way is on its way into its document before that is given back.
    const applied = this.unapplied?.apply();
    const { unfinished } = session;
    if (unfinished !== undefined && !this.unfinished.has(document)) this.noteUnfinished(document, unfinished);
    this.raw = this.unfinished.has(document);
    this.selection.wanted = null;
    this.selection.select(null);
    this.session = session;
    if (old) {
      this.#note(old);
      void this.#giveBack(old, applied);
    }
    return session;
  }
  readonly #opening = new Set<DocumentSession>();
  readonly #closing = new Map<string, Promise<void>>();
  /** The host keeps one document for all who have it open: it is closed when nobody here has. */
  #giveBack(session: DocumentSession, applied?: Promise<void>): Promise<void> {
    const { name } = session;
    const here = [...(this.session ? [this.session] : []), ...this.#opening];
    const heir = here.find((one) => one !== session && one.name === name);
    if (heir) return heir.takeOver(session);
    const done = (applied ? applied.then(() => session.close()) : session.close())
      .catch(() => undefined)
      .finally(() => this.#closing.get(name) === done && this.#closing.delete(name));
    this.#closing.set(name, done);
    return done;
  }

  /** Keeps a text of an open document that is no JSON yet, here and at the host; with null it is finished or given up. */
  async keepUnfinished(document: string, text: string | null, more: UnfinishedMore = {}): Promise<void> {
    this.noteUnfinished(document, text, more);
    this.told = this.unfinishedWords;
    await this.#app.backend.keepUnfinished(this.demo, document, text);
  }
  /** Gives up edits that were left over; a note offers them again. */
  async discard({ id, document }: Draft): Promise<void> {
    await this.#app.backend.discardDraft(this.demo, id);
    await this.loadDrafts();
    const run = () =>
      void this.#app.attempt(async () => {
        await this.#app.backend.restoreDraft(this.demo, id);
        await this.loadDrafts();
      });
    this.#app.toasts.show({
      text: `Discarded the edits of ${this.nameOf(document)} from before the program ended.`,
      tone: 'plain',
      action: { label: 'Undo', hint: 'Mod+Z', testid: 'undo-button', run },
    });
  }
  /** Goes on with a text that was left unfinished. */
  async takeUp({ id, document, mine, theirs, merges }: Draft): Promise<void> {
    if (!(await this.open(document))) throw this.refusal?.failure ?? new Error('The document was not opened.');
    if (this.unfinished.has(document)) {
      const message = `There is a newer text of ${this.nameOf(document)} that is not finished. Finish that one first; both are kept.`;
      throw { code: 'WrongState', message } satisfies Failure;
    }
    const since = 'The file was changed by another program since it was typed.';
    // What it began with is known only if that is still there.
    await this.keepUnfinished(document, mine, merges && theirs !== undefined ? { base: theirs } : { reason: since });
    this.raw = true;
    this.rawTurn += 1;
    await this.#app.backend.discardDraft(this.demo, id);
    await this.loadDrafts();
  }
  /** Shows that a text is not in its document; the host is told with the others that wait. */
  noteUnfinished(document: string, text: string | null, { reason = '', ...base }: UnfinishedMore = {}): void {
    if (text === null) {
      this.unfinished.delete(document);
      return;
    }
    const found = jsonProblem(text);
    const why = found ? `line ${found.line} is not valid JSON yet.` : reason || 'its text is not applied yet.';
    this.unfinished.set(document, { text, reason, why, ...base });
  }

  /** Opens the place of a text or a file, and puts focus on its setting. */
  async reveal({ document, widget, block, path }: Spot): Promise<void> {
    const session = await this.open(document);
    if (!session) return;
    this.raw = false;
    const kind = kindOf(document);
    const part = kind === 'theme' ? path[2] : kind === 'menu' ? keyOf(placeIn(path)) || undefined : widget;
    this.selection.select(part ?? null, block ?? null);
    this.selection.focus(path);
  }
  /** A widget was pointed at on a page, where the header and the footer stand too. */
  async point(document: string, widget: string): Promise<void> {
    const isHere = this.session?.name === document && at(this.session.content, homeOf(widget)) !== undefined;
    const part = `global/${widget}`;
    const isPart = !isHere && this.entry(part) !== undefined;
    // A page says what it likes; one that there is not cannot be meant.
    if (!isHere && !isPart && this.entry(document) === undefined) return;
    const session = await this.open(isPart ? part : document);
    if (session) this.selection.select(isPart ? null : widget);
  }
  /** Does something with a document that need not be the one that is shown, nor of the demo that is. */
  async within(document: string, work: (session: DocumentSession) => Promise<void>): Promise<void> {
    if (this.session?.name === document) return work(this.session);
    const session = new DocumentSession(this.#app.backend, this.demo, document, (failure) => this.#tell(failure));
    this.#opening.add(session);
    try {
      await this.#closing.get(document);
      await session.open();
      await work(session);
    } finally {
      this.#opening.delete(session);
      await this.#giveBack(session);
    }
  }
  /** `work` may give a document another name, and answers it: what is open stays open under that. */
  async moving(document: string, work: () => Promise<string>): Promise<void> {
    const old = this.session?.name === document ? this.session : null;
    this.#moving = document;
    try {
      const to = await work();
      if (to !== document) this.#forget(document, to);
      if (!old || to === document || this.session !== old) return;
      this.session = null;
      const session = await this.open(to);
      await session?.takeOver(old);
    } finally {
      this.#moving = null;
    }
  }
  /**
   * Ends a conflict of the open document with one of its sides. Theirs may be that there is no such document any more:
   * then it is gone here too.
   */
  async resolve(session: DocumentSession, keep: 'mine' | 'theirs'): Promise<void> {
    try {
      await session.resolve(keep);
    } catch (thrown) {
      const isGone = keep === 'theirs' && toFailure(thrown).code === 'NotFound';
      if (!isGone) throw thrown;
      await this.gone(session.name);
    }
    await this.load();
  }
  /** There is no document of this name any more: how it was saved tells nothing, and a text beside it went with it. */
  #forget(document: string, to?: string): void {
    this.#saves = new Map([...this.#saves].filter(([name]) => name !== document));
    this.lost = new Map([...this.lost].filter(([name]) => name !== document));
    const beside = this.unfinished.get(document);
    this.unfinished.delete(document);
    if (beside && to !== undefined) this.unfinished.set(to, beside);
  }
  /** The document is gone: its neighbour is opened. */
  async gone(document: string, entries = this.entries): Promise<void> {
    this.#forget(document);
    if (this.session?.name !== document) return;
    const index = entries.findIndex((one) => one.document === document);
    const old = this.session;
    this.session = null;
    void this.#giveBack(old);
    const next = entries[index + 1] ?? entries[index - 1];
    if (next && next.document !== document) await this.open(next.document);
  }

  hear(event: ContentEvent): void {
    if (event.kind === 'content_changed') {
      void this.load();
      // What they are offered for may have changed, or be gone.
      if (this.drafts.length > 0) void this.loadDrafts();
    } else if (event.kind === 'drafts_changed') void this.loadDrafts();
    else {
      this.#saves = new Map(this.#saves).set(event.document, event.save);
      if (this.session?.name === event.document) this.session.hear(event);
      for (const session of this.#opening) if (session.name === event.document) session.hear(event);
      // It is written again, or not wanted any more.
      if (event.save.state === 'saved' && this.lost.has(event.document)) void this.load();
    }
  }
  missed(): void {
    void this.load();
    void this.loadDrafts();
    this.session?.missed();
  }

  #note({ name, save }: DocumentSession): void {
    this.#saves = new Map(this.#saves).set(name, save);
  }
  #tell({ message }: Failure): void {
    this.#app.toasts.show({ text: message, tone: 'bad' }, 9_000);
  }

  async #load(): Promise<void> {
    const slowly = setTimeout(() => (this.slow = true), 200);
    const { entries } = this;
    try {
      do {
        this.#again = false;
        this.content = await this.#app.backend.content(this.demo);
        this.failure = null;
        this.link = 'ready';
      } while (this.#again);
      const there = new Map(entriesOf(this.content).map(({ document, name }) => [document, name]));
      this.#names = new Map([...this.#names, ...there]);
      const unsaved = [...this.#states()].filter(([name, { state }]) => state !== 'saved' && name !== this.#moving);
      const before = (name: string) => entries[entries.findIndex(({ document }) => document === name) - 1]?.document;
      const gone = unsaved.map(([name]) => name).filter((name) => !there.has(name));
      this.lost = new Map(gone.map((name) => [name, this.lost.get(name) ?? before(name)]));
      const open = this.session?.name;
      if (open && open !== this.#moving && !this.entry(open)) await this.gone(open, entries);
    } catch (thrown) {
      this.failure = toFailure(thrown);
      this.link = 'failed';
    } finally {
      clearTimeout(slowly);
      this.slow = false;
    }
  }
}

/**
 * One open document: what the host has of it, and the edits that are on their way there.
 *
 * A typed edit is shown at once and sent when the call before it was answered; edits of one place that wait become one.
 * What is shown is always what the host confirmed with the waiting edits on top. A version that did not come from here
 * means that somebody else changed the document: it is opened again once nothing waits.
 */
import {
  toFailure,
  type Change,
  type Edit,
  type Edited,
  type Failure,
  type Json,
  type OpenDocument,
} from '$lib/backend';
import type { ContentBackend, ContentEvent, SaveState } from '$lib/backend';
import { applyEdits, isSamePath, meet } from '$lib/content/json';

export type DocumentHost = Pick<
  ContentBackend,
  | 'openDocument'
  | 'closeDocument'
  | 'changeDocument'
  | 'undoDocument'
  | 'redoDocument'
  | 'resolveConflict'
  | 'conflict'
  | 'flush'
>;

interface Call {
  /** Shown before the host has answered. */
  typed?: { edits: Edit[]; label?: string };
  send: () => Promise<Edited | OpenDocument>;
  isSent: boolean;
  done: (added?: string) => void;
  refused: (failure: Failure) => void;
}

/** The host will never take this edit; anything else may go better next time. */
const final = new Set<Failure['code']>(['InvalidInput', 'NotFound', 'WrongState']);

export class DocumentSession {
  readonly demo: string;
  readonly name: string;
  content = $state.raw<Json | undefined>(undefined);
  /** As the host gave it when the document was opened last. */
  text = $state.raw('');
  /** What is on disk, as far as the host knew then. */
  onDisk = $state.raw('');
  problem = $state.raw<string | undefined>(undefined);
  /** The text beside it that is no JSON yet, as the host had it when the document was opened last. */
  unfinished: string | undefined;
  canUndo = $state(false);
  canRedo = $state(false);
  /** Why an edit could not be handed over: it waits here. */
  stuck = $state.raw<Failure | null>(null);
  /** Counts what was edited here. */
  edits = 0;
  /** Calls that are not answered. */
  waiting = $state(0);
  #save = $state.raw<SaveState>({ state: 'saved' });
  #failure = $state.raw<Failure | null>(null);
  /** Why the last save failed, until one goes well: trying again does not take it away. */
  readonly failure: Failure | null = $derived.by(() => this.stuck ?? this.#failure);
  /** What a person is told: an edit that is still here is not saved. */
  readonly save: SaveState = $derived.by(() => {
    if (this.stuck) return { state: 'failed', error: this.stuck };
    if (this.waiting > 0 && (this.#save.state === 'saved' || this.#save.state === 'saving'))
      return { state: 'unsaved' };
    return this.#save;
  });

  readonly #host: DocumentHost;
  readonly #onrefused: (failure: Failure) => void;
  #confirmed: Json | undefined;
  #version = 0;
  /** The newest version that an event told of. */
  #seen = 0;
  #saveVersion = -1;
  /** Counts what events said of saving. */
  #turn = 0;
  #queue: Call[] = [];
  #running: Promise<void> | null = null;
  /** Counts how often the document was opened. */
  #taken = 0;
  #isBehind = false;
  #isClosed = false;
  /** How often the host gave it out: it is given back as often. */
  #holds = 0;

  constructor(host: DocumentHost, demo: string, name: string, onrefused: (failure: Failure) => void = () => {}) {
    this.#host = host;
    this.demo = demo;
    this.name = name;
    this.#onrefused = onrefused;
  }

  async open(): Promise<void> {
    const turn = this.#turn;
    const opened = await this.#host.openDocument(this.demo, this.name);
    this.#holds += 1;
    this.#take(opened, turn);
  }
  async close(): Promise<void> {
    await this.settled();
    this.#isClosed = true;
    for (; this.#holds > 0; this.#holds -= 1) await this.#host.closeDocument(this.demo, this.name);
  }
  /** Another session of the same document ends without giving it back: this one does that for it. */
  async takeOver(other: DocumentSession): Promise<void> {
    await other.settled();
    other.#isClosed = true;
    this.#holds += other.#holds;
    other.#holds = 0;
  }

  /** Typed or chosen values. What has one `label` is undone together when it follows quickly. */
  set(edits: Edit[], label?: string): void {
    if (this.content === undefined) return;
    this.content = applyEdits(this.content, edits);
    this.edits += 1;
    const last = this.#queue.at(-1);
    this.stuck = null;
    if (last?.typed && !last.isSent && last.typed.label === label) {
      last.typed.edits = join(last.typed.edits, edits);
      this.#run();
      return;
    }
    const typed = { edits, ...(label !== undefined && { label }) };
    const send = () => this.#host.changeDocument(this.demo, this.name, { kind: 'set', ...typed });
    void this.#call(send, typed).catch(this.#onrefused);
  }
  /** Any other change; gives the id of what is new, and rejects when the host refuses. */
  change(change: Change): Promise<string | undefined> {
    return this.#call(() => this.#host.changeDocument(this.demo, this.name, change));
  }
  /**
   * The whole text, typed on top of `base`: what others changed since stays. Answers whether it is known what the host
   * made of it, which is so once the document was opened again.
   */
  async setText(text: string, base: string): Promise<boolean> {
    await this.change({ kind: 'set_text', text, base });
    const taken = this.#taken;
    await this.reopen();
    return this.#taken > taken;
  }
  async undo(): Promise<void> {
    if (this.canUndo || this.#queue.some(({ typed }) => typed)) await this.#step('undoDocument');
  }
  async redo(): Promise<void> {
    if (this.canRedo) await this.#step('redoDocument');
  }
  async resolve(keep: 'mine' | 'theirs'): Promise<void> {
    await this.#call(() => this.#host.resolveConflict(this.demo, this.name, keep));
  }

  /** Takes the document anew, once nothing waits. */
  async reopen(): Promise<void> {
    this.#isBehind = true;
    this.#run();
    await this.settled();
  }
  /** Hands over what waits, and has it saved. What failed is tried again only when a person asks. */
  async flush(): Promise<void> {
    await this.settled();
    if (!this.stuck && /^(unsaved|saving)$/.test(this.#save.state)) await this.#host.flush(this.demo);
  }
  async retry(): Promise<void> {
    this.stuck = null;
    this.#run();
    await this.settled();
    if (!this.stuck && this.#save.state !== 'saved') await this.#host.flush(this.demo);
  }
  /** Resolves when every call was answered, or the first one cannot be made. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  hear(event: ContentEvent & { kind: 'document_changed' }): void {
    this.#seen = Math.max(this.#seen, event.version);
    if (event.version >= this.#saveVersion) {
      this.#turn += 1;
      this.#saveVersion = event.version;
      this.#hold(event.save);
      this.canUndo = event.can_undo;
      this.canRedo = event.can_redo;
    }
    this.#run();
  }
  /** Events were lost. */
  missed(): void {
    this.#isBehind = true;
    this.#run();
  }

  async #step(step: 'undoDocument' | 'redoDocument'): Promise<void> {
    await this.#call(() => this.#host[step](this.demo, this.name));
    // A text that is not JSON has no edits to apply.
    if (this.content === undefined) await this.reopen();
  }
  #call(send: Call['send'], typed?: Call['typed']): Promise<string | undefined> {
    return new Promise((done, refused) => {
      if (!typed) this.edits += 1;
      this.#queue.push({ send, ...(typed && { typed }), isSent: false, done, refused });
      this.waiting = this.#queue.length;
      this.#run();
    });
  }

  #run(): void {
    if (this.#isClosed || this.stuck) return;
    const isOld = () => this.#version > 0 && (this.#isBehind || this.#seen > this.#version);
    const hasWork = () => this.#queue.length > 0 || isOld();
    if (this.#running || !hasWork()) return;
    const run = async () => {
      // An event may come while the call is being made: by then this is known to run.
      await Promise.resolve();
      while (hasWork() && !this.stuck) {
        const call = this.#queue[0];
        if (call) await this.#send(call);
        else await this.#catchUp();
      }
    };
    this.#running = run().finally(() => {
      this.#running = null;
      this.#run();
    });
  }

  async #send(call: Call): Promise<void> {
    call.isSent = true;
    const turn = this.#turn;
    let answer: Edited | OpenDocument;
    try {
      answer = await call.send();
    } catch (thrown) {
      const failure = toFailure(thrown);
      call.isSent = false;
      if (call.typed && !final.has(failure.code)) {
        this.stuck = failure;
        return;
      }
      this.#isBehind ||= call.typed !== undefined;
      this.#leave(call);
      this.#show();
      call.refused(failure);
      return;
    }
    this.#leave(call);
    if ('text' in answer) this.#take(answer, turn);
    else this.#confirm(call, answer, turn);
    call.done('added' in answer ? answer.added : undefined);
  }
  #leave(call: Call): void {
    this.#queue = this.#queue.filter((one) => one !== call);
    this.waiting = this.#queue.length;
  }

  #confirm(call: Call, answer: Edited, turn: number): void {
    // Between our last version and this one there was one of somebody else.
    if (answer.version > this.#version + 1) this.#isBehind = true;
    this.#version = Math.max(this.#version, answer.version);
    this.#confirmed = applyEdits(this.#confirmed, answer.edits);
    if (call.typed && this.#queue.length === 0) this.#confirmed = this.content;
    else this.#show();
    this.#learn(answer, turn);
  }
  #take(opened: OpenDocument, turn: number): void {
    this.#taken += 1;
    this.#version = opened.version;
    this.#confirmed = opened.content;
    this.text = opened.text;
    this.onDisk = opened.saved ?? opened.text;
    this.problem = opened.problem;
    this.unfinished = opened.unfinished;
    this.#show();
    this.#learn(opened, turn);
  }
  /** What is shown is what was confirmed, and what waits on top of it. */
  #show(): void {
    if (this.#confirmed === undefined) this.content = undefined;
    else {
      const edits = this.#queue.flatMap(({ typed }) => typed?.edits ?? []);
      this.content = applyEdits(this.#confirmed, edits);
    }
  }
  /** A reply may be older than an event that was here first. */
  #learn({ version, save, canUndo, canRedo }: Edited | OpenDocument, turn: number): void {
    if (version < this.#saveVersion || (version === this.#saveVersion && turn !== this.#turn)) return;
    this.#saveVersion = version;
    this.#hold(save);
    this.canUndo = canUndo;
    this.canRedo = canRedo;
  }
  #hold(save: SaveState): void {
    this.#save = save;
    if (save.state === 'failed') this.#failure = save.error;
    else if (save.state === 'saved' || save.state === 'conflict') this.#failure = null;
  }
  async #catchUp(): Promise<void> {
    this.#isBehind = false;
    const seen = this.#seen;
    try {
      await this.open();
    } catch (thrown) {
      this.#onrefused(toFailure(thrown));
    }
    // Whatever came of it, it is not asked for again until there is news.
    if (this.#seen === seen) this.#seen = Math.min(seen, this.#version);
  }
}

/** Edits that wait, and newer ones: of one place only the newest is sent. */
function join(waiting: Edit[], newer: Edit[]): Edit[] {
  return newer.reduce((edits, edit) => {
    const index = edits.findIndex(({ path }) => isSamePath(path, edit.path));
    const isFree = index >= 0 && !edits.slice(index + 1).some(({ path }) => meet(path, edit.path));
    return isFree ? edits.with(index, edit) : [...edits, edit];
  }, waiting);
}

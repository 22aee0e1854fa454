/**
 * A document's text while it is typed. What is no JSON yet, or what the host does not take, is kept beside the document,
 * whatever is done next. What others change meanwhile stays: the host is told what the typed text began with.
 */
import { toFailure } from '$lib/backend';
import { jsonProblem } from '$lib/content/jsonproblem';
import type { DocumentSession } from './session.svelte';
import type { SiteEditor } from './site.svelte';

export class RawText {
  text = $state.raw('');
  /** What the comparison begins with. */
  base = $state.raw('');
  /** Why the text is not in the document. */
  problem = $state('');
  isOpen = $state(false);
  /** The text that is shown was put there by the person: their undo in the text takes that back too. */
  isOwn = false;

  readonly #site: SiteEditor;
  readonly #session: DocumentSession;
  readonly #wait: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The document's text that the typed one began with: it stays until what is typed is in the document. */
  #begun = '';
  /** The document's text that was shown here last. */
  #seen: string | null = null;
  /** What is kept beside the document. */
  #kept: string | null = null;
  /** One after the other: each begins with what the one before left. */
  #applying = Promise.resolve();

  constructor(site: SiteEditor, session: DocumentSession, wait = 500) {
    this.#site = site;
    this.#session = session;
    this.#wait = wait;
  }

  async open(): Promise<void> {
    await this.#session.reopen();
    const { name, text, onDisk } = this.#session;
    const kept = this.#site.unfinished.get(name);
    this.base = onDisk;
    this.#seen = text;
    this.#kept = kept?.text ?? null;
    this.#begun = kept ? (kept.base ?? onDisk) : text;
    this.text = kept?.text ?? text;
    const found = jsonProblem(this.text);
    this.problem = this.#problemOf(this.text) || (kept && (kept.reason || 'It is not in the document yet.')) || '';
    // It stays the text that is shown when the last thing that did not fit is mended.
    this.#site.raw = true;
    this.isOpen = true;
    // It may be taken now, and otherwise it is known why not. What others wrote is never written over unasked.
    if (kept?.base !== undefined && !found && !this.#session.problem) await this.apply();
  }
  /** The document was changed by something else: shown, unless something is typed here that is not applied. */
  follow(): void {
    const { text } = this.#session;
    if (!this.isOpen || text === this.#seen) return;
    const isTyped = this.#timer !== undefined || this.problem !== '' || this.text !== this.#begun;
    if (!isTyped) this.#show();
  }

  type(text: string): void {
    this.text = text;
    this.problem = this.#problemOf(text);
    // Told at once that it is not in the document; kept with the others.
    this.#note(this.problem ? text : null);
    // Counted from the first key that waits: whoever does not pause is heard all the same.
    this.#timer ??= setTimeout(() => void this.apply(), this.#wait);
    this.#site.unapplied = this;
  }
  /** Has the text put into the document, or kept beside it until it can be. */
  apply(): Promise<void> {
    this.#rest();
    this.#applying = this.#applying.then(() => this.#apply());
    return this.#applying;
  }
  /** The text as the document has it, in the place of what is typed. */
  giveUp(): void {
    this.#show();
    this.isOwn = true;
    this.problem = '';
    this.#note(null);
    void this.apply();
  }
  leave(): void {
    if (this.#timer !== undefined) void this.apply();
  }

  async #apply(): Promise<void> {
    const { text } = this;
    const problem = this.#problemOf(text);
    if (problem) {
      this.problem = problem;
      return this.#keep(text);
    }
    if (text === this.#begun) {
      if (!this.#timer && this.#session.text !== this.#seen) this.#show();
      this.problem = '';
      return this.#keep(null);
    }
    let isKnown: boolean;
    try {
      isKnown = await this.#session.setText(text, this.#begun);
    } catch (thrown) {
      // What is typed meanwhile says for itself how it does.
      if (this.text === text) this.problem = toFailure(thrown).message;
      return this.text === text ? this.#keep(text) : undefined;
    }
    // What is typed meanwhile began with what was handed over.
    this.#begun = text;
    if (this.text !== text) return;
    if (isKnown) this.#show();
    this.problem = '';
    // Not before it is in the document: until then it is only here.
    await this.#keep(null);
  }
  #show(): void {
    const { text } = this.#session;
    this.isOwn = false;
    this.#seen = text;
    this.#begun = text;
    this.text = text;
  }
  #note(text: string | null): void {
    this.#site.noteUnfinished(this.#session.name, text, { base: this.#begun, reason: this.problem });
  }
  async #keep(text: string | null): Promise<void> {
    this.#note(text);
    if (text === this.#kept) return;
    const before = this.#kept;
    this.#kept = text;
    try {
      await this.#site.keepUnfinished(this.#session.name, text, { base: this.#begun, reason: this.problem });
    } catch (thrown) {
      // It is tried again with the next key, and what is shown is that it is not saved.
      this.#kept = before;
      if (text !== null) this.problem = `${this.problem} It could not be kept either: ${toFailure(thrown).message}`;
    }
  }
  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#site.unapplied === this) this.#site.unapplied = null;
  }
  #problemOf(text: string): string {
    if (this.#session.problem) return '';
    const found = jsonProblem(text);
    return found ? `Line ${found.line}: ${found.message}` : '';
  }
}

/** A document's text while it is typed. What is no JSON yet is kept beside the document, whatever is done next. */
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

  readonly #site: SiteEditor;
  readonly #session: DocumentSession;
  readonly #wait: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the document has, and what is kept beside it. */
  #applied: string | null = null;
  #kept: string | null = null;

  constructor(site: SiteEditor, session: DocumentSession, wait = 500) {
    this.#site = site;
    this.#session = session;
    this.#wait = wait;
  }

  async open(): Promise<void> {
    await this.#session.reopen();
    const { name, text, onDisk } = this.#session;
    this.base = onDisk;
    this.#applied = text;
    this.#kept = this.#site.unfinished.get(name)?.text ?? null;
    this.text = this.#kept ?? text;
    this.problem = this.#problemOf(this.text);
    // It stays the text that is shown when the last thing that did not fit is mended.
    this.#site.raw = true;
    this.isOpen = true;
  }
  /** The document was changed by something else: shown, unless something is typed here that is not applied. */
  follow(): void {
    const { text } = this.#session;
    if (!this.isOpen || text === this.#applied) return;
    const isTyped = this.#timer !== undefined || this.problem !== '';
    this.#applied = text;
    if (!isTyped) this.text = text;
  }

  type(text: string): void {
    this.text = text;
    this.problem = this.#problemOf(text);
    // Told at once that it is not in the document; kept with the others.
    this.#site.noteUnfinished(this.#session.name, this.problem ? text : null);
    // Counted from the first key that waits: whoever does not pause is heard all the same.
    this.#timer ??= setTimeout(() => void this.apply(), this.#wait);
    this.#site.unapplied = this;
  }
  /** Has the text put into the document, or kept beside it until it can be. */
  async apply(): Promise<void> {
    this.#rest();
    const { text } = this;
    if (this.problem) return this.#keep(text);
    if (text === this.#applied) return this.#keep(null);
    this.#applied = text;
    try {
      await this.#session.setText(text);
    } catch (thrown) {
      this.problem = toFailure(thrown).message;
      return this.#keep(text);
    }
    // Not before it is in the document: until then it is only here.
    if (this.text === text) await this.#keep(null);
  }
  /** The text as the document has it, in the place of what is typed. */
  giveUp(): void {
    this.type(this.#session.text);
  }
  leave(): void {
    if (this.#timer !== undefined) void this.apply();
  }

  async #keep(text: string | null): Promise<void> {
    if (text === this.#kept) return;
    const before = this.#kept;
    this.#kept = text;
    try {
      await this.#site.keepUnfinished(this.#session.name, text);
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

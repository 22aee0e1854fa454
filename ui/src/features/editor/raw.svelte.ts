/** A document's text while it is typed. What cannot be applied yet is kept, also while another document is open. */
import { toFailure } from '$lib/backend';
import type { DocumentSession } from './session.svelte';
import type { SiteEditor } from './site.svelte';

export class RawText {
  text = $state.raw('');
  /** What the comparison begins with. */
  base = $state.raw('');
  problem = $state('');
  isOpen = $state(false);

  readonly #site: SiteEditor;
  readonly #session: DocumentSession;
  readonly #wait: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #applied: string | null = null;

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
    this.text = this.#site.typed.get(name) ?? text;
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
    if (this.problem) {
      this.#rest();
      this.#site.typed.set(this.#session.name, text);
      return;
    }
    // Counted from the first key that waits: whoever does not pause is heard all the same.
    this.#timer ??= setTimeout(() => void this.apply(), this.#wait);
    this.#site.unapplied = this;
  }
  async apply(): Promise<void> {
    this.#rest();
    const { text } = this;
    if (this.problem || text === this.#applied) return;
    this.#site.typed.delete(this.#session.name);
    this.#applied = text;
    try {
      await this.#session.setText(text);
    } catch (thrown) {
      this.problem = toFailure(thrown).message;
      this.#site.typed.set(this.#session.name, text);
    }
  }
  leave(): void {
    if (this.#timer !== undefined) void this.apply();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#site.unapplied === this) this.#site.unapplied = null;
  }
  #problemOf(text: string): string {
    if (this.#session.problem) return '';
    try {
      JSON.parse(text);
      return '';
    } catch (thrown) {
      return (thrown as Error).message;
    }
  }
}

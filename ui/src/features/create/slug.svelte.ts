/**
 * A slug while it is being made: it follows the name until somebody edits it, and is checked as it changes.
 *
 * Every question has a number; an answer that comes after a newer question was asked is dropped.
 */
import { toFailure, type Backend, type Failure } from '$lib/backend';

export class SlugField {
  value = $state('');
  problem = $state.raw<Failure | null>(null);
  suggestion = $state('');
  checking = $state(false);
  /** Somebody chose it; the name does not move it any more. */
  own = $state(false);

  readonly #backend: Pick<Backend, 'checkSlug' | 'suggestSlug'>;
  readonly #pauseMs: number;
  #question = 0;
  #asking: Promise<void> = Promise.resolve();

  constructor(backend: Pick<Backend, 'checkSlug' | 'suggestSlug'>, pauseMs = 150) {
    this.#backend = backend;
    this.#pauseMs = pauseMs;
  }

  get isFine(): boolean {
    return this.value !== '' && !this.problem && !this.checking;
  }

  follow(name: string): void {
    if (this.own) return;
    this.#ask(async (isLate) => {
      const slug = name.trim() === '' ? '' : await this.#backend.suggestSlug(name);
      if (isLate()) return;
      this.value = slug;
      this.#answer(null, slug);
    });
  }

  edit(text: string): void {
    this.value = text;
    this.own = text !== '';
    this.check();
  }

  check(): void {
    const slug = this.value;
    if (slug === '') return this.clear();
    this.#ask(async (isLate) => {
      const check = await this.#backend.checkSlug(slug);
      if (!isLate()) this.#answer(check.error ?? null, check.suggestion);
    });
  }

  takeSuggestion(): void {
    this.edit(this.suggestion);
  }

  /** Resolves when there is an answer to what stands in the field. */
  async settled(): Promise<void> {
    while (this.checking) await this.#asking;
  }

  /** The host refused it after all. */
  refuse(failure: Failure): void {
    this.check();
    this.problem = failure;
  }

  set(slug: string): void {
    this.value = slug;
    this.own = slug !== '';
    this.check();
  }
  clear(): void {
    this.#question += 1;
    this.value = '';
    this.own = false;
    this.#answer(null, '');
  }

  #answer(problem: Failure | null, suggestion: string): void {
    this.problem = problem;
    this.suggestion = suggestion;
    this.checking = false;
  }
  #ask(question: (isLate: () => boolean) => Promise<void>): void {
    const number = ++this.#question;
    const isLate = () => number !== this.#question;
    this.checking = true;
    this.#asking = new Promise((resolve) => setTimeout(resolve, this.#pauseMs))
      .then(() => (isLate() ? undefined : question(isLate)))
      .catch((thrown) => {
        if (!isLate()) this.#answer(toFailure(thrown), '');
      });
  }
}

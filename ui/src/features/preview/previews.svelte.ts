/** The previews of all demos, as the host says of them, and what a person asks of one. */
import { getContext, setContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { toFailure, type Failure, type Preview, type PreviewDecision, type PreviewOffer } from '$lib/backend';
import type { App } from '$lib/state/app';
import type { Inside } from '$lib/state/workspace.svelte';

/** A log is a look at its end: more than this of it is of no use. */
export const longest = 200_000;
export interface Log {
  text: string;
  isCut: boolean;
}

export class Previews {
  /** The question that is asked now. */
  question = $state.raw<{ demo: string; offer: PreviewOffer; notice?: string } | null>(null);
  readonly #app: Pick<App, 'backend' | 'workspace' | 'toasts' | 'announcer'>;
  readonly #all = new SvelteMap<string, Preview>();
  readonly #logs = new SvelteMap<string, Log>();
  /** A start that the host refused, which it has nothing to say of. */
  readonly #refused = new SvelteMap<string, Failure>();
  /** Demos whose start or stop has not been answered. */
  readonly #asked = new SvelteMap<string, 'start' | 'stop'>();
  readonly #pages = new Map<string, string>();
  /** Demos that are to be opened as soon as they run, and where. */
  readonly #awaited = new Map<string, 'browser' | 'window'>();
  #heard = new Set<string>();
  /** What was said of a log while it was on its way. */
  readonly #said = new Map<string, string>();

  constructor(app: Pick<App, 'backend' | 'workspace' | 'toasts' | 'announcer'>) {
    this.#app = app;
  }

  /** Listens until the function it gives is called. */
  run(): () => void {
    return this.#app.workspace.hear((event) => this.#hear(event));
  }
  /** Asks for all: at the start, and when events were missed. An event that comes meanwhile is newer than the answer. */
  async load(): Promise<void> {
    this.#heard = new Set();
    try {
      const all = await this.#app.backend.previews();
      const gone = new Set(this.#all.keys());
      for (const preview of all) {
        gone.delete(preview.demo);
        if (!this.#heard.has(preview.demo)) this.#put(preview);
      }
      for (const demo of gone) if (!this.#heard.has(demo)) this.#all.delete(demo);
    } catch {
      // They stay as they were told of; the next gap asks again.
    }
  }

  of(demo: string): Preview {
    return this.#all.get(demo) ?? { demo, state: 'stopped' };
  }
  /** Why it does not run, if it should. */
  failureOf(demo: string): Failure | undefined {
    const preview = this.of(demo);
    if (preview.state === 'failed') return preview.error;
    return preview.state === 'stopped' ? this.#refused.get(demo) : undefined;
  }

  async start(demo: string): Promise<void> {
    if (this.#asked.has(demo)) return;
    this.#asked.set(demo, 'start');
    this.#refused.delete(demo);
    try {
      await this.#app.backend.startPreview(demo, null);
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (failure.code === 'NotTrusted') await this.#ask(demo, failure);
      else this.#refuse(demo, failure);
    } finally {
      this.#asked.delete(demo);
    }
  }
  async stop(demo: string): Promise<void> {
    if (this.#asked.has(demo)) return;
    this.#asked.set(demo, 'stop');
    try {
      await this.#app.backend.stopPreview(demo);
    } catch (thrown) {
      this.#app.toasts.show({ text: toFailure(thrown).message, tone: 'bad' }, 9_000);
    } finally {
      this.#asked.delete(demo);
    }
  }
  toggle(demo: string): Promise<void> {
    const { state } = this.of(demo);
    return state === 'running' || state === 'starting' ? this.stop(demo) : this.start(demo);
  }
  /** The page of a demo that is looked at. */
  look(demo: string, page: string): void {
    this.#pages.set(demo, page);
  }
  /** Shows the page that is looked at in the person's own browser, once the preview runs. */
  openInBrowser(demo: string): Promise<void> {
    return this.#open(demo, 'browser');
  }
  /** Shows it in a window of its own. */
  openInWindow(demo: string): Promise<void> {
    return this.#open(demo, 'window');
  }
  async #open(demo: string, where: 'browser' | 'window'): Promise<void> {
    if (this.of(demo).state !== 'running') {
      this.#awaited.set(demo, where);
      if (this.of(demo).state !== 'starting') await this.start(demo);
      return;
    }
    const { backend } = this.#app;
    const page = this.#pages.get(demo) ?? '/';
    try {
      await (where === 'window' ? backend.openPreviewWindow(demo, page) : backend.openPreview(demo, page));
    } catch (thrown) {
      this.#app.toasts.show({ text: toFailure(thrown).message, tone: 'bad' }, 9_000);
    }
  }
  forget(demo: string): void {
    this.#refused.delete(demo);
  }

  /** Asks again of a command that was decided on. */
  async review(demo: string): Promise<void> {
    const text = 'This site brings no command of its own. Its preview needs none.';
    await this.#ask(demo, null, undefined, () => this.#app.toasts.show({ text, tone: 'plain' }));
  }
  /** Answers the question; once decided, the preview is started. */
  async decide(decision: Exclude<PreviewDecision, 'undecided'>): Promise<void> {
    const { question } = this;
    if (!question) return;
    const { demo, offer } = question;
    try {
      await this.#app.backend.decidePreview(demo, offer.key, decision);
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (failure.code === 'Conflict') return this.#ask(demo, failure, failure.message);
      this.question = null;
      return this.#refuse(demo, failure);
    }
    this.question = null;
    // What runs was started by what was decided before.
    if (decision !== offer.decision && this.of(demo).state !== 'stopped') await this.stop(demo);
    await this.start(demo);
  }

  logOf(demo: string): Log | undefined {
    return this.#logs.get(demo);
  }
  /** Fetches the log, and follows it from then on. */
  async readLog(demo: string): Promise<void> {
    this.#said.set(demo, '');
    try {
      const { text, is_cut } = await this.#app.backend.previewLog(demo);
      const said = this.#said.get(demo) ?? '';
      // What was said meanwhile may be at the end of the answer already.
      this.#logs.set(demo, cut({ text: text.endsWith(said) ? text : text + said, isCut: is_cut }));
    } catch (thrown) {
      this.#app.toasts.show({ text: toFailure(thrown).message, tone: 'bad' }, 9_000);
    } finally {
      this.#said.delete(demo);
    }
  }

  async #ask(demo: string, failure: Failure | null, notice?: string, none = () => {}): Promise<void> {
    try {
      const offer = await this.#app.backend.previewOffer(demo);
      if (offer) this.question = { demo, offer, ...(notice && { notice }) };
      else {
        this.question = null;
        if (failure) this.#refuse(demo, failure);
        else none();
      }
    } catch (thrown) {
      this.question = null;
      this.#refuse(demo, toFailure(thrown));
    }
  }
  #refuse(demo: string, failure: Failure): void {
    this.#awaited.delete(demo);
    this.#refused.set(demo, failure);
    this.#say(demo, `The preview did not start. ${failure.message}`);
  }

  #hear(event: Inside): void {
    if (event.kind === 'missed') {
      void this.load();
      for (const demo of this.#logs.keys()) void this.readLog(demo);
    } else if (event.kind === 'preview_changed') {
      const { preview } = event;
      const before = this.of(preview.demo).state;
      this.#heard.add(preview.demo);
      this.#put(preview);
      if (preview.state === 'failed' || preview.state === 'stopped') this.#awaited.delete(preview.demo);
      const where = preview.state === 'running' ? this.#awaited.get(preview.demo) : undefined;
      if (where !== undefined) {
        this.#awaited.delete(preview.demo);
        void this.#open(preview.demo, where);
      }
      if (before === preview.state) return;
      // A command that begins anew begins a new log.
      if (preview.state === 'starting' && this.#logs.has(preview.demo)) void this.readLog(preview.demo);
      if (preview.state === 'running') this.#say(preview.demo, `The preview runs at ${preview.address}.`);
      else if (preview.state === 'failed') this.#say(preview.demo, `The preview failed. ${preview.error.message}`);
      else if (preview.state === 'stopped') this.#say(preview.demo, 'The preview is stopped.');
    } else if (event.kind === 'preview_said') this.#append(event.demo, event.text);
  }
  #append(demo: string, text: string): void {
    if (this.#said.has(demo)) this.#said.set(demo, this.#said.get(demo)! + text);
    const log = this.#logs.get(demo);
    if (log) this.#logs.set(demo, cut({ text: log.text + text, isCut: log.isCut }));
  }
  #put(preview: Preview): void {
    if (preview.state === 'stopped') this.#all.delete(preview.demo);
    else {
      this.#all.set(preview.demo, preview);
      this.#refused.delete(preview.demo);
    }
  }
  #say(demo: string, words: string): void {
    const name = this.#app.workspace.demo(demo)?.name;
    this.#app.announcer.say(name ? `${name}: ${words}` : words);
  }
}

function cut(log: Log): Log {
  if (log.text.length <= longest) return log;
  const from = log.text.indexOf('\n', log.text.length - longest) + 1;
  return { text: log.text.slice(from || -longest), isCut: true };
}

const key = Symbol('previews');
export const providePreviews = (previews: Previews): Previews => setContext(key, previews);
export const usePreviews = (): Previews => getContext<Previews>(key);

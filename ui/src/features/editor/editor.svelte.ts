/** The editors of the demos that were seen last, and what is told when saving goes well or does not. */
import { getContext, setContext } from 'svelte';
import type { ContentEvent } from '$lib/backend';
import type { App } from '$lib/state/app';
import type { Inside } from '$lib/state/workspace.svelte';
import { SiteEditor } from './site.svelte';

const kept = 12;

export class Editor {
  readonly #app: App;
  readonly #sites = new Map<string, SiteEditor>();
  /** Documents whose last news was bad. */
  readonly #troubled = new Set<string>();
  /** The demos for which somebody pressed Save and is to be told. */
  readonly #asked = new Set<string>();

  constructor(app: App) {
    this.#app = app;
  }

  /** Listens until the function it gives is called. */
  run(): () => void {
    return this.#app.workspace.hear((event) => this.#hear(event));
  }

  site(demo: string): SiteEditor {
    const site = this.#sites.get(demo) ?? new SiteEditor(this.#app, demo);
    if (!this.#sites.has(demo)) {
      this.#sites.set(demo, site);
      for (const [oldest, { session }] of this.#sites) {
        if (this.#sites.size <= kept) break;
        if (!session) this.#sites.delete(oldest);
      }
    }
    return site;
  }

  /** Saves at once, because a person asked for it: they are told when it is done. */
  async save(demo: string): Promise<void> {
    this.#asked.add(demo);
    const site = this.site(demo);
    await this.#app.attempt(async () => (site.session?.failure ? site.session.retry() : site.flush()));
    this.#tellSaved(site);
  }

  #hear(event: Inside): void {
    if (event.kind === 'missed') for (const site of this.#sites.values()) site.missed();
    else if (event.kind === 'document_changed' || event.kind === 'content_changed' || event.kind === 'drafts_changed') {
      const site = this.#sites.get(event.demo);
      site?.hear(event);
      if (event.kind === 'document_changed') this.#follow(event, site);
    }
  }

  /** Trouble is told at once; that all is well only after trouble, or to who asked. */
  #follow(event: ContentEvent & { kind: 'document_changed' }, site: SiteEditor | undefined): void {
    const { demo, document, save } = event;
    const key = `${demo} ${document}`;
    const name = site?.nameOf(document) ?? document;
    if (save.state === 'conflict' || save.state === 'failed') {
      if (this.#troubled.has(key)) return;
      this.#troubled.add(key);
      this.#asked.delete(demo);
      const words =
        save.state === 'conflict'
          ? `${name} was changed by another program, and here too.`
          : `${name} is not saved. ${save.error.message}`;
      this.#app.announcer.say(words);
      if (this.#app.place.selected !== demo) this.#point(demo, document, words);
    } else if (save.state === 'saved') {
      if (this.#troubled.delete(key)) this.#app.announcer.say(`${name} is saved.`);
      if (site) this.#tellSaved(site);
    }
  }
  #tellSaved(site: SiteEditor): void {
    const state = site.save?.state.state ?? 'saved';
    if (state === 'unfinished' && this.#asked.delete(site.demo))
      this.#app.announcer.say(`${site.nameOf(site.save!.document)} is not saved: its text is not valid JSON yet.`);
    if (state !== 'saved' || !this.#asked.delete(site.demo)) return;
    this.#app.announcer.say('Everything is saved.');
  }
  /** Trouble in a demo that is not shown gets a note that leads there. */
  #point(demo: string, document: string, text: string): void {
    const view = this.#app.workspace.demo(demo);
    if (!view) return;
    const show = () => {
      this.#app.place.show(view);
      this.#app.place.tab = 'content';
      void this.site(demo).open(document);
    };
    this.#app.toasts.show({ text: `${view.name}: ${text}`, tone: 'bad', action: { label: 'Show', run: show } }, 30_000);
  }
}

const key = Symbol('editor');
export const provideEditor = (editor: Editor): Editor => setContext(key, editor);
export const useEditor = (): Editor => getContext<Editor>(key);

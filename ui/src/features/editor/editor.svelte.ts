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
  /** Documents with edits whose end is not told yet. */
  readonly #edited = new Set<string>();
  /** The note that edits are left, and the demo that it leads to. */
  #leftNote: { id: number; demo: string } | null = null;
  /** The demos for which somebody pressed Save and is to be told. */
  readonly #asked = new Set<string>();

  constructor(app: App) {
    this.#app = app;
  }

  /** Listens until the function it gives is called. */
  run(): () => void {
    return this.#app.workspace.hear((event) => this.#hear(event));
  }

  /** At the start of the program: says where edits are left of a time when it ended before they were saved. */
  async tellLeft(): Promise<void> {
    await this.#app.drafts.load();
    const demos = [...this.#app.drafts.left.keys()].flatMap((id) => this.#app.workspace.demo(id) ?? []);
    const [first] = demos;
    if (!first) return;
    const others = demos.length - 1;
    const where = `“${first.name}”${others > 0 ? ` and ${others} other ${others > 1 ? 'demos' : 'demo'}` : ''}`;
    const text = `Backlot ended before every edit was saved. What is left of ${where} can be applied or discarded.`;
    const run = () => {
      this.#app.place.show(first);
      this.#app.place.tab = 'content';
    };
    const action = { label: 'Look at it', testid: 'left-show', run };
    const id = this.#app.toasts.show({ text, tone: 'plain', action }, 60_000);
    this.#leftNote = { id, demo: first.id };
  }
  /** Somebody looks at the edits that are left of a demo: the note has led there, or is not needed any more. */
  sawLeft(demo: string): void {
    if (this.#leftNote?.demo !== demo) return;
    this.#app.toasts.close(this.#leftNote.id);
    this.#leftNote = null;
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
    site.told = '';
    await this.#app.attempt(async () => (site.session?.failure ? site.session.retry() : site.flush()));
    this.#tellSaved(site);
  }

  #hear(event: Inside): void {
    if (event.kind === 'missed' || event.kind === 'drafts_changed') void this.#app.drafts.load();
    if (event.kind === 'missed') for (const site of this.#sites.values()) site.missed();
    else if (event.kind === 'document_changed' || event.kind === 'content_changed' || event.kind === 'drafts_changed') {
      const site = this.#sites.get(event.demo);
      site?.hear(event);
      if (event.kind === 'document_changed') this.#follow(event, site);
    }
  }

  /** What has come to an end is told: edits that are saved, and trouble, once; never each step on the way. */
  #follow(event: ContentEvent & { kind: 'document_changed' }, site: SiteEditor | undefined): void {
    const { demo, document, save } = event;
    const key = `${demo} ${document}`;
    const name = site?.nameOf(document) ?? document;
    if (save.state === 'conflict' || save.state === 'failed') {
      this.#edited.delete(key);
      if (this.#troubled.has(key)) return;
      this.#troubled.add(key);
      this.#asked.delete(demo);
      const words =
        save.state === 'conflict'
          ? `${name} was changed by another program, and here too.`
          : `${name} is not saved. ${save.error.message}`;
      if (site) site.told = words;
      if (this.#app.place.selected !== demo) this.#point(demo, document, words);
    } else if (save.state === 'saved') {
      const wasTroubled = this.#troubled.delete(key);
      const wasEdited = this.#edited.delete(key);
      if (!site) return;
      const isAll = (site.save?.state.state ?? 'saved') === 'saved';
      if (wasTroubled) site.told = `${name} is saved.`;
      else if (wasEdited && isAll) site.told = 'Saved.';
      this.#tellSaved(site);
    } else {
      this.#edited.add(key);
      if (site) site.told = '';
    }
  }
  #tellSaved(site: SiteEditor): void {
    const state = site.save?.state.state ?? 'saved';
    if (state !== 'saved' && state !== 'unfinished') return;
    if (!this.#asked.delete(site.demo)) return;
    site.told = state === 'saved' ? 'Everything is saved.' : site.unfinishedWords;
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

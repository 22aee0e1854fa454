/** What can be done with whole pages and menus. */
import type { DocumentInfo, Failure, PageInfo, Place, Removed } from '$lib/backend';
import { nameProblem } from '$lib/content/names';
import type { App } from '$lib/state/app';
import type { Toast } from '$lib/ui/toasts.svelte';
import type { SiteEditor } from './site.svelte';

export class PageActs {
  readonly #app: App;
  readonly site: SiteEditor;

  constructor(app: App, site: SiteEditor) {
    this.#app = app;
    this.site = site;
  }

  /** Rejects with a `Failure` when the host refuses, for the field where the name is typed. */
  async add(name: string): Promise<void> {
    await this.#show(await this.#app.backend.addPage(this.site.demo, name));
  }
  async duplicate(document: string): Promise<void> {
    await this.#app.attempt(async () => {
      await this.site.flush();
      await this.#show(await this.#app.backend.duplicatePage(this.site.demo, document));
    });
  }
  /** Rejects with a `Failure` when the host refuses. */
  async rename(document: string, name: string, slug: string | null): Promise<void> {
    await this.site.flush();
    await this.site.moving(document, async () => {
      const page = await this.#app.backend.renamePage(this.site.demo, document, name, slug);
      return page.document;
    });
    await this.site.load();
  }
  async remove(document: string): Promise<void> {
    const { backend } = this.#app;
    const { demo } = this.site;
    await this.#remove(
      document,
      { kind: 'page', left: 'linked from', show: 'link' },
      () => backend.removePage(demo, document),
      (token) => backend.restorePage(demo, token),
    );
  }

  /** Rejects with a `Failure` when the host refuses, for the field where the name is typed. */
  async addMenu(name: string): Promise<void> {
    await this.#show(await this.#app.backend.addMenu(this.site.demo, name));
  }
  /** Another name for people; what shows the menu knows it by its file, which stays. */
  async renameMenu(document: string, name: string): Promise<void> {
    const problem = nameProblem(name, 'menu');
    if (problem) throw { code: 'InvalidInput', message: problem } satisfies Failure;
    await this.site.within(document, async (session) => {
      if (session.content === undefined) {
        const message = `This menu can only be changed as text. ${session.problem ?? ''} Its name was not changed.`;
        throw { code: 'WrongState', message } satisfies Failure;
      }
      session.set([{ path: ['name'], value: name }]);
      await session.flush();
    });
    await this.site.load();
  }
  async removeMenu(document: string): Promise<void> {
    const { backend } = this.#app;
    const { demo } = this.site;
    await this.#remove(
      document,
      { kind: 'menu', left: 'shown by', show: 'place' },
      () => backend.removeMenu(demo, document),
      (token) => backend.restoreMenu(demo, token),
    );
  }

  async #remove(
    document: string,
    words: { kind: string; left: string; show: string },
    work: () => Promise<Removed>,
    restore: (token: string) => Promise<PageInfo | DocumentInfo>,
  ): Promise<void> {
    const name = this.site.nameOf(document);
    await this.#app.attempt(async () => {
      await this.site.flush();
      const { token, places } = await work();
      await this.site.gone(document);
      await this.site.load();
      const run = () => void this.#app.attempt(async () => this.#show(await restore(token)));
      const left = this.#namesOf(places);
      this.#app.toasts.show(
        {
          text: `Removed the ${words.kind} “${name}”.${left && ` Still ${words.left} ${left}.`}`,
          tone: 'plain',
          action: { label: 'Undo', hint: 'Mod+Z', testid: 'undo-button', run },
          ...(places.length > 0 && { also: this.#visit(places, words.show) }),
        },
        places.length > 0 ? 30_000 : undefined,
      );
    });
  }
  /** Which documents the places are in, in words. */
  #namesOf(places: readonly Place[]): string {
    const names = [...new Set(places.map(({ document }) => this.site.nameOf(document)))];
    const shown = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names;
    return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : (shown[0] ?? '');
  }
  /** Leads to each of the places in turn. */
  #visit(places: readonly Place[], word: string): NonNullable<Toast['also']> {
    let next = 0;
    const run = () => {
      const place = places[next++ % places.length]!;
      const demo = this.#app.workspace.demo(this.site.demo);
      if (!demo) return;
      this.#app.place.show(demo);
      this.#app.place.tab = 'content';
      void this.site.reveal(place);
    };
    return { label: places.length > 1 ? `Show next ${word}` : `Show the ${word}`, testid: 'show-link', run };
  }

  async #show({ document }: PageInfo | DocumentInfo): Promise<void> {
    await this.site.load();
    await this.site.open(document);
  }
}

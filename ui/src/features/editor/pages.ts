/** What can be done with whole pages. */
import type { LinkPlace, PageInfo } from '$lib/backend';
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
    const name = this.site.nameOf(document);
    await this.#app.attempt(async () => {
      await this.site.flush();
      const { token, places } = await this.#app.backend.removePage(this.site.demo, document);
      await this.site.gone(document);
      await this.site.load();
      const run = () =>
        void this.#app.attempt(async () => this.#show(await this.#app.backend.restorePage(this.site.demo, token)));
      this.#app.toasts.show(
        {
          text: `Removed the page “${name}”.${this.#leftover(places)}`,
          tone: 'plain',
          action: { label: 'Undo', hint: 'Mod+Z', testid: 'undo-button', run },
          ...(places.length > 0 && { also: this.#visit(places) }),
        },
        places.length > 0 ? 30_000 : undefined,
      );
    });
  }

  /** What of the site still leads to a page that is not there any more. */
  #leftover(places: readonly LinkPlace[]): string {
    const names = [...new Set(places.map(({ document }) => this.site.nameOf(document)))];
    if (names.length === 0) return '';
    const shown = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names;
    return ` Still linked from ${shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown[0]}.`;
  }
  /** Leads to each of the places in turn. */
  #visit(places: readonly LinkPlace[]): NonNullable<Toast['also']> {
    let next = 0;
    const run = () => {
      const place = places[next++ % places.length]!;
      const demo = this.#app.workspace.demo(this.site.demo);
      if (!demo) return;
      this.#app.place.show(demo);
      this.#app.place.tab = 'content';
      void this.site.reveal(place);
    };
    return { label: places.length > 1 ? 'Show next link' : 'Show the link', testid: 'show-link', run };
  }

  async #show(page: PageInfo): Promise<void> {
    await this.site.load();
    await this.site.open(page.document);
  }
}

/** What can be done with whole pages. */
import type { PageInfo } from '$lib/backend';
import type { App } from '$lib/state/app';
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
      const token = await this.#app.backend.removePage(this.site.demo, document);
      await this.site.gone(document);
      await this.site.load();
      const run = () =>
        void this.#app.attempt(async () => this.#show(await this.#app.backend.restorePage(this.site.demo, token)));
      this.#app.toasts.show({
        text: `Removed the page “${name}”.`,
        tone: 'plain',
        action: { label: 'Undo', hint: 'Mod+Z', testid: 'undo-button', run },
      });
    });
  }

  async #show(page: PageInfo): Promise<void> {
    await this.site.load();
    await this.site.open(page.document);
  }
}

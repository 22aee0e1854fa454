/** The Media tab of one demo: what is looked at, and everything that can be done there. */
import { tick } from 'svelte';
import type { MediaBackend, MediaItem } from '$lib/backend';
import { deskOf } from '$lib/media/desk.svelte';
import { Browse } from '$lib/media/browse.svelte';
import { count } from '$lib/demo/format';
import { files } from '$lib/media/kinds';
import { lasting } from '$lib/media/lasting.svelte';
import type { Library } from '$lib/media/library.svelte';
import type { App } from '$lib/state/app';
import { Deleting } from './deleting.svelte';
import { keptLook, keptOrder } from './habits';

export const listId = 'media-list';
export const focusList = (): void => document.getElementById(listId)?.focus({ preventScroll: true });

/** What was searched for and chosen is there again when one comes back to a library. */
const browses = new WeakMap<Library, Browse>();
function browseOf(library: Library): Browse {
  let browse = browses.get(library);
  if (!browse) browses.set(library, (browse = lasting(() => new Browse(library))));
  browse.look = keptLook();
  browse.order = keptOrder();
  return browse;
}

export class MediaTabState {
  readonly app: App;
  readonly demo: string;
  readonly host: MediaBackend;
  readonly browse: Browse;
  readonly deleting: Deleting;
  /** The media doctor stands in the place of the library. */
  checking = $state(false);
  /** The item whose name is being edited. */
  renaming = $state<string | null>(null);
  /** The item that another file is being put in the place of. */
  replacing = $state<string | null>(null);
  /** The one item that is chosen. */
  readonly single: MediaItem | undefined = $derived.by(() => {
    const { chosen } = this.browse.selection;
    return chosen.length === 1 ? chosen[0] : undefined;
  });

  constructor(app: App, demo: string) {
    this.app = app;
    this.demo = demo;
    this.host = app.backend;
    this.browse = browseOf(deskOf(app).library(demo));
    this.deleting = new Deleting(this.host, this.browse.library, (items) => this.#leaving(items));
  }

  get desk() {
    return deskOf(this.app);
  }
  get name(): string {
    return this.app.workspace.demo(this.demo)?.name ?? '';
  }

  /** Adds these files, or those that are chosen in a dialog. */
  async add(paths?: string[]): Promise<void> {
    await this.app.attempt(async () => {
      const chosen = paths ?? (await this.app.backend.pickFiles(`Add files to ${this.name}`));
      if (chosen.length === 0) return;
      this.checking = false;
      await this.desk.begin(this.demo, chosen);
    });
  }
  async cancel(id: string): Promise<void> {
    await this.app.attempt(() => this.desk.cancel(id));
  }
  /** Goes to items wherever they are in the list. */
  async show(ids: readonly string[]): Promise<void> {
    const { browse } = this;
    this.checking = false;
    await browse.library.load();
    browse.clear();
    browse.selection.only(ids.filter((id) => browse.library.item(id)));
    await tick();
    focusList();
  }

  async replace(item: MediaItem): Promise<void> {
    await this.app.attempt(async () => {
      const [file] = await this.app.backend.pickFiles(`Replace ${item.filename}`);
      if (!file) return;
      this.replacing = item.id;
      try {
        const { files, token, notes = [], warnings } = await this.host.replaceMedia(this.demo, item.id, file);
        for (const replaced of files) this.browse.library.admit(replaced);
        const done = `Replaced ${item.filename}. What uses it shows the new file.`;
        const text = [done, ...notes.map(({ message }) => message)].join(' ');
        if (token) this.offerUndo(text, token);
        this.tell(warnings);
      } finally {
        this.replacing = null;
      }
    });
  }
  async delete(items: readonly MediaItem[] = this.browse.selection.chosen): Promise<void> {
    await this.app.attempt(() => this.deleting.begin(items));
  }

  /** What should be looked at after files got other names. */
  tell(warnings: readonly string[] = []): void {
    const [first] = warnings;
    if (!first) return;
    const text = warnings.length === 1 ? first : `${first} And ${count(warnings.length - 1)} more like it.`;
    this.app.toasts.show({ text, tone: 'plain' }, 10_000);
  }

  /** A note that something was done, with Undo. */
  offerUndo(text: string, token: string, after: () => void = () => {}): void {
    const undo = async () => {
      await this.app.attempt(async () => {
        await this.host.restoreMedia(this.demo, token);
        await this.browse.library.load();
        after();
      });
    };
    this.app.toasts.show({
      text,
      tone: 'plain',
      action: { label: 'Undo', hint: 'Mod+Z', testid: 'undo-button', run: () => void undo() },
    });
  }

  #leaving(items: readonly MediaItem[]): (token: string) => void {
    const { library, selection } = this.browse;
    const ids = items.map(({ id }) => id);
    const next = selection.after(ids);
    return (token) => {
      library.drop(ids);
      selection.only(next);
      void tick().then(focusList);
      const what = items.length === 1 ? items[0]!.filename : files(items.length);
      this.offerUndo(`Deleted ${what}.`, token, () => {
        selection.only(ids);
        void tick().then(focusList);
      });
    };
  }
}

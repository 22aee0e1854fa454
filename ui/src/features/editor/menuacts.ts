/** What can be done with the items of a menu. Each act is one edit of its list, and can be undone. */
import type { Json } from '$lib/backend';
import { isObject, type JsonObject } from '$lib/content/json';
import type { App } from '$lib/state/app';
import {
  freshItem,
  indent,
  insert,
  itemAt,
  keyOf,
  listOf,
  moveTo,
  outdent,
  placeOf,
  remove,
  rowsOf,
  step,
} from './menu';
import type { Moved } from './menu';
import type { DocumentSession } from './session.svelte';
import type { SiteEditor } from './site.svelte';

export class MenuActs {
  readonly #app: App;
  readonly site: SiteEditor;
  /** Focus goes to the row of what is selected then. */
  onarrive: () => void = () => {};

  constructor(app: App, site: SiteEditor) {
    this.#app = app;
    this.site = site;
  }

  get items(): Json[] {
    return listOf(this.site.session?.content);
  }
  get chosen(): number[] | null {
    const { widget } = this.site.selection;
    if (widget === null) return null;
    const place = placeOf(widget);
    return itemAt(this.items, place) === undefined ? null : place;
  }

  add(): void {
    const { chosen } = this;
    const place = chosen ? [...chosen.slice(0, -1), chosen.at(-1)! + 1] : [this.items.length];
    this.#put(insert(this.items, place, freshItem()), place, 'Added an item.');
    this.site.selection.focus([...place.flatMap((index) => ['items', String(index)]), 'label']);
  }
  duplicate(): void {
    const { chosen } = this;
    const item = chosen && itemAt(this.items, chosen);
    if (!chosen || !item) return;
    const place = [...chosen.slice(0, -1), chosen.at(-1)! + 1];
    this.#put(insert(this.items, place, afresh(item)), place, 'Duplicated.');
  }
  remove(): void {
    const { chosen } = this;
    const { session } = this.site;
    if (!chosen || !session) return;
    const item = itemAt(this.items, chosen)!;
    const rows = rowsOf(remove(this.items, chosen));
    const at = rowsOf(this.items).findIndex(({ key }) => key === keyOf(chosen));
    const next = rows[Math.min(at, rows.length - 1)];
    this.#put(remove(this.items, chosen), next?.place ?? null);
    const { edits, name } = session;
    const bringBack = async (now: DocumentSession) => {
      if (session.edits === edits && (now === session || now.edits === 0)) return now.undo();
      const items = listOf(now.content);
      now.set([{ path: ['items'], value: insert(items, [Math.min(chosen[0]!, items.length)], item) }]);
    };
    const run = () => void this.#app.attempt(() => this.site.within(name, bringBack));
    const label = isObject(item) && typeof item.label === 'string' ? item.label : 'the item';
    this.#app.toasts.show({
      text: `Removed “${label}”.`,
      tone: 'plain',
      action: { label: 'Undo', hint: 'Mod+Z', testid: 'undo-button', run },
    });
  }
  step(by: -1 | 1): void {
    this.#move((items, place) => step(items, place, by));
  }
  indent(): void {
    this.#move(indent);
  }
  outdent(): void {
    this.#move(outdent);
  }
  moveTo(from: readonly number[], to: readonly number[]): void {
    if (keyOf(from) !== keyOf(to)) this.#take(moveTo(this.items, from, to));
  }

  #move(move: (items: Json[], place: number[]) => Moved | undefined): void {
    const { chosen } = this;
    if (chosen) this.#take(move(this.items, chosen));
  }
  #take(moved: Moved | undefined): void {
    if (moved)
      this.#put(moved.items, moved.place, `Moved to place ${moved.place.map((index) => index + 1).join('.')}.`);
  }
  #put(items: Json[], place: readonly number[] | null, news?: string): void {
    this.site.session?.set([{ path: ['items'], value: items }]);
    this.site.selection.select(place ? keyOf(place) : null);
    if (news) this.#app.announcer.say(news);
    this.onarrive();
  }
}

function afresh(item: Json): Json {
  if (!isObject(item)) return item;
  const copy: JsonObject = { ...item, id: freshItem().id! };
  return Array.isArray(item.items) ? { ...copy, items: item.items.map(afresh) } : copy;
}

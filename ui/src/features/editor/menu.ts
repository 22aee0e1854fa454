/** The items of a menu: a tree, at most three levels deep. Each function gives a new tree and where the item is then. */
import type { Json } from '$lib/backend';
import { isObject, type JsonObject } from '$lib/content/json';

export const deepest = 3;

/** Indices from the top of the menu down. */
export type Place = readonly number[];
export interface MenuRow {
  key: string;
  place: number[];
  label: string;
  level: number;
  index: number;
  total: number;
  inner: number;
}
export interface Moved {
  items: Json[];
  place: number[];
}

export const keyOf = (place: Place): string => place.join('.');
export const placeOf = (key: string): number[] => key.split('.').map(Number);
/** Where an item stands in the document. */
export const pathOf = (place: Place): string[] => place.flatMap((index) => ['items', String(index)]);

/** The item that a path in the document leads to or into. */
export const placeIn = (path: readonly string[]): number[] =>
  path.flatMap((key, at) => (key === 'items' && path[at + 1] !== undefined ? [Number(path[at + 1])] : []));

const itemsOf = (item: Json | undefined): Json[] => (isObject(item) && Array.isArray(item.items) ? item.items : []);
const withItems = (item: Json, items: Json[]): JsonObject => ({ ...(isObject(item) ? item : {}), items });
export const listOf = (content: Json | undefined): Json[] => itemsOf(content);

export function rowsOf(items: readonly Json[], above: number[] = []): MenuRow[] {
  return items.flatMap((item, index) => {
    const place = [...above, index];
    const label = isObject(item) && typeof item.label === 'string' ? item.label : '';
    const inner = rowsOf(itemsOf(item), place);
    const row = { key: keyOf(place), place, label, level: place.length, index, total: items.length };
    return [{ ...row, inner: inner.length }, ...inner];
  });
}

export const itemAt = (items: readonly Json[], [index, ...rest]: Place): Json | undefined =>
  index === undefined ? undefined : rest.length === 0 ? items[index] : itemAt(itemsOf(items[index]), rest);

function change(items: readonly Json[], above: Place, edit: (list: Json[]) => Json[]): Json[] {
  const [index, ...rest] = above;
  if (index === undefined) return edit([...items]);
  return items.map((item, at) => (at === index ? withItems(item, change(itemsOf(item), rest, edit)) : item));
}
const depthOf = (item: Json): number => 1 + Math.max(0, ...itemsOf(item).map(depthOf));

export const remove = (items: readonly Json[], place: Place): Json[] =>
  change(items, place.slice(0, -1), (list) => list.toSpliced(place.at(-1)!, 1));
export const insert = (items: readonly Json[], place: Place, item: Json): Json[] =>
  change(items, place.slice(0, -1), (list) => list.toSpliced(place.at(-1)!, 0, item));

/** Takes an item to a place that is counted without it. Nothing when it would be too deep. */
export function moveTo(items: readonly Json[], from: Place, to: Place): Moved | undefined {
  const item = itemAt(items, from);
  if (item === undefined || to.length - 1 + depthOf(item) > deepest) return undefined;
  return { items: insert(remove(items, from), to, item), place: [...to] };
}

export function step(items: readonly Json[], place: Place, by: -1 | 1): Moved | undefined {
  const above = place.slice(0, -1);
  const index = place.at(-1)! + by;
  const list = above.length === 0 ? items : itemsOf(itemAt(items, above));
  return index < 0 || index >= list.length ? undefined : moveTo(items, place, [...above, index]);
}
/** Under the item before it. */
export function indent(items: readonly Json[], place: Place): Moved | undefined {
  const index = place.at(-1)!;
  if (index === 0) return undefined;
  const before = [...place.slice(0, -1), index - 1];
  return moveTo(items, place, [...before, itemsOf(itemAt(items, before)).length]);
}
/** After the item that it is under. */
export function outdent(items: readonly Json[], place: Place): Moved | undefined {
  if (place.length < 2) return undefined;
  const above = place.slice(0, -1);
  return moveTo(items, place, [...above.slice(0, -1), above.at(-1)! + 1]);
}

/**
 * Where a dragged item goes that is let go before the row `slot` (of the rows without it and what is under it), at the
 * level that the pointer shows: the nearest that is possible there.
 */
export function placeAt(rows: readonly MenuRow[], slot: number, wanted: number): number[] {
  const before = rows[slot - 1];
  const after = rows[slot];
  if (!before) return [0];
  const least = after?.level ?? 1;
  const level = Math.max(least, Math.min(wanted, before.level + 1, deepest));
  if (level > before.level) return [...before.place, 0];
  const above = before.place.slice(0, level);
  return [...above.slice(0, -1), above.at(-1)! + 1];
}

/** Places of other items once one was taken out: those behind it in its list move up. */
export function without(rows: readonly MenuRow[], from: Place): MenuRow[] {
  const at = from.length - 1;
  const isInside = ({ place }: MenuRow) => from.every((index, depth) => place[depth] === index);
  return rows
    .filter((row) => !isInside(row))
    .map((row) => {
      const sameList = row.place.length > at && from.slice(0, at).every((index, depth) => row.place[depth] === index);
      if (!sameList || row.place[at]! < from[at]!) return row;
      const place = row.place.with(at, row.place[at]! - 1);
      return { ...row, place, key: keyOf(place) };
    });
}

export const freshItem = (): JsonObject => ({
  id: `item-${crypto.randomUUID().slice(0, 8)}`,
  label: 'New item',
  link: '',
  items: [],
});

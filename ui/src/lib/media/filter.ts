/** Which items a search and the filters leave, and in what order. */
import type { MediaItem } from '$lib/backend';
import { fold } from '$lib/demo/filter';
import { isUnused, kindOf, lacksAlt, type MediaKind } from './kinds';

export type Lack = 'unused' | 'alt';
export type Order = 'name' | 'size' | 'oldest';

export interface Criteria {
  text: string;
  kind: MediaKind | '';
  lack: Lack | '';
}
export const everything: Criteria = { text: '', kind: '', lack: '' };

/** An item is replaced whole when it changes, so its searchable text can be kept by identity. */
const folded = new WeakMap<MediaItem, string>();

function searchable(item: MediaItem): string {
  let text = folded.get(item);
  if (text === undefined) {
    const { filename, originalName, metadata } = item;
    text = fold([filename, originalName, metadata.alt, metadata.title, metadata.caption].join('\n'));
    folded.set(item, text);
  }
  return text;
}

export function filterMedia(items: readonly MediaItem[], { text, kind, lack }: Criteria): readonly MediaItem[] {
  const words = fold(text).split(/\s+/).filter(Boolean);
  if (words.length === 0 && !kind && !lack) return items;
  return items.filter(
    (item) =>
      (!kind || kindOf(item) === kind) &&
      (lack !== 'unused' || isUnused(item)) &&
      (lack !== 'alt' || lacksAlt(item)) &&
      words.every((word) => searchable(item).includes(word)),
  );
}

const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Newest first, unless asked otherwise. */
export function sortMedia(items: readonly MediaItem[], order: Order | ''): readonly MediaItem[] {
  const by: Record<Order | '', (a: MediaItem, b: MediaItem) => number> = {
    '': (a, b) => (a.uploaded < b.uploaded ? 1 : a.uploaded > b.uploaded ? -1 : 0),
    oldest: (a, b) => (a.uploaded < b.uploaded ? -1 : a.uploaded > b.uploaded ? 1 : 0),
    name: (a, b) => names.compare(a.filename, b.filename),
    size: (a, b) => b.size - a.size,
  };
  return [...items].sort(by[order]);
}

/** Letters that are typed in quick succession are one word. */
export class Typed {
  word = '';
  #at = -Infinity;

  isOpen({ timeStamp }: KeyboardEvent): boolean {
    return this.word !== '' && timeStamp - this.#at < 800;
  }
  /** Takes a letter; says whether a new word begins with it. */
  take(event: KeyboardEvent): boolean {
    const begins = !this.isOpen(event);
    this.word = begins ? event.key : this.word + event.key;
    this.#at = event.timeStamp;
    return begins;
  }
}

/** The item that the letters typed so far lead to, looking from `from` on and around. */
export function typeAhead(items: readonly MediaItem[], typed: string, from: number): number {
  const start = fold(typed);
  for (let offset = 0; offset < items.length; offset += 1) {
    const index = (from + offset) % items.length;
    if (fold(items[index]!.filename).startsWith(start)) return index;
  }
  return -1;
}

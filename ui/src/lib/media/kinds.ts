/** What kinds of media there are, and what is said of an item. */
import type { MediaItem, MediaUse } from '$lib/backend';
import { count } from '$lib/demo/format';

export type MediaKind = 'image' | 'video' | 'audio' | 'file';

export function kindOf({ type }: Pick<MediaItem, 'type'>): MediaKind {
  const head = type.split('/')[0];
  return head === 'image' || head === 'video' || head === 'audio' ? head : 'file';
}

export const kinds: { value: MediaKind; word: string; one: string; many: string }[] = [
  { value: 'image', word: 'Images', one: 'image', many: 'images' },
  { value: 'video', word: 'Videos', one: 'video', many: 'videos' },
  { value: 'audio', word: 'Audio', one: 'audio file', many: 'audio files' },
  { value: 'file', word: 'Documents', one: 'document', many: 'documents' },
];
export const kindWord = (kind: MediaKind): string => kinds.find(({ value }) => value === kind)!.one;
export const withArticle = (word: string): string => `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`;

export const files = (number: number): string => (number === 1 ? '1 file' : `${count(number)} files`);
export const places = (number: number): string => (number === 1 ? '1 place' : `${count(number)} places`);

export const isUnused = (item: MediaItem): boolean => item.usedIn.length === 0;
/** Only pictures are read out by their alt text. */
export const lacksAlt = (item: MediaItem): boolean => kindOf(item) === 'image' && !item.metadata.alt?.trim();

export const dimensions = ({ width, height }: Pick<MediaItem, 'width' | 'height'>): string | undefined =>
  width && height ? `${width} × ${height}` : undefined;

/** `JPG`, from the file's name. */
export function extension({ filename }: Pick<MediaItem, 'filename'>): string {
  const dot = filename.lastIndexOf('.');
  return dot > 0 ? filename.slice(dot + 1).toUpperCase() : '';
}
/** A name without its ending, and the ending with its dot. */
export function splitName(filename: string): [stem: string, ending: string] {
  const dot = filename.lastIndexOf('.');
  return dot > 0 ? [filename.slice(0, dot), filename.slice(dot)] : [filename, ''];
}

/** Drawings and very wide or tall pictures are shown whole; photographs fill their frame. */
export function isShownWhole({ type, width, height }: MediaItem): boolean {
  if (type === 'image/svg+xml' || !width || !height) return true;
  const shape = width / height;
  return shape > 2.2 || shape < 0.55 || Math.max(width, height) <= 160;
}
/** Where a picture is cut last. */
export const focusOf = ({ metadata: { focalPoint: at } }: MediaItem): string | undefined =>
  at ? `${at.x * 100}% ${at.y * 100}%` : undefined;

/** Whether the editor has the document in which it is used: items of collections and other files are seen, not edited. */
export const canGoTo = ({ document }: MediaUse): boolean => /^(pages|global|menus)\/[^/]+$|^theme$/.test(document);

/** What of a document uses an item, in words: the widget, the block and the setting, as far as their names say anything. */
export function settingOf({ widget, block, path }: MediaUse): string {
  const key = path.findLast((part) => !/^(\d+|src|value)$/.test(part)) ?? '';
  const telling = [widget, block].filter((id) => id !== undefined && !/\d{3}|[0-9a-f]{8}-/i.test(id));
  return [...telling, key].map((part) => words(part!)).join(' · ');
}

function words(id: string): string {
  const text = id.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
}

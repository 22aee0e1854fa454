/** What kinds of documents there are, and where their parts stand. */
import type { Content, DocumentName, Json, Setting, WidgetType } from '$lib/backend';
import { at, objectAt, type Path } from '$lib/content/json';

export type DocumentKind = 'page' | 'global' | 'menu' | 'theme';

export function kindOf(name: DocumentName): DocumentKind {
  if (name.startsWith('pages/')) return 'page';
  if (name.startsWith('global/')) return 'global';
  return name.startsWith('menus/') ? 'menu' : 'theme';
}

export interface Entry {
  document: DocumentName;
  name: string;
  kind: DocumentKind;
  problem?: string;
}
/** All documents of a site in the order of the list. */
export function entriesOf({ pages, globals, menus, theme }: Content): Entry[] {
  const all = [...pages, ...globals, ...menus, ...(theme ? [theme] : [])];
  return all.map(({ document, name, problem }) => ({
    document,
    name,
    kind: kindOf(document),
    ...(problem && { problem }),
  }));
}

/** The ids in their order; what the order does not name comes last, as on the site. */
export function orderOf(content: Json | undefined, things: Path, order: Path): string[] {
  const known = objectAt(content, things);
  const listed = at(content, order);
  const ids = Array.isArray(listed) ? listed.map(String).filter((id) => Object.hasOwn(known, id)) : [];
  const named = new Set(ids);
  return [...named, ...Object.keys(known).filter((id) => !named.has(id))];
}
export const widgetsOf = (content: Json | undefined): string[] => orderOf(content, ['widgets'], ['widgetsOrder']);
export const blocksOf = (widget: Json | undefined): string[] => orderOf(widget, ['blocks'], ['blocksOrder']);

export const homeOf = (widget: string | null): string[] => (widget === null ? [] : ['widgets', widget]);
/** Where a widget stands, or a block of it; of a global widget, `widget` is null. */
export const placeOf = (widget: string | null, block: string | null = null): string[] =>
  block === null ? homeOf(widget) : [...homeOf(widget), 'blocks', block];

export function typeOf(value: Json | undefined): string {
  const type = at(value, ['type']);
  return typeof type === 'string' ? type : '';
}
export const isGlobal = (document: DocumentName): boolean => kindOf(document) === 'global';

export const findType = (content: Content, type: string, global: boolean): WidgetType | undefined =>
  content.widgetTypes.find((one) => one.type === type && one.global === global);

/** What a widget or block is called by what it says: its first words, without their markup. */
export function summaryOf(value: Json | undefined, settings: readonly Setting[]): string {
  const given = objectAt(value, ['settings']);
  const wordy = settings.filter(({ type, id }) => /^(text|textarea|richtext)$/.test(type) && !/eyebrow/i.test(id));
  for (const { id } of wordy) {
    const text = given[id];
    if (typeof text === 'string' && text.trim()) return plain(text).slice(0, 80);
  }
  return '';
}
export const plain = (html: string): string =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, '’')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();

/** What a link setting holds, and what kind of link it is. Fields that are not known here stay as they are. */
import type { Edit, Json, PageInfo } from '$lib/backend';
import { isObject, type JsonObject } from '$lib/content/json';

export type LinkKind = 'none' | 'page' | 'url' | 'email' | 'phone';
export const linkKinds: { value: LinkKind; label: string }[] = [
  { value: 'none', label: 'No link' },
  { value: 'page', label: 'Page of this site' },
  { value: 'url', label: 'Web address' },
  { value: 'email', label: 'Email' },
  { value: 'phone', label: 'Phone' },
];

export interface Link {
  href: string;
  text: string;
  newTab: boolean;
  uuid?: string;
}

export function linkOf(value: Json | undefined): Link {
  if (typeof value === 'string') return { href: value, text: '', newTab: false };
  const object = isObject(value) ? value : {};
  const text = (key: string) => (typeof object[key] === 'string' ? object[key] : '');
  const uuid = text('pageUuid');
  return { href: text('href'), text: text('text'), newTab: object.target === '_blank', ...(uuid && { uuid }) };
}

export const addressOf = (page: Pick<PageInfo, 'slug'>): string => `${page.slug}.html`;

/** The page that a link leads to. Its id counts more than its address, which may be an older one. */
export function pageOf(link: Link, pages: readonly PageInfo[]): PageInfo | undefined {
  const byId = link.uuid ? pages.find(({ uuid }) => uuid === link.uuid) : undefined;
  const path = link.href.replace(/^\.?\//, '').replace(/[#?].*$/, '');
  return byId ?? pages.find((page) => path !== '' && (path === addressOf(page) || path === page.slug));
}

export function kindOf(link: Link, pages: readonly PageInfo[]): LinkKind {
  if (/^mailto:/i.test(link.href)) return 'email';
  if (/^tel:/i.test(link.href)) return 'phone';
  if (link.uuid || pageOf(link, pages)) return 'page';
  return link.href === '' ? 'none' : 'url';
}

export const withoutScheme = (href: string): string => decode(href.replace(/^(mailto|tel):/i, ''));
const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

export function problemOf(kind: LinkKind, typed: string): string {
  const text = typed.trim();
  if (text === '') return '';
  if (kind === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@?]+(\?.*)?$/.test(text)) return 'This is not a whole email address.';
  if (kind === 'phone' && !/^[+(]?\d[\d\s()/.-]*$/.test(text))
    return 'A phone number has digits, spaces and + ( ) / . -';
  if (kind !== 'url') return '';
  if (/^(javascript|data|vbscript):/i.test(text)) return 'An address of this kind is not a link.';
  if (/\s/.test(text)) return 'An address has no spaces.';
  return '';
}

/** What is written for what was typed. */
export function hrefFor(kind: LinkKind, typed: string): string {
  const text = typed.trim();
  if (text === '') return '';
  if (kind === 'email') return `mailto:${text}`;
  if (kind === 'phone') return `tel:${text.replace(/[^\d+]/g, '')}`;
  return /^[\w-]+(\.[\w-]+)*\.[a-z]{2,}(\/\S*)?$/i.test(text) && !/\.html?$/i.test(text) ? `https://${text}` : text;
}

/** Fields of an object set one by one, so that the others stay; of anything else a whole new object is made. */
export function editsFor(value: Json | undefined, changed: { [key: string]: Json | undefined }): Edit[] {
  if (isObject(value))
    return Object.entries(changed)
      .filter(([key, next]) => next !== undefined || Object.hasOwn(value, key))
      .map(([key, next]) => (next === undefined ? { path: [key] } : { path: [key], value: next }));
  const base: JsonObject = typeof value === 'string' ? { href: value } : {};
  const merged = { href: '', text: '', target: '_self', ...base, ...changed };
  const object = Object.fromEntries(Object.entries(merged).filter(([, next]) => next !== undefined)) as JsonObject;
  return [{ path: [], value: object }];
}

import { describe, expect, test } from 'vitest';
import { clipOf } from '../../src/features/editor/clipboard';
import {
  blocksOf,
  entriesOf,
  findType,
  homeOf,
  placeOf,
  plain,
  summaryOf,
  typeOf,
  widgetsOf,
} from '../../src/features/editor/documents';
import { bareSetting, pageFields, partOf as part, restOf, themeFields } from '../../src/features/editor/forms';
import { hexFrom, hexOf, hsvOf } from '../../src/features/editor/fields/color';
import {
  editsFor,
  hrefFor,
  kindOf,
  linkOf,
  pageOf,
  problemOf,
  withoutScheme,
} from '../../src/features/editor/fields/link';
import { readNumber } from '../../src/features/editor/fields/number';
import { levelsOf } from '../../src/features/editor/fields/rich/levels';
import { dropAt } from '../../src/features/editor/tree.svelte';
import { savedWord, spotWords } from '../../src/features/editor/words';
import { FakeContent } from '../../src/lib/backend/fake/content';
import type { Content, Json } from '../../src/lib/backend/types';
import { applyEdits, at } from '../../src/lib/content/json';
import { changedEnd } from '../../src/lib/ui/caret';
import { placeBy } from '../../src/lib/ui/place';

/** A widget or block of a document, as the form finds it. */
function partOf(
  listing: Content,
  document: string,
  content: Json | undefined,
  widget: string | null,
  block: string | null,
) {
  const typeName = typeOf(at(content, homeOf(widget)));
  const type = findType(listing, typeName, document.startsWith('global/'));
  const found = part(type, typeName, { widget, block }, typeOf(at(content, placeOf(widget, block))));
  return { ...found, rest: restOf(at(content, found.home), found.settings, found.home) };
}
const host = () => new FakeContent({ pace: 'manual', fields: true, broken: true }, () => {});

test('widgets are in the order of the page; what the order forgets comes last', () => {
  const page = { widgets: { a: {}, b: {}, c: {} }, widgetsOrder: ['c', 'gone', 'a', 'c'] };
  expect(widgetsOf(page)).toEqual(['c', 'a', 'b']);
  expect(widgetsOf({})).toEqual([]);
  expect(blocksOf({ blocks: { x: {} } })).toEqual(['x']);
});

test('a widget is called by its first words, without eyebrow and markup', () => {
  const settings = [
    bareSetting('text', 'eyebrow', ''),
    bareSetting('text', 'title', ''),
    bareSetting('richtext', 'text', ''),
  ];
  expect(summaryOf({ settings: { eyebrow: 'New', title: '', text: '<p>Fish &amp; <b>chips</b></p>' } }, settings)).toBe(
    'Fish & chips',
  );
  expect(summaryOf({ settings: {} }, settings)).toBe('');
  expect(plain('a<br>b&nbsp;&lt;c&gt;')).toBe('a b <c>');
});

describe('forms', () => {
  test('a widget has the fields of its schema, and what the schema says nothing of is kept aside', async () => {
    const backend = host();
    const listing = await backend.content('d');
    const { content } = await backend.openDocument('d', 'pages/fields');
    const part = partOf(listing, 'pages/fields', content, 'all', null);
    expect(part.title).toBe('Everything');
    expect(part.fields.find(({ setting }) => setting.id === 'text')?.path).toEqual([
      'widgets',
      'all',
      'settings',
      'text',
    ]);
    expect(part.rest.map(({ setting }) => setting.id)).toEqual(['leftover']);
  });
  test('a widget that the theme does not know has only raw values, and says so', async () => {
    const backend = host();
    const listing = await backend.content('d');
    const { content } = await backend.openDocument('d', 'pages/strange');
    const part = partOf(listing, 'pages/strange', content, 'strange', null);
    expect(part.problem).toContain('carousel-3d');
    expect(part.fields).toEqual([]);
    expect(part.rest.map(({ setting }) => setting.id)).toEqual(['speed', 'title']);
  });
  test('a block of the footer stands in the document itself', async () => {
    const backend = host();
    const listing = await backend.content('d');
    const { content } = await backend.openDocument('d', 'global/footer');
    const part = partOf(listing, 'global/footer', content, null, 'hours');
    expect(part.title).toBe('Text');
    expect(part.fields[1]?.path).toEqual(['blocks', 'hours', 'settings', 'text']);
  });
  test('a setting of the theme is found by its id, wherever it stands', async () => {
    const backend = host();
    const listing = await backend.content('d');
    const { content } = await backend.openDocument('d', 'theme');
    const [first, second] = themeFields(listing, content, 'colors');
    expect(first?.path).toEqual(['settings', 'global', 'colors', '0', 'value']);
    expect(second?.setting.id).toBe('accent_color');
    expect(themeFields(listing, content, 'none')).toEqual([]);
  });
  test('a page has its name and what search engines see; other values of seo are kept', () => {
    const { fields, rest } = pageFields({ seo: { description: 'D', extra: 1 } });
    expect(fields.map(({ setting }) => setting.id)).toContain('og_image');
    expect(rest.map(({ path }) => path)).toEqual([['seo', 'extra']]);
  });
  test('documents are listed pages first, and what cannot be read says why', async () => {
    const entries = entriesOf(await host().content('d'));
    expect(entries[0]).toMatchObject({ document: 'pages/index', kind: 'page' });
    expect(entries.find(({ document }) => document === 'pages/broken')?.problem).toContain('not JSON');
    expect(entries.at(-1)).toMatchObject({ document: 'theme', kind: 'theme' });
  });
});

describe('numbers', () => {
  const limits = { min: 10, max: 40, unit: 'px' };
  test.each([
    ['12', 12],
    [' 12,5 ', 12.5],
    ['12px', 12],
    ['.5e', 'problem'],
    ['9', 'problem'],
    ['41', 'problem'],
    ['', undefined],
    ['abc', 'problem'],
  ])('“%s”', (typed, wanted) => {
    const read = readNumber(typed, limits);
    if (wanted === 'problem') expect(read).toHaveProperty('problem');
    else expect(read).toEqual({ value: wanted });
  });
});

describe('links', () => {
  const pages = [
    { document: 'pages/index', slug: 'index', name: 'Home', uuid: 'u1', widgets: 1 },
    { document: 'pages/menu', slug: 'menu', name: 'Menu', uuid: 'u2', widgets: 1 },
  ];
  const kind = (value: Parameters<typeof linkOf>[0]) => kindOf(linkOf(value), pages);
  test('their kind is told by what they hold', () => {
    expect(kind({ href: 'menu.html', text: 'M' })).toBe('page');
    expect(kind({ href: 'old.html', pageUuid: 'u2' })).toBe('page');
    expect(kind({ href: 'mailto:a@b.example' })).toBe('email');
    expect(kind({ href: 'tel:+49301' })).toBe('phone');
    expect(kind('https://a.example')).toBe('url');
    expect(kind({ href: '', text: 'x' })).toBe('none');
    expect(kind(undefined)).toBe('none');
  });
  test('a page is found by its id before its address', () =>
    expect(pageOf(linkOf({ href: 'menu.html', pageUuid: 'u1' }), pages)?.slug).toBe('index'));
  test('what is typed is written as a link', () => {
    expect(hrefFor('email', ' a@b.example ')).toBe('mailto:a@b.example');
    expect(hrefFor('phone', '+49 (30) 12-3')).toBe('tel:+4930123');
    expect(hrefFor('url', 'example.com/a')).toBe('https://example.com/a');
    expect(hrefFor('url', '#contact')).toBe('#contact');
    expect(hrefFor('url', 'other.html')).toBe('other.html');
    expect(hrefFor('url', '')).toBe('');
    expect(withoutScheme('mailto:a%40b')).toBe('a@b');
    expect(withoutScheme('mailto:%')).toBe('%');
  });
  test.each([
    ['email', 'nobody'],
    ['phone', 'call me'],
    ['url', 'javascript:alert(1)'],
    ['url', 'a b'],
  ] as const)('%s “%s” is refused', (kind, typed) => expect(problemOf(kind, typed)).not.toBe(''));
  test('fields that are not known here stay', () => {
    const value = { href: 'a', text: 'b', track: 'x', pageUuid: 'u1' };
    const edits = editsFor(value, { href: 'c', pageUuid: undefined });
    expect(applyEdits(value, edits)).toEqual({ href: 'c', text: 'b', track: 'x' });
    expect(applyEdits('old.html', editsFor('old.html', { text: 'T' }))).toEqual({
      href: 'old.html',
      text: 'T',
      target: '_self',
    });
    expect(applyEdits(undefined, editsFor(undefined, { href: 'x', pageUuid: undefined }))).toEqual({
      href: 'x',
      text: '',
      target: '_self',
    });
  });
});

test('colours are read however they are written, and survive the picker', () => {
  expect(hexOf('#abc')).toBe('#aabbcc');
  expect(hexOf('C9622D')).toBe('#c9622d');
  expect(hexOf('#11223344')).toBe('#11223344');
  expect(hexOf('red')).toBeUndefined();
  for (const hex of ['#000000', '#ffffff', '#c9622d', '#2f4f3e', '#5a5cf0', '#ff0000', '#00ff7f'])
    expect(hexFrom(hsvOf(hex))).toBe(hex);
});

test('headings are those that the setting allows', () => {
  expect(levelsOf({ raw: {} })).toEqual([2, 3, 4]);
  expect(levelsOf({ raw: { headings: ['h3', 4, 9] } })).toEqual([3, 4]);
  expect(levelsOf({ raw: { headings: false } })).toEqual([]);
});

test('only what Backlot copied is a widget or a block', () => {
  expect(clipOf('{"backlot":"widget","content":{"type":"hero"}}')).toEqual({
    backlot: 'widget',
    content: { type: 'hero' },
  });
  expect(clipOf('{"backlot":"block","of":"faq","content":{}}')).toMatchObject({ of: 'faq' });
  for (const text of ['', 'hello', '{"backlot":"page","content":{}}', '{"backlot":"widget"}', '{"backlot":'])
    expect(clipOf(text)).toBeNull();
});

test('a dragged row goes where its line is, counted without itself', () => {
  const rows = [0, 1, 2, 3].map((index) => ({ top: index * 28, bottom: index * 28 + 28 }));
  expect(dropAt(0, 2, rows)).toEqual({ index: 0, line: 0 });
  expect(dropAt(200, 0, rows)).toEqual({ index: 3, line: 112 });
  expect(dropAt(60, 2, rows)).toEqual({ index: 2, line: 56 });
  expect(dropAt(80, 2, rows)).toEqual({ index: 2, line: 84 });
});

test('the caret goes to where a text changed', () => {
  expect(changedEnd('Hello bread', 'Hello')).toBe(5);
  expect(changedEnd('Hello', 'Hello bread')).toBe(11);
  expect(changedEnd('one two three', 'one 2 three')).toBe(5);
  expect(changedEnd('aaa', 'aa')).toBe(2);
  expect(changedEnd('same', 'same')).toBe(4);
});

test('what floats stays in the window', () => {
  const window = { width: 800, height: 600 };
  const size = { width: 200, height: 100 };
  const box = (left: number, top: number) => ({ left, top, right: left + 20, bottom: top + 20 });
  expect(placeBy(box(10, 10), size, window)).toEqual({ left: 10, top: 34 });
  expect(placeBy(box(780, 560), size, window)).toEqual({ left: 592, top: 456 });
  expect(placeBy(box(10, 10), { width: 200, height: 590 }, window)).toEqual({ left: 10, top: 8 });
});

test('how long ago it was saved is said in few words', () => {
  const now = Date.parse('2026-06-01T12:00:00Z');
  const ago = (seconds: number) => savedWord(new Date(now - seconds * 1_000).toISOString(), now);
  expect([ago(0), ago(12), ago(60), ago(7200)]).toEqual([
    'Saved just now',
    'Saved 12 s ago',
    'Saved 1 min ago',
    'Saved 2 h ago',
  ]);
  expect(savedWord(undefined, now)).toBe('Saved');
  expect(spotWords({ path: ['widgets', 'a', 'settings', 'logoText'] })).toBe('Logo text');
  expect(spotWords({ path: ['items', '0', 'label'] })).toBe('Label');
});

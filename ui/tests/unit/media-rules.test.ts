import { describe, expect, test } from 'vitest';
import type { MediaFinding, MediaUse } from '../../src/lib/backend/types';
import { groupsOf } from '../../src/features/media/doctor.svelte';
import { notesOf, summaryOf } from '../../src/lib/media/summary';
import { everything, filterMedia, sortMedia, typeAhead } from '../../src/lib/media/filter';
import { canGoTo, isShownWhole, lacksAlt, settingOf, splitName } from '../../src/lib/media/kinds';
import { layoutOf, rowsOf, stepTo } from '../../src/lib/media/layout';
import { Selection } from '../../src/lib/media/selection.svelte';
import { item } from './media-support';

describe('search and filters', () => {
  const items = [
    item('hero.jpg', { metadata: { alt: 'Bäckerei am Morgen' }, usedIn: ['index'] }),
    item('b-2.jpg', { originalName: 'IMG_0042.HEIC', metadata: { title: 'Oven' } }),
    item('b-10.jpg', { metadata: { caption: 'Rye and spelt', alt: '  ' } }),
    item('film.mp4'),
    item('menu.pdf'),
  ];
  const found = (criteria: object) =>
    filterMedia(items, { ...everything, ...criteria }).map(({ filename }) => filename);

  test.each([
    ['backerei', ['hero.jpg']],
    ['img_0042', ['b-2.jpg']],
    ['OVEN', ['b-2.jpg']],
    ['spelt rye', ['b-10.jpg']],
    ['menu', ['menu.pdf']],
    ['nothing', []],
  ])('“%s” finds %j', (text, names) => expect(found({ text })).toEqual(names));

  test('kinds, unused and missing alt narrow together', () => {
    expect(found({ kind: 'video' })).toEqual(['film.mp4']);
    expect(found({ kind: 'file' })).toEqual(['menu.pdf']);
    expect(found({ lack: 'unused', kind: 'image' })).toEqual(['b-2.jpg', 'b-10.jpg']);
    expect(found({ lack: 'alt' })).toEqual(['b-2.jpg', 'b-10.jpg']);
  });
  test('with nothing asked the list itself is given back', () => {
    expect(filterMedia(items, everything)).toBe(items);
  });
  test('a film lacks no alt text, a picture with blanks does', () => {
    expect(items.map(lacksAlt)).toEqual([false, true, true, false, false]);
  });
});

test('newest first, by name as a person counts, largest first', () => {
  const items = [
    item('b-10.jpg', { uploaded: '2026-01-03', size: 2 }),
    item('b-2.jpg', { uploaded: '2026-01-02', size: 3 }),
    item('A.jpg', { uploaded: '2026-01-04', size: 1 }),
  ];
  const order = (by: Parameters<typeof sortMedia>[1]) => sortMedia(items, by).map(({ filename }) => filename);
  expect(order('')).toEqual(['A.jpg', 'b-10.jpg', 'b-2.jpg']);
  expect(order('oldest')).toEqual(['b-2.jpg', 'b-10.jpg', 'A.jpg']);
  expect(order('name')).toEqual(['A.jpg', 'b-2.jpg', 'b-10.jpg']);
  expect(order('size')).toEqual(['b-2.jpg', 'b-10.jpg', 'A.jpg']);
});

test('letters lead to the next name that begins with them', () => {
  const items = [item('bread.jpg'), item('Öfen.jpg'), item('brezel.jpg')];
  expect(typeAhead(items, 'br', 1)).toBe(2);
  expect(typeAhead(items, 'of', 0)).toBe(1);
  expect(typeAhead(items, 'z', 0)).toBe(-1);
});

describe('keys among tiles', () => {
  // Seven tiles in rows of three.
  const step = (key: string, at: number) => stepTo(key, at, 7, 3, 2);
  test.each([
    ['ArrowRight', 0, 1],
    ['ArrowRight', 6, 6],
    ['ArrowLeft', 3, 2],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 1, 4],
    ['ArrowDown', 5, 6],
    ['ArrowDown', 6, 6],
    ['ArrowUp', 4, 1],
    ['ArrowUp', 1, 1],
    ['PageDown', 0, 6],
    ['PageUp', 6, 0],
    ['Home', 5, 0],
    ['End', 0, 6],
    ['ArrowDown', -1, 0],
    ['End', -1, 6],
  ])('%s from %i leads to %i', (key, at, to) => expect(step(key, at)).toBe(to));
  test('other keys do not move, and in a list left and right do not', () => {
    expect(step('a', 0)).toBeUndefined();
    expect(stepTo('ArrowRight', 2, 7, 1, 5)).toBe(2);
    expect(stepTo('ArrowDown', 0, 0, 3, 2)).toBeUndefined();
  });
  test('tiles fill the width, never fewer than one to a row', () => {
    expect(layoutOf(620).columns).toBe(4);
    expect(layoutOf(120).columns).toBe(1);
    expect(rowsOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  });
});

describe('choosing', () => {
  const list = (count: number) => Array.from({ length: count }, (_, index) => ({ id: String(index) }));
  const chosen = (selection: Selection<{ id: string }>) => selection.chosen.map(({ id }) => id).join('');

  test('a plain pick is one, Ctrl adds and takes away, Shift reaches from the last plain pick', () => {
    const selection = new Selection(() => items);
    const items = list(8);
    selection.pick('2');
    selection.pick('5', { range: true });
    expect(chosen(selection)).toBe('2345');
    selection.pick('1', { range: true });
    expect(chosen(selection)).toBe('12');
    selection.pick('6', { toggle: true });
    selection.pick('1', { toggle: true });
    expect(chosen(selection)).toBe('26');
    selection.pick('4');
    expect(chosen(selection)).toBe('4');
  });
  test('passing moves the keyboard and chooses nothing', () => {
    const items = list(4);
    const selection = new Selection(() => items);
    selection.go(1);
    selection.go(3, { passing: true });
    expect([chosen(selection), selection.index]).toEqual(['1', 3]);
    selection.go(99);
    expect(chosen(selection)).toBe('3');
  });
  test('what is not visible is not chosen', () => {
    let items = list(4);
    const selection = new Selection(() => items);
    selection.all();
    expect(chosen(selection)).toBe('0123');
    items = items.slice(2);
    const narrow = new Selection(() => items);
    narrow.ids = selection.ids;
    expect(chosen(narrow)).toBe('23');
  });
  test('what follows is chosen when something goes, at the end what was before', () => {
    const items = list(4);
    const selection = new Selection(() => items);
    selection.pick('1');
    selection.only(selection.after(['1', '2']));
    expect(chosen(selection)).toBe('3');
    selection.only(selection.after(['3']));
    expect(chosen(selection)).toBe('2');
    selection.only(selection.after(['0', '1', '2', '3']));
    expect(chosen(selection)).toBe('');
  });
});

test.each([
  ['pages/about', true],
  ['global/header', true],
  ['menus/main', true],
  ['theme', true],
  ['collections/news/opening', false],
  ['collections/news/_order.json', false],
  ['assets/site.css', false],
  ['pages/notes.txt/x', false],
])('the editor has %s: %s', (document, can) => expect(canGoTo({ document, name: '', path: [] })).toBe(can));

test('names, settings and shapes', () => {
  expect(splitName('a.b.jpg')).toEqual(['a.b', '.jpg']);
  expect(splitName('.hidden')).toEqual(['.hidden', '']);
  const use = (...path: string[]): MediaUse => ({ document: 'pages/a', name: 'A', path });
  expect(settingOf(use('widgets', 'w1', 'settings', 'heroImage'))).toBe('Hero image');
  expect(settingOf(use('seo', 'og_image'))).toBe('Og image');
  expect(settingOf(use('settings', 'slides', '0', 'src'))).toBe('Slides');
  const inBlock = { ...use('widgets', 'today', 'blocks', 'country-loaf', 'settings', 'image'), widget: 'today' };
  expect(settingOf({ ...inBlock, block: 'country-loaf' })).toBe('Today · Country loaf · Image');
  expect(settingOf({ ...inBlock, widget: 'widget-1755012345', block: 'b_99812' })).toBe('Image');
  expect(isShownWhole(item('a.jpg', { width: 1600, height: 1000 }))).toBe(false);
  expect(isShownWhole(item('a.jpg', { width: 1600, height: 400 }))).toBe(true);
});

test('what became of an import is one sentence', () => {
  const none = { id: '1', demo: 'd', done: 5, total: 5, added: [], duplicates: [], failed: [], notes: [] };
  const error = { code: 'TooLarge' as const, message: 'Too large.' };
  expect(summaryOf({ ...none, state: 'done', added: ['a'] })).toBe('1 file added.');
  expect(
    summaryOf({
      ...none,
      state: 'done',
      added: ['a', 'b'],
      duplicates: [{ file: 'c', id: 'c' }],
      failed: [{ file: 'd', error }],
    }),
  ).toBe('2 files added, 1 was there already, 1 refused.');
  expect(summaryOf({ ...none, state: 'cancelled', done: 2, added: ['a', 'b'] })).toBe(
    'Cancelled after 2 of 5 files: 2 files added.',
  );
});

test('what was done to files is listed once, with the files', () => {
  const note = (message: string) => ({ effect: 'removed' as const, subject: 'exif' as const, message });
  const notes = [
    { file: 'a', id: '1', notes: [note('Removed EXIF data.')] },
    { file: 'b', id: '2', notes: [note('Removed EXIF data.'), note('Removed comments.')] },
  ];
  expect(notesOf({ notes })).toEqual([
    { message: 'Removed EXIF data.', files: ['a', 'b'] },
    { message: 'Removed comments.', files: ['b'] },
  ]);
});

test('findings stand by what hurts most, and an unknown kind is shown too', () => {
  // One that this interface does not know yet.
  const finding = (kind: string) => ({ kind: kind as MediaFinding['kind'], path: '/a', message: '' });
  const groups = groupsOf(['missing_alt', 'too_heavy', 'missing_file', 'missing_alt'].map(finding));
  expect(groups.map(({ title, findings }) => `${title} ${findings.length}`)).toEqual([
    'Files that are not there 1',
    'No alt text 2',
    'too heavy 1',
  ]);
});

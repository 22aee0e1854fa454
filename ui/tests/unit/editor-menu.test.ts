import { expect, test } from 'vitest';
import type { Json } from '../../src/lib/backend/types';
import * as menu from '../../src/features/editor/menu';

const item = (label: string, ...items: Json[]): Json => ({ id: label, label, link: '', more: 1, items });
const items = [item('a', item('a1'), item('a2', item('a2x'))), item('b'), item('c')];
const shape = (list: readonly Json[]) =>
  menu
    .rowsOf(list)
    .map(({ label, level }) => `${level}${label}`)
    .join(' ');

test('rows are the tree, from the top down', () => {
  expect(shape(items)).toBe('1a 2a1 2a2 3a2x 1b 1c');
  expect(menu.rowsOf(items)[3]).toMatchObject({ key: '0.1.0', index: 0, total: 1 });
  expect(menu.pathOf([0, 1])).toEqual(['items', '0', 'items', '1']);
  expect(menu.itemAt(items, [0, 1])).toMatchObject({ label: 'a2', more: 1 });
});

test('an item moves among its siblings and stops at the ends', () => {
  expect(shape(menu.step(items, [1], -1)!.items)).toBe('1b 1a 2a1 2a2 3a2x 1c');
  expect(menu.step(items, [1], 1)!.place).toEqual([2]);
  expect(menu.step(items, [0], -1)).toBeUndefined();
  expect(menu.step(items, [0, 1], 1)).toBeUndefined();
});

test('an item goes under the one before it, and out again', () => {
  const under = menu.indent(items, [2])!;
  expect(shape(under.items)).toBe('1a 2a1 2a2 3a2x 1b 2c');
  expect(under.place).toEqual([1, 0]);
  const out = menu.outdent(under.items, under.place)!;
  expect(out.items).toEqual(items);
  expect(menu.indent(items, [0])).toBeUndefined();
  expect(menu.outdent(items, [1])).toBeUndefined();
});

test('nothing goes deeper than three levels, with all that is under it', () => {
  expect(menu.indent(items, [0, 1])).toBeUndefined();
  expect(menu.moveTo(items, [0], [0, 0])).toBeUndefined();
  const deep = [item('x', item('y', item('z'))), item('w', item('v', item('u')))];
  expect(menu.indent(deep, [1])).toBeUndefined();
});

test('removing and adding leave the others as they are', () => {
  expect(shape(menu.remove(items, [0, 1]))).toBe('1a 2a1 1b 1c');
  expect(shape(menu.insert(items, [0, 1], item('new')))).toBe('1a 2a1 2new 2a2 3a2x 1b 1c');
  expect(shape(items)).toBe('1a 2a1 2a2 3a2x 1b 1c');
});

test('a dragged item goes to the nearest level that is possible where it is let go', () => {
  const rows = menu.without(menu.rowsOf(items), [2]);
  expect(rows.map(({ key }) => key)).toEqual(['0', '0.0', '0.1', '0.1.0', '1']);
  expect(menu.placeAt(rows, 0, 3)).toEqual([0]);
  expect(menu.placeAt(rows, 1, 1)).toEqual([0, 0]);
  expect(menu.placeAt(rows, 5, 1)).toEqual([2]);
  expect(menu.placeAt(rows, 5, 2)).toEqual([1, 0]);
  expect(menu.placeAt(rows, 4, 9)).toEqual([0, 1, 1]);
  expect(menu.placeAt(rows, 4, 1)).toEqual([1]);
});

test('what stands behind a dragged item is counted without it', () => {
  const rows = menu.without(menu.rowsOf(items), [0]);
  expect(rows.map(({ key, label }) => `${key}${label}`)).toEqual(['0b', '1c']);
  const inner = menu.without(menu.rowsOf(items), [0, 0]);
  expect(inner.map(({ key }) => key)).toEqual(['0', '0.0', '0.0.0', '1', '2']);
});

import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/lib/backend/types';
import { applyEdit, applyEdits, at, editsBetween, inverseOf, isEqual, meet } from '../../src/lib/content/json';

const page: Json = {
  name: 'Home',
  widgets: { a: { settings: { title: 'One', tags: ['x', 'y'] } }, b: { settings: { title: 'Two' } } },
  order: ['a', 'b'],
};

describe('an edit', () => {
  test('changes what its path leads to, and shares the rest', () => {
    const next = applyEdit(page, { path: ['widgets', 'a', 'settings', 'title'], value: 'Other' });
    expect(at(next, ['widgets', 'a', 'settings', 'title'])).toBe('Other');
    expect(at(page, ['widgets', 'a', 'settings', 'title'])).toBe('One');
    expect(at(next, ['widgets', 'b'])).toBe(at(page, ['widgets', 'b']));
    expect(at(next, ['widgets', 'a', 'settings', 'tags'])).toBe(at(page, ['widgets', 'a', 'settings', 'tags']));
  });
  test('that changes nothing gives the same value', () => {
    expect(applyEdit(page, { path: ['name'], value: 'Home' })).toBe(page);
    expect(applyEdit(page, { path: ['none', 'there'] })).toBe(page);
  });
  test('makes the objects that are missing on its way', () =>
    expect(applyEdit({}, { path: ['seo', 'title'], value: 'T' })).toEqual({ seo: { title: 'T' } }));
  test('without a value takes away, in objects and lists', () => {
    expect(applyEdit({ a: 1, b: 2 }, { path: ['a'] })).toEqual({ b: 2 });
    expect(applyEdit(['x', 'y', 'z'], { path: ['1'] })).toEqual(['x', 'z']);
  });
  test('in a list changes one place or adds at the end', () => {
    expect(applyEdit([1, 2], { path: ['0'], value: 9 })).toEqual([9, 2]);
    expect(applyEdit([1, 2], { path: ['2'], value: 3 })).toEqual([1, 2, 3]);
  });
  test('with no path is a whole new value', () => expect(applyEdit(page, { path: [], value: 1 })).toBe(1));
  test('cannot reach what an object only inherits', () => {
    expect(at({}, ['constructor', 'name'])).toBeUndefined();
    expect(at([], ['length'])).toBeUndefined();
    expect(applyEdit({}, { path: ['__proto__', 'x'], value: 1 })).not.toHaveProperty('x');
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

test('the inverse of each edit takes it back', () => {
  const edits = [
    { path: ['widgets', 'a', 'settings', 'title'], value: 'Other' },
    { path: ['seo', 'title'], value: 'New' },
    { path: ['widgets', 'b'] },
  ];
  for (const edit of edits) {
    const back = inverseOf(page, edit);
    const there = applyEdit(page, edit);
    const home = applyEdit(there, back);
    if (edit.path[0] === 'seo') expect(applyEdit(home, { path: ['seo'] })).toEqual(page);
    else expect(home).toEqual(page);
  }
});

test('the edits between two values make one into the other, and are no more than is needed', () => {
  const after = applyEdits(page, [{ path: ['widgets', 'b', 'settings', 'title'], value: 'Zwei' }, { path: ['name'] }]);
  const edits = editsBetween(page, after);
  expect(edits).toEqual([{ path: ['name'] }, { path: ['widgets', 'b', 'settings', 'title'], value: 'Zwei' }]);
  expect(applyEdits(page, edits)).toEqual(after);
  expect(editsBetween(page, structuredClone(page))).toEqual([]);
});

test('paths meet when one is inside the other', () => {
  expect(meet(['a'], ['a', 'b'])).toBe(true);
  expect(meet(['a', 'b'], ['a', 'c'])).toBe(false);
  expect(meet([], ['a'])).toBe(true);
});

test('values are equal by what they say', () => {
  expect(isEqual({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
  expect(isEqual({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  expect(isEqual([1, 2], [2, 1])).toBe(false);
  expect(isEqual({}, [])).toBe(false);
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Words } from '../../src/features/media/words.svelte';
import type { MediaChange, MediaItem } from '../../src/lib/backend/types';
import { item } from './media-support';

let asked: { change: MediaChange; answer: (item: MediaItem) => void; refuse: (failure: unknown) => void }[];
let words: Words;
const start = item('a.jpg', { metadata: { alt: 'Old', title: 'T' } });

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  words = new Words(start, (change) => new Promise((answer, refuse) => asked.push({ change, answer, refuse })), 800);
});
afterEach(() => vi.useRealTimers());

const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
async function answer(index: number, metadata: MediaItem['metadata']) {
  asked[index]!.answer({ ...start, metadata });
  await pass();
}

test('typing is saved once, a moment after the last key, and only what differs', async () => {
  words.edit('alt', 'N');
  await pass(700);
  words.edit('alt', 'New');
  expect(words.state).toBe('unsaved');
  await pass(799);
  expect(asked).toHaveLength(0);
  await pass(1);
  expect(asked.map(({ change }) => change)).toEqual([{ alt: 'New' }]);
  expect(words.state).toBe('saving');
  await answer(0, { alt: 'New', title: 'T' });
  expect(words.state).toBe('saved');
});

test('leaving the field saves at once, and twice is once', async () => {
  words.edit('title', 'X');
  void words.flush();
  void words.flush();
  await pass();
  expect(asked).toHaveLength(1);
  await answer(0, { alt: 'Old', title: 'X' });
  await pass(5_000);
  expect(asked).toHaveLength(1);
});

test('what is typed while a save is under way is not lost and goes with the next', async () => {
  words.edit('alt', 'One');
  await pass(800);
  words.edit('alt', 'One two');
  words.edit('caption', 'C');
  await answer(0, { alt: 'One', title: 'T' });
  expect([words.alt, words.state]).toEqual(['One two', 'unsaved']);
  await pass(800);
  expect(asked[1]!.change).toEqual({ alt: 'One two', caption: 'C' });
  await answer(1, { alt: 'One two', title: 'T', caption: 'C' });
  expect(words.state).toBe('saved');
});

test('a save that fails keeps the words, says why, and can be tried again', async () => {
  words.edit('alt', 'Kept');
  await pass(800);
  asked[0]!.refuse({ code: 'DiskFull', message: 'Full.' });
  await pass();
  expect([words.state, words.failure?.message, words.alt]).toEqual(['failed', 'Full.', 'Kept']);
  const all = words.flush();
  await pass();
  await answer(1, { alt: 'Kept', title: 'T' });
  expect(await all).toBe(true);
  expect([words.state, words.failure]).toEqual(['saved', null]);
});

test('typing back what was there needs no save', async () => {
  words.edit('alt', 'New');
  words.edit('alt', 'Old');
  expect(words.state).toBe('none');
  await pass(2_000);
  expect(asked).toHaveLength(0);
});

test('somebody else’s change is taken over where nothing was typed', () => {
  words.edit('alt', 'Mine');
  words.follow(item('a.jpg', { metadata: { alt: 'Theirs', title: 'Their title' } }));
  expect([words.alt, words.title]).toEqual(['Mine', 'Their title']);
});

test('words that the host keeps otherwise are saved all the same', async () => {
  words.edit('alt', 'Trimmed ');
  await pass(800);
  await answer(0, { alt: 'Trimmed', title: 'T' });
  expect(words.state).toBe('saved');
  await pass(5_000);
  expect(asked).toHaveLength(1);
});

test('the focal point is set, moved and taken away', async () => {
  words.focus({ x: 0.2, y: 0.3 });
  words.focus({ x: 0.25, y: 0.3 });
  await pass(800);
  expect(asked[0]!.change).toEqual({ focalPoint: { x: 0.25, y: 0.3 } });
  await answer(0, { alt: 'Old', title: 'T', focalPoint: { x: 0.25, y: 0.3 } });
  words.focus(null);
  await pass(800);
  expect(asked[1]!.change).toEqual({ focalPoint: null });
});

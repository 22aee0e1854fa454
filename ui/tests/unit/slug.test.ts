import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SlugCheck } from '../../src/lib/backend/types';
import { SlugField } from '../../src/features/create/slug.svelte';

let asked: { text: string; answer: (reply: unknown) => void }[];
let slug: SlugField;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  const ask = (text: string) => new Promise<never>((resolve) => asked.push({ text, answer: resolve as never }));
  slug = new SlugField({ checkSlug: ask, suggestSlug: ask }, 100);
});
afterEach(() => vi.useRealTimers());

const pass = () => vi.advanceTimersByTimeAsync(100);
const taken = (text: string): SlugCheck => ({
  slug: text,
  error: { code: 'AlreadyExists', message: 'Taken.', field: 'slug' },
  suggestion: `${text}-2`,
});
async function reply(index: number, answer: unknown) {
  asked[index]!.answer(answer);
  await vi.advanceTimersByTimeAsync(0);
}

test('it follows the name after a pause, asking once', async () => {
  slug.follow('R');
  slug.follow('Ry');
  slug.follow('Rye');
  await pass();
  expect(asked.map(({ text }) => text)).toEqual(['Rye']);
  await reply(0, 'rye');
  expect(slug.value).toBe('rye');
});

test('an answer to an older question is dropped', async () => {
  slug.follow('Rye');
  await pass();
  slug.follow('Rye House');
  await pass();
  await reply(1, 'rye-house');
  await reply(0, 'rye');
  expect(slug.value).toBe('rye-house');
});

test('a stale refusal does not stand at a newer slug', async () => {
  slug.edit('rye');
  await pass();
  slug.edit('rye-house');
  await pass();
  await reply(1, { slug: 'rye-house', suggestion: 'rye-house' });
  await reply(0, taken('rye'));
  expect(slug.problem).toBeNull();
  expect(slug.isFine).toBe(true);
});

test('once edited it does not follow the name, until it is emptied', async () => {
  slug.edit('mine');
  slug.follow('Other');
  await pass();
  expect(asked.map(({ text }) => text)).toEqual(['mine']);
  slug.edit('');
  slug.follow('Other');
  await pass();
  expect(asked.at(-1)?.text).toBe('Other');
});

test('the suggestion mends a taken slug', async () => {
  slug.edit('rye');
  await pass();
  await reply(0, taken('rye'));
  expect(slug.problem?.message).toBe('Taken.');
  slug.takeSuggestion();
  expect(slug.value).toBe('rye-2');
  await pass();
  await reply(1, { slug: 'rye-2', suggestion: 'rye-2' });
  expect(slug.problem).toBeNull();
});

test('it can be waited for, also when the question changes meanwhile', async () => {
  slug.edit('rye');
  let done = false;
  void slug.settled().then(() => (done = true));
  await vi.advanceTimersByTimeAsync(50);
  slug.edit('rye-house');
  await pass();
  expect(done).toBe(false);
  await reply(0, { slug: 'rye-house', suggestion: 'rye-house' });
  expect(done).toBe(true);
});

test('clearing forgets what was asked', async () => {
  slug.follow('Rye');
  await pass();
  slug.clear();
  await reply(0, 'rye');
  expect(slug.value).toBe('');
});

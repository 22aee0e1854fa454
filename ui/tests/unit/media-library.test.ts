import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { MediaImport } from '../../src/lib/backend/types';
import { MediaDesk } from '../../src/lib/media/desk.svelte';
import { Library } from '../../src/lib/media/library.svelte';
import type { Inside } from '../../src/lib/state/workspace.svelte';
import { HandLibrarian, item } from './media-support';

let host: HandLibrarian;
let library: Library;
const names = () => library.items.map(({ filename }) => filename);
const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  host = new HandLibrarian();
  library = new Library(host, 'demo');
});
afterEach(() => vi.useRealTimers());

test('it is taken when somebody looks, and only what changed then gets another identity', async () => {
  library.changed();
  expect(host.asked).toBe(0);
  library.watch();
  expect(library.link).toBe('loading');
  host.answer(item('a.jpg'), item('b.jpg'));
  await pass();
  expect(library.link).toBe('ready');
  const [a, b] = library.items;
  library.changed();
  host.answer(item('a.jpg'), item('b.jpg', { metadata: { alt: 'B' } }));
  await pass();
  expect(library.items[0]).toBe(a);
  expect(library.items[1]).not.toBe(b);
});

test('nothing changed is nothing to draw', async () => {
  library.watch();
  host.answer(item('a.jpg'));
  await pass();
  const before = library.items;
  library.changed();
  host.answer(item('a.jpg'));
  await pass();
  expect(library.items).toBe(before);
});

test('a listing that takes long is not taken all the time', async () => {
  library.watch();
  library.changed();
  await pass(500);
  host.answer(item('a.jpg'));
  await pass(1900);
  expect(host.asked).toBe(1);
  await pass(200);
  expect(host.asked).toBe(2);
});

test('of many changes while a listing is on its way, one more is asked for, after a pause', async () => {
  library.watch();
  for (let count = 0; count < 50; count += 1) library.changed();
  host.answer(item('a.jpg'));
  await pass();
  expect(host.asked).toBe(1);
  await pass(300);
  expect(host.asked).toBe(2);
  host.answer(item('a.jpg'), item('b.jpg'));
  await pass(1000);
  expect(host.asked).toBe(2);
  expect(names()).toEqual(['a.jpg', 'b.jpg']);
});

test('a listing from before a reply does not take the reply back', async () => {
  library.watch();
  host.answer(item('a.jpg'), item('b.jpg'));
  await pass();
  library.changed();
  library.admit(item('a.jpg', { metadata: { alt: 'Saved' } }));
  library.drop(['b.jpg']);
  host.answer(item('a.jpg'), item('b.jpg'));
  await pass();
  expect(names()).toEqual(['a.jpg']);
  expect(library.item('a.jpg')?.metadata.alt).toBe('Saved');
  await pass(300);
  host.answer(item('a.jpg', { metadata: { alt: 'Saved' } }));
  await pass();
  expect(names()).toEqual(['a.jpg']);
});

test('what failed is told, keeps what was known, and is asked for again', async () => {
  library.watch();
  host.answer(item('a.jpg'));
  await pass();
  library.changed();
  host.fail({ code: 'Corrupt', message: 'Torn.' });
  await pass();
  expect([library.link, library.failure?.message, names()]).toEqual(['failed', 'Torn.', ['a.jpg']]);
  void library.retry();
  host.answer(item('a.jpg'));
  await pass();
  expect([library.link, library.failure]).toEqual(['ready', null]);
});

test('loading is called slow after 200 ms, and not before', async () => {
  library.watch();
  await pass(199);
  expect(library.slow).toBe(false);
  await pass(1);
  expect(library.slow).toBe(true);
  host.answer();
  await pass();
  expect(library.slow).toBe(false);
});

const report = (more: Partial<MediaImport> = {}): MediaImport => ({
  id: 'import-1',
  demo: 'demo',
  state: 'running',
  done: 0,
  total: 2,
  added: [],
  duplicates: [],
  failed: [],
  notes: [],
  ...more,
});

function desk(running: MediaImport[] = []) {
  let hear: (event: Inside) => void = () => {};
  const made = new MediaDesk(
    {
      media: host.media,
      importMedia: async () => report(),
      imports: async (demo) => running.filter((one) => one.demo === demo),
      cancelImport: async () => {},
    },
    { hear: (hearer) => (hear = hearer) },
  );
  return { desk: made, hear: (event: Inside) => hear(event) };
}

test('an import whose end comes before the reply that it began stays ended', async () => {
  const { desk: one, hear } = desk();
  hear({ kind: 'import_changed', import: report({ state: 'done', done: 2 }) });
  await one.begin('demo', ['a', 'b']);
  expect(one.importsOf('demo').map(({ state }) => state)).toEqual(['done']);
  expect(one.importsOf('other')).toEqual([]);
});

test('a dismissed import does not come back with a late event', async () => {
  const { desk: one, hear } = desk();
  await one.begin('demo', ['a', 'b']);
  one.dismiss('import-1');
  hear({ kind: 'import_changed', import: report({ done: 1 }) });
  expect(one.imports).toEqual([]);
});

test('an import that was begun before the window was loaded is found, unless more is known of it', async () => {
  const before = [report({ done: 1 }), report({ id: 'import-2' }), report({ id: 'import-3', demo: 'other' })];
  const { desk: one, hear } = desk(before);
  hear({ kind: 'import_changed', import: report({ done: 2, state: 'done' }) });
  one.library('demo');
  await pass();
  expect(one.imports.map(({ id, state }) => [id, state])).toEqual([
    ['import-1', 'done'],
    ['import-2', 'running'],
  ]);
});

test('a library is kept, hears of changes of its demo only, and of lost events', async () => {
  const { desk: one, hear } = desk();
  const mine = one.library('demo');
  expect(one.library('demo')).toBe(mine);
  mine.watch();
  host.answer();
  await pass();
  hear({ kind: 'media_changed', demo: 'other' });
  expect(host.asked).toBe(1);
  hear({ kind: 'media_changed', demo: 'demo' });
  expect(host.asked).toBe(2);
  host.answer();
  await pass();
  hear({ kind: 'missed' });
  expect(host.asked).toBe(3);
});

test('libraries that nobody looks at are forgotten, the oldest first', () => {
  const { desk: one } = desk();
  const watched = one.library('0');
  watched.watch();
  const first = one.library('1');
  for (let count = 2; count < 12; count += 1) one.library(String(count));
  expect(one.library('0')).toBe(watched);
  expect(one.library('1')).not.toBe(first);
});

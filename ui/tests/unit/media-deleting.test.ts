import { beforeEach, expect, test } from 'vitest';
import { Deleting } from '../../src/features/media/deleting.svelte';
import { Doctor } from '../../src/features/media/doctor.svelte';
import { FakeMedia } from '../../src/lib/backend/fake/media';
import type { MediaEvent, MediaUse } from '../../src/lib/backend/types';
import { Library } from '../../src/lib/media/library.svelte';

let host: FakeMedia;
let library: Library;
let deleting: Deleting;
let done: string[];
const named = (...names: string[]) =>
  names.map((name) => library.items.find(({ filename }) => filename === name) ?? expect.fail(name));
const has = async (name: string) => (await host.media('demo')).files.some(({ filename }) => filename === name);

beforeEach(async () => {
  host = new FakeMedia({ pace: 'manual' }, () => {});
  library = new Library(host, 'demo');
  await library.load();
  done = [];
  deleting = new Deleting(
    host,
    library,
    (items) => () => void done.push(items.map(({ filename }) => filename).join(' ')),
  );
});

test('one file that nothing uses goes at once', async () => {
  await deleting.begin(named('oven.gif'));
  expect(deleting.question).toBeNull();
  expect(done).toEqual(['oven.gif']);
  expect(await has('oven.gif')).toBe(false);
});

test('one in use is asked for with its places, and can go all the same', async () => {
  await deleting.begin(named('shop-front.jpg'));
  expect(deleting.question?.uses?.get(named('shop-front.jpg')[0]!.id)?.map(({ name }) => name)).toEqual([
    'Home',
    'Our bakery',
    'Visit',
  ]);
  expect(await has('shop-front.jpg')).toBe(true);
  await deleting.confirm('all');
  expect(deleting.question).toBeNull();
  expect(done).toEqual(['shop-front.jpg']);
});

test('of several, those in use can be kept', async () => {
  await deleting.begin(named('shop-front.jpg', 'oven.gif', 'pattern.webp'));
  expect(deleting.question?.used.map(({ filename }) => filename)).toEqual(['shop-front.jpg']);
  await deleting.confirm('unused');
  expect(done).toEqual(['oven.gif pattern.webp']);
  expect(await has('shop-front.jpg')).toBe(true);
});

test('of several, one that only a style sheet uses is in use', async () => {
  const [oven] = named('oven.gif');
  const sheet: MediaUse = { document: 'assets/site.css', name: 'assets/site.css', path: [] };
  const asked: string[][] = [];
  host.mediaUses = (_, ids) => {
    asked.push(ids);
    return Promise.resolve({ [oven!.id]: [sheet] });
  };
  await deleting.begin(named('oven.gif', 'pattern.webp'));
  expect(asked.map(({ length }) => length)).toEqual([2]);
  expect(deleting.question?.used).toEqual([oven]);
  expect(deleting.question?.uses?.get(oven!.id)).toEqual([sheet]);
  await deleting.confirm('unused');
  expect(done).toEqual(['pattern.webp']);
});

test('keeping changes nothing', async () => {
  await deleting.begin(named('shop-front.jpg', 'oven.gif'));
  deleting.keep();
  expect([deleting.question, done]).toEqual([null, []]);
});

test('what began to be used meanwhile is asked for, not lost', async () => {
  const [oven] = named('oven.gif');
  host.refuseNext('removeMedia', { code: 'InUse', message: 'In use: Home.' });
  await deleting.begin([oven!]);
  expect(deleting.question?.used).toEqual([oven]);
  await deleting.confirm('all');
  expect(done).toEqual(['oven.gif']);
});

test('another refusal is thrown, and nothing is asked', async () => {
  host.refuseNext('removeMedia', { code: 'DiskFull', message: 'Full.' });
  await expect(deleting.begin(named('oven.gif'))).rejects.toMatchObject({ code: 'DiskFull' });
  expect([deleting.question, deleting.busy]).toEqual([null, false]);
});

test('the doctor begins with everything it can repair, repairs that, and it can be taken back', async () => {
  const doctor = new Doctor(host, 'demo');
  await doctor.check();
  expect(doctor.chosen.map(({ kind }) => kind).sort()).toEqual(['duplicate', 'missing_file', 'orphan', 'stale_usage']);
  doctor.choose(
    doctor.findings.filter(({ kind }) => kind === 'duplicate' || kind === 'missing_alt'),
    false,
  );
  const token = await doctor.repair();
  expect(doctor.findings.filter(({ remedy }) => remedy).map(({ kind }) => kind)).toEqual(['duplicate']);
  expect(await has('price-list.pdf')).toBe(false);
  expect(doctor.chosen).toEqual([]);
  await host.restoreMedia('demo', token);
  await doctor.check();
  expect(doctor.repairable).toHaveLength(4);
  expect(await has('price-list.pdf')).toBe(true);
});

test('the host in the page adds, knows what it has, refuses, and stops when told', async () => {
  const told: MediaEvent[] = [];
  host = new FakeMedia({ pace: 'manual' }, (event) => told.push(event));
  const { id } = await host.importMedia('demo', [
    '/x/New.jpg',
    '/x/hero.jpg',
    '/x/huge.png',
    '/x/evil.svg',
    '/x/z.jpg',
  ]);
  host.step(4);
  await host.cancelImport(id);
  host.step(4);
  const last = told.findLast((event) => event.kind === 'import_changed');
  expect(last?.kind === 'import_changed' && last.import).toMatchObject({
    state: 'cancelled',
    done: 4,
    duplicates: [{ file: 'hero.jpg', id: 'media-00001' }],
    failed: [{ file: 'huge.png', error: { code: 'TooLarge' } }],
  });
  expect(await has('new.jpg')).toBe(true);
  expect(await has('evil.svg')).toBe(true);
  expect(await has('z.jpg')).toBe(false);
});

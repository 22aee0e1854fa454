import { describe, expect, test } from 'vitest';
import { everything, filterDemos, typeAhead } from '../../src/lib/demo/filter';
import { age, bytes, shortCommit, sourceName } from '../../src/lib/demo/format';
import { badgeOf, fractionOf } from '../../src/lib/demo/states';
import { answerProblem, briefOf, noAnswers } from '../../src/features/create/brief';
import { branchProblem, nameFromSource, sourceProblem } from '../../src/features/create/source';
import { findOffers } from '../../src/features/palette/find';
import { statusOf } from '../../src/lib/backend/fake/status';
import { newsOf } from '../../src/shell/follow';
import { demo } from './support';

describe('filter', () => {
  const at = '2026-01-01T00:00:00Z';
  const failed = (code: 'Cancelled' | 'NoNetwork') =>
    statusOf({ state: 'failed', error: { code, message: 'No.' } }, 'No.', at);
  const demos = [
    demo('Café Mélange', { tags: ['pitch'] }),
    demo('Ledgerline', { tags: ['pitch', 'client'], template: { key: 'saas', url: 'u', branch: '', commit: '' } }),
    demo('Rye', { status: failed('NoNetwork') }),
    demo('Oat', { status: failed('Cancelled'), brief: { business: 'Oat Mill' } }),
  ];
  const found = (criteria: Partial<typeof everything>) =>
    filterDemos(demos, { ...everything, ...criteria }).map(({ name }) => name);

  test('nothing asked leaves the same list', () => expect(filterDemos(demos, everything)).toBe(demos));
  test('accents and case do not matter', () => expect(found({ text: 'MELANGE cafe' })).toEqual(['Café Mélange']));
  test('every word must be found, somewhere', () => {
    expect(found({ text: 'pitch saas' })).toEqual(['Ledgerline']);
    expect(found({ text: 'mill' })).toEqual(['Oat']);
    expect(found({ text: 'pitch nowhere' })).toEqual([]);
  });
  test('a cancelled creation is not among the failed', () => {
    expect(found({ state: 'failed' })).toEqual(['Rye']);
    expect(found({ state: 'cancelled' })).toEqual(['Oat']);
  });
  test('filters join', () => {
    expect(found({ tag: 'pitch' })).toHaveLength(2);
    expect(found({ tag: 'pitch', template: 'saas' })).toEqual(['Ledgerline']);
  });
  test('letters lead to the next name that begins with them, around the end', () => {
    expect(typeAhead(demos, 'led', 0)).toBe(1);
    expect(typeAhead(demos, 'caf', 2)).toBe(0);
    expect(typeAhead(demos, 'zzz', 0)).toBe(-1);
  });
});

test('a changed demo is searched as it is now', () => {
  const one = demo('Rye');
  expect(filterDemos([one], { ...everything, text: 'oat' })).toHaveLength(0);
  expect(filterDemos([{ ...one, name: 'Oat' }], { ...everything, text: 'oat' })).toHaveLength(1);
});

test('progress is a fraction only where the whole is known', () => {
  const none = { phase: 'fetching', objects: 5, objects_total: 0, bytes: 9, files: 0, files_total: 0 } as const;
  expect(fractionOf(undefined)).toBeUndefined();
  expect(fractionOf(none)).toBeUndefined();
  expect(fractionOf({ ...none, objects_total: 10 })).toBe(0.5);
  expect(fractionOf({ ...none, objects_total: 10, phase: 'checking' })).toBeUndefined();
  expect(fractionOf({ ...none, phase: 'checking_out', files: 3, files_total: 4 })).toBe(0.75);
  expect(badgeOf(demo('A'))).toBe('ready');
});

test('numbers and times are short', () => {
  expect([bytes(0), bytes(999), bytes(1000), bytes(3_440_000)]).toEqual(['0 B', '999 B', '1 kB', '3.4 MB']);
  const now = Date.parse('2026-06-01T12:00:00Z');
  const ago = (ms: number) => age(new Date(now - ms).toISOString(), now);
  const day = 86_400_000;
  expect([
    ago(5_000),
    ago(120_000),
    ago(7_200_000),
    ago(3 * day),
    ago(30 * day),
    ago(90 * day),
    ago(800 * day),
  ]).toEqual(['now', '2 min', '2 h', '3 d', '4 wk', '2 mo', '2 yr']);
  expect(age('nonsense', now)).toBe('');
  expect(shortCommit('0123456789abcdef')).toBe('01234567');
  expect(sourceName('https://example.com/a/theme.git')).toBe('theme');
  expect(sourceName('starter:bakery')).toBe('bakery');
});

describe('source', () => {
  test.each([
    'https://example.com/theme.git',
    'ssh://git@example.com:22/theme',
    'file:///srv/theme',
    'git@example.com:agency/theme.git',
    '/srv/theme',
    '~/theme',
    'C:\\sites\\theme',
  ])('%s can be tried', (text) => expect(sourceProblem(text)).toBeUndefined());
  test.each(['', '  ', 'theme', 'http://example.com/a', 'git://example.com/a', 'ftp://a/b', 'https://'])(
    '“%s” cannot',
    (text) => expect(sourceProblem(text)).toBeTypeOf('string'),
  );
  test('a name is made of the last part', () => {
    expect(nameFromSource('git@example.com:agency/light-house.git')).toBe('Light house');
    expect(nameFromSource('/srv/sites/corner_shop/')).toBe('Corner shop');
    expect(nameFromSource('')).toBe('');
  });
  test.each(['', 'main', 'feature/a-b', 'v1.2'])('branch “%s” is fine', (text) =>
    expect(branchProblem(text)).toBeUndefined(),
  );
  test.each(['a b', '-x', 'a..b', 'x.lock', 'a/', 'a~1'])('branch “%s” is not', (text) =>
    expect(branchProblem(text)).toBeTypeOf('string'),
  );
});

test('answers of the brief are checked, trimmed, and left out when empty', () => {
  expect(answerProblem('email', 'a@b.example')).toBeUndefined();
  expect(answerProblem('email', 'a@b')).toBeTypeOf('string');
  expect(answerProblem('primary_color', '#7A3E1d')).toBeUndefined();
  expect(answerProblem('accent_color', '#7a3')).toBeTypeOf('string');
  expect(answerProblem('phone', '+49 (30) 123-45')).toBeUndefined();
  expect(answerProblem('font', '')).toBeUndefined();
  expect(briefOf({ ...noAnswers(), business: ' Rye ' })).toEqual({ business: 'Rye' });
});

test('the palette puts commands that begin with the words first, and leaves out what cannot run', () => {
  const command = (id: string, title: string, can = true) => ({
    id,
    title,
    group: 'G',
    enabled: () => can,
    run: () => {},
  });
  const commands = [command('a', 'Go to the list'), command('b', 'List all'), command('c', 'List none', false)];
  const offers = findOffers(commands, [demo('Listing'), demo('Rye')], 'list');
  expect(offers.map(({ id }) => id)).toEqual(['b', 'a', 'listing']);
});

test('news are phases and ends, never counts', () => {
  const at = '2026-01-01T00:00:00Z';
  const none = { objects: 0, objects_total: 0, bytes: 0, files: 0, files_total: 0 };
  const working = (phase: 'fetching' | 'checking', objects = 0) =>
    demo('Rye', {
      status: statusOf({ state: 'cloning', progress: { ...none, phase, objects } }, '', at),
    });
  expect(newsOf(working('fetching', 1), working('fetching'))).toBeUndefined();
  expect(newsOf(working('checking'), working('fetching'))).toBe('Rye: Checking');
  expect(newsOf(demo('Rye'), working('checking'))).toBe('Rye is ready.');
  expect(newsOf(demo('Rye'), demo('Rye'))).toBeUndefined();
  expect(newsOf(demo('Rye'), null)).toBeUndefined();
});

import { beforeEach, expect, test } from 'vitest';
import { FakeBackend } from '../../src/lib/backend/fake';
import { App } from '../../src/lib/state/app';
import { documentAt, isFramed, pageOf, readMessage, shownHost, urlOf } from '../../src/features/preview/frame';
import { longest, Previews } from '../../src/features/preview/previews.svelte';
import { textsBetween } from '../../src/features/preview/texts';

const demo = '01930000-0000-7000-8000-000000000000';
let fake: FakeBackend;
let previews: Previews;
let app: App;

beforeEach(async () => {
  fake = new FakeBackend({ demos: 2, pace: 'manual', previews: { address: 'http://127.0.0.1:4000' } });
  app = new App(fake);
  previews = new Previews(app);
  previews.run();
  await app.workspace.start();
});

test('what is shown is what the host says', async () => {
  expect(previews.of(demo).state).toBe('stopped');
  await previews.start(demo);
  expect(previews.of(demo)).toMatchObject({ state: 'running', address: 'http://127.0.0.1:4000' });
  expect(app.announcer.text).toContain('The preview runs at http://127.0.0.1:4000.');
  await previews.stop(demo);
  expect(previews.of(demo).state).toBe('stopped');
});

test('a reply alone shows nothing', async () => {
  fake.holdEvents();
  await previews.start(demo);
  expect(previews.of(demo).state).toBe('stopped');
  fake.releaseEvents();
  expect(previews.of(demo).state).toBe('running');
});

test('those that run already are asked for, and again when events were missed', async () => {
  await fake.startPreview(demo, null);
  const late = new Previews(app);
  late.run();
  await late.load();
  expect(late.of(demo).state).toBe('running');
  fake.holdEvents();
  await fake.stopPreview(demo);
  fake.skipEvent();
  expect(late.of(demo).state).toBe('running');
  app.workspace.stop();
  await late.load();
  expect(late.of(demo).state).toBe('stopped');
});

test('an event that comes while all are asked for is newer than the answer', async () => {
  await fake.startPreview(demo, null);
  const late = new Previews(app);
  late.run();
  const loading = late.load();
  await fake.stopPreview(demo);
  await loading;
  expect(late.of(demo).state).toBe('stopped');
});

test('a refusal is kept until it is started again, a failure until the host says otherwise', async () => {
  fake.servers.refuseNext('startPreview', { code: 'Busy', message: 'No port is free.' });
  await previews.start(demo);
  expect(previews.failureOf(demo)?.message).toBe('No port is free.');
  await previews.start(demo);
  expect(previews.failureOf(demo)).toBeUndefined();
  fake.servers.crash(demo, 'It ended.');
  expect(previews.failureOf(demo)?.message).toBe('It ended.');
});

test('a command is asked about first, and runs once it is trusted', async () => {
  fake.servers.own(demo);
  await previews.start(demo);
  expect(previews.question?.offer.command).toEqual(['npm', 'run', 'dev']);
  expect(previews.failureOf(demo)).toBeUndefined();
  await previews.decide('trusted');
  expect(previews.question).toBeNull();
  expect(previews.of(demo).state).toBe('starting');
  fake.servers.step();
  expect(previews.of(demo)).toMatchObject({ state: 'running', kind: 'command' });
});

test('a command that has changed since is shown again', async () => {
  fake.servers.own(demo);
  await previews.start(demo);
  fake.servers.own(demo, { key: 'offer-2', command: ['npm', 'run', 'other'], changed: ['command'] });
  await previews.decide('trusted');
  expect(previews.question).toMatchObject({ offer: { key: 'offer-2' }, notice: /not the one that was shown/ });
  await previews.decide('restricted');
  expect(previews.of(demo)).toMatchObject({ state: 'running', kind: 'files' });
});

test('what was decided can be decided again, and what runs by it ends', async () => {
  fake.servers.own(demo, { decision: 'restricted' });
  await previews.start(demo);
  expect(previews.of(demo)).toMatchObject({ state: 'running', kind: 'files' });
  await previews.review(demo);
  await previews.decide('trusted');
  fake.servers.step();
  expect(previews.of(demo)).toMatchObject({ state: 'running', kind: 'command' });
  await previews.review('another');
  expect(previews.question).toBeNull();
  expect(app.toasts.list.at(-1)?.text).toContain('no command of its own');
});

test('a log is fetched once and followed; only its end is kept', async () => {
  fake.servers.own(demo, { decision: 'trusted' });
  await previews.start(demo);
  await previews.readLog(demo);
  expect(previews.logOf(demo)?.text).toBe('> npm run dev\n');
  fake.servers.say(demo, 'ready\n');
  expect(previews.logOf(demo)?.text).toBe('> npm run dev\nready\n');
  const reading = previews.readLog(demo);
  fake.servers.say(demo, 'more\n');
  await reading;
  expect(previews.logOf(demo)?.text).toBe('> npm run dev\nready\nmore\n');
  fake.servers.say(demo, `${'x'.repeat(99)}\n`.repeat(longest / 100));
  expect(previews.logOf(demo)).toMatchObject({ isCut: true });
  expect(previews.logOf(demo)!.text.length).toBeLessThanOrEqual(longest);
});

test('only the frame itself, from its own address, is heeded', () => {
  const frame = { contentWindow: {} };
  const data = { backlot: 'selected', page: '/about', widget: 'hero' };
  const event = { origin: 'http://127.0.0.1:4000', source: frame.contentWindow, data } as unknown as MessageEvent;
  const read = (more: object) => readMessage({ ...event, ...more }, frame, 'http://127.0.0.1:4000/');
  const all = { origin: event.origin, source: event.source, data };
  expect(read(all)).toEqual(data);
  expect(read({ ...all, origin: 'http://127.0.0.1:4001' })).toBeNull();
  expect(read({ ...all, source: {} })).toBeNull();
  for (const odd of [null, 'hi', {}, { backlot: 'run', page: '/' }, { ...data, widget: 7 }, { ...data, page: 'x' }])
    expect(read({ ...all, data: odd })).toBeNull();
});

test('only servers of this machine that speak http are shown in the frame, and demos by a short name', () => {
  const demo = 'http://6f1d3c52-0a0e-4c1c-9d7a-0f6b7a3b9c11-0123456789abcdef0123456789.localhost:4000';
  expect([demo, 'http://127.0.0.1:4000/docs/', 'http://demo.localhost:4000/'].map(isFramed)).toEqual([
    true,
    true,
    true,
  ]);
  const others = ['https://demo.localhost:4000', 'http://localhost.evil.test:4000', 'http://evil.test:4000', 'x'];
  expect(others.map(isFramed)).toEqual([false, false, false, false]);
  expect([demo, 'http://127.0.0.1:4000', 'https://a.b.test:1'].map(shownHost)).toEqual([
    'localhost',
    '127.0.0.1',
    'a.b.test',
  ]);
});

test('pages and their documents', () => {
  expect(['pages/index', 'pages/about', 'global/header', 'theme', undefined].map(pageOf)).toEqual([
    '/',
    '/about',
    null,
    null,
    null,
  ]);
  expect(['/', '/about', '/about.html', '/about/'].map(documentAt)).toEqual([
    'pages/index',
    'pages/about',
    'pages/about',
    'pages/about',
  ]);
  expect(urlOf('http://127.0.0.1:4000/', '/über uns')).toBe('http://127.0.0.1:4000/%C3%BCber%20uns');
  expect(urlOf('http://127.0.0.1:4000', '/')).toBe('http://127.0.0.1:4000/');
  for (const base of ['http://127.0.0.1:4000/docs', 'http://127.0.0.1:4000/docs/']) {
    expect(urlOf(base, '/')).toBe(base);
    expect(urlOf(base, '/about')).toBe('http://127.0.0.1:4000/docs/about');
  }
});

test('a page is told the plain texts that were typed, and where they stand', () => {
  const block = { type: 'item', settings: { title: 'One', count: 1 } };
  const widget = { type: 'hero', settings: { title: 'Bread', text: '<p>Old</p>' }, blocks: { b: block } };
  const page = { name: 'Home', widgets: { a: widget } };
  const turned = {
    name: 'Start',
    widgets: {
      a: {
        ...widget,
        settings: { title: 'Breads', text: '<p>New</p>' },
        blocks: { b: { ...block, settings: { title: 'Two', count: 2 } } },
      },
    },
  };
  const title = { widget: 'a', block: null, setting: 'title', before: 'Bread', text: 'Breads' };
  const item = { widget: 'a', block: 'b', setting: 'title', before: 'One', text: 'Two' };
  expect(textsBetween('pages/index', page, turned)).toEqual([title, item]);
  expect(textsBetween('global/header', widget, turned.widgets.a)).toEqual([
    { ...title, widget: 'header' },
    { ...item, widget: 'header' },
  ]);
  expect(textsBetween('pages/index', page, page)).toEqual([]);
  // What is new, gone, or of another document stands nowhere on the page.
  expect(textsBetween('pages/index', page, { name: 'Home', widgets: {} })).toEqual([]);
  expect(textsBetween('pages/index', { widgets: {} }, page)).toEqual([]);
  expect(textsBetween('menus/main', { title: 'a' }, { title: 'b' })).toEqual([]);
});

import { beforeEach, expect, test, vi } from 'vitest';
import { Editor } from '../../src/features/editor/editor.svelte';
import type { SiteEditor } from '../../src/features/editor/site.svelte';
import { FakeContent } from '../../src/lib/backend/fake/content';
import type { ContentEvent } from '../../src/lib/backend/types';
import type { App } from '../../src/lib/state/app';
import type { Inside } from '../../src/lib/state/workspace.svelte';
import { settle } from './support';

let host: FakeContent;
let editor: Editor;
let site: SiteEditor;
let notes: string[];
let hear: (event: Inside) => void;

beforeEach(async () => {
  notes = [];
  host = new FakeContent({ pace: 'manual' }, (event: ContentEvent) => hear(event));
  const app = {
    backend: host,
    workspace: { hear: (hearer: typeof hear) => ((hear = hearer), () => {}), demo: () => ({ id: 'e', name: 'Other' }) },
    place: { selected: 'd', tab: 'content', show: vi.fn() },
    announcer: { say: () => {} },
    drafts: { load: async () => {} },
    toasts: { show: ({ text }: { text: string }) => notes.push(text) },
    attempt: (work: () => Promise<unknown>) => work(),
  };
  editor = new Editor(app as unknown as App);
  editor.run();
  site = editor.site('d');
  await site.enter();
});
const title = (value: string) => site.session!.set([{ path: ['name'], value }], 'name');

test('it begins with the home page, and comes back to where it was', async () => {
  expect(site.session?.name).toBe('pages/index');
  await site.open('pages/about');
  site.selection.select('people', 'noor');
  await site.leave();
  expect(site.session).toBeNull();
  await site.enter();
  expect(site.session?.name).toBe('pages/about');
  expect([site.selection.widget, site.selection.block]).toEqual(['people', 'noor']);
});

test('of two documents that are asked for at once the last is shown', async () => {
  const release = host.hold();
  const first = site.open('pages/about');
  const second = site.open('pages/menu');
  release();
  expect((await Promise.all([first, second])).map((session) => session?.name)).toEqual([undefined, 'pages/menu']);
  expect(site.session?.name).toBe('pages/menu');
});

test('calls that open one document at the same time all get it', async () => {
  const release = host.hold();
  const calls = [site.open('pages/about'), site.open('pages/about'), site.open('pages/menu'), site.open('pages/about')];
  release();
  const names = (await Promise.all(calls)).map((session) => session?.name);
  expect(names).toEqual(['pages/about', 'pages/about', undefined, 'pages/about']);
  await site.leave();
  expect(host.viewersOf('d', 'pages/about')).toBe(0);
});

test('a draft is taken up while the Content tab is still opening its document', async () => {
  await site.leave();
  host.leaveUnfinished('d', 'pages/index', '{ x');
  await site.loadDrafts();
  const release = host.hold();
  const entering = site.enter();
  const taking = site.takeUp(site.drafts[0]!);
  release();
  await Promise.all([entering, taking]);
  expect(site.save?.state.state).toBe('unfinished');
  expect(site.drafts).toEqual([]);
});

test('a document that is left and asked for again at once stays open', async () => {
  await site.open('pages/about');
  const back = site.open('pages/index');
  const again = site.open('pages/about');
  await Promise.all([back, again]);
  await site.open('pages/menu');
  void site.open('pages/contact');
  await site.open('pages/menu');
  await settle();
  expect(site.session?.name).toBe('pages/menu');
  title('Still mine');
  await site.session!.settled();
  expect(site.session?.failure).toBeNull();
  expect((site.session?.content as { name: string }).name).toBe('Still mine');
  host.changeOutside('d', 'pages/about', { path: ['name'], value: 'Theirs' });
  await site.leave();
  const held = ['index', 'about', 'menu', 'contact'].map((slug) => host.viewersOf('d', `pages/${slug}`));
  expect(held).toEqual([0, 0, 0, 0]);
});

test('the document that is shown stays when another cannot be opened, and why is told', async () => {
  expect(await site.open('pages/nowhere')).toBeNull();
  expect(site.session?.name).toBe('pages/index');
  expect(site.refusal?.failure.code).toBe('NotFound');
  await site.open('pages/about');
  expect(site.refusal).toBeNull();
});

test('a document that went to another name is given back under it', async () => {
  await site.open('pages/about');
  await site.moving('pages/about', async () => {
    const { document } = await host.renamePage('d', 'pages/about', 'About', 'us');
    // The list is read anew before it is known where the page went.
    await site.load();
    return document;
  });
  expect(site.session?.name).toBe('pages/us');
  title('Edited');
  await site.session!.settled();
  expect(site.session?.failure).toBeNull();
  await site.leave();
  expect(host.viewersOf('d', 'pages/us')).toBe(0);
});

test('a page that somebody else removed gives way to its neighbour', async () => {
  await site.open('pages/about');
  await host.removePage('d', 'pages/about');
  await settle();
  await vi.waitFor(() => expect(site.session?.name).toBe('pages/contact'));
});

test('what is told is the worst of all documents, and the newest of those that are well', async () => {
  title('One');
  await site.session!.settled();
  expect(site.save).toMatchObject({ document: 'pages/index', state: { state: 'unsaved' } });
  await site.open('pages/about');
  host.step();
  expect(site.save?.state.state).toBe('saved');
  host.failSaves({ code: 'DiskFull', message: 'Full.' });
  title('Two');
  await site.session!.settled();
  host.step();
  host.step();
  await site.open('pages/menu');
  host.step();
  expect(site.save).toMatchObject({ document: 'pages/about', state: { state: 'failed' } });
});

test('how saving ended is told: trouble once and at once, that it is over too, and no step on the way', async () => {
  title('One');
  await site.session!.settled();
  host.step();
  expect(site.told).toBe('');
  host.step();
  expect(site.told).toBe('Saved.');
  host.failSaves({ code: 'DiskFull', message: 'Full.' });
  title('Two');
  await site.session!.settled();
  expect(site.told).toBe('');
  host.step();
  host.step();
  expect(site.told).toContain('is not saved. Full.');
  // It is tried again, and fails again.
  void site.session!.retry();
  await settle();
  host.step();
  expect(site.told).toBe('');
  host.failSaves(null);
  await site.session!.retry();
  host.step();
  expect(site.told).toContain('is saved.');
});

test('what another program wrote is not told as a save', async () => {
  host.changeOutside('d', 'pages/index', { path: ['name'], value: 'Theirs' });
  await settle();
  expect(site.told).toBe('');
});

test('who asks for a save is told when it is done', async () => {
  title('One');
  const saving = editor.save('d');
  await settle();
  await saving;
  expect(site.told).toBe('');
  host.step();
  expect(site.told).toBe('Everything is saved.');
  const again = editor.save('d');
  expect(site.told).toBe('');
  await again;
  expect(site.told).toBe('Everything is saved.');
});

test('trouble in a demo that is not shown is a note that leads there', async () => {
  const other = editor.site('e');
  await other.enter();
  host.failSaves({ code: 'Io', message: 'Gone.' });
  other.session!.set([{ path: ['name'], value: 'X' }], 'name');
  await other.session!.settled();
  host.step();
  host.step();
  expect(notes).toEqual([expect.stringContaining('Gone.')]);
});

test('lost events are made good by asking again', async () => {
  host.changeOutside('d', 'pages/index', { path: ['name'], value: 'Theirs' });
  await settle();
  const quiet = hear;
  hear = () => {};
  host.changeOutside('d', 'pages/index', { path: ['name'], value: 'Unheard' });
  hear = quiet;
  hear({ kind: 'missed' });
  await settle();
  await vi.waitFor(() => expect((site.session?.content as { name: string }).name).toBe('Unheard'));
  expect(site.nameOf('pages/index')).toBe('Unheard');
});

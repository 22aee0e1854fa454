import { beforeEach, expect, test, vi } from 'vitest';
import { Editor } from '../../src/features/editor/editor.svelte';
import { PageActs } from '../../src/features/editor/pages';
import { RawText } from '../../src/features/editor/raw.svelte';
import type { SiteEditor } from '../../src/features/editor/site.svelte';
import { FakeContent } from '../../src/lib/backend/fake/content';
import type { ContentEvent } from '../../src/lib/backend/types';
import type { App } from '../../src/lib/state/app';
import type { Inside } from '../../src/lib/state/workspace.svelte';
import { settle } from './support';

let host: FakeContent;
let app: App;
let site: SiteEditor;
let raw: RawText;
let hear: (event: Inside) => void;

const opened = async () => {
  raw = new RawText(site, site.session!, 1e6);
  await raw.open();
};
beforeEach(async () => {
  host = new FakeContent({ pace: 'manual' }, (event: ContentEvent) => hear(event));
  app = {
    backend: host,
    workspace: { hear: (hearer: typeof hear) => ((hear = hearer), () => {}), demo: () => ({ id: 'e', name: 'Other' }) },
    place: { selected: 'd', tab: 'content', show: vi.fn() },
    announcer: { say: () => {} },
    drafts: { load: async () => {} },
    toasts: { show: () => {} },
    attempt: (work: () => Promise<unknown>) => work(),
  } as unknown as App;
  const editor = new Editor(app);
  editor.run();
  site = editor.site('d');
  await site.enter();
  await opened();
});

const home = 'pages/index';
const outside = async (value: string, path = ['seo', 'description']) => {
  host.changeOutside('d', home, { path, value });
  await settle();
  raw.follow();
};
/** The text that is shown, with another name, or with what stands for it. */
const named = (name: string, from = raw.text) => from.replace(/"name": "[^"]*"/, name);
const shown = () => JSON.parse(raw.text) as { name: string; seo: { description: string } };
const held = () => site.session!.content as unknown as ReturnType<typeof shown>;
const both = (name: string, description: string) => {
  expect(held()).toMatchObject({ name, seo: { description } });
  expect(shown()).toMatchObject({ name, seo: { description } });
};

test('what another program changes elsewhere while a text is typed stays', async () => {
  raw.type(named('"name": "Mine"'));
  await outside('Theirs');
  expect(shown().seo.description).not.toBe('Theirs');
  await raw.apply();
  both('Mine', 'Theirs');
  // What is typed next begins with both.
  raw.type(named('"name": "Mine too"'));
  await raw.apply();
  both('Mine too', 'Theirs');
});

test('what another program changes while a text is no JSON yet stays, and where both changed the same the typed one is', async () => {
  raw.type(named('"name": "Mi'));
  await raw.apply();
  await outside('Theirs');
  await outside('Their name', ['name']);
  raw.type(named('"name": "Mine"', raw.text.replace('"name": "Mi', '"name": "Mi"')));
  await raw.apply();
  both('Mine', 'Theirs');
});

test('a text that is gone on with later still begins with what it was typed on', async () => {
  raw.type(named('"name": "Mi'));
  await raw.apply();
  raw.leave();
  await outside('Theirs');
  await opened();
  raw.type(raw.text.replace('"name": "Mi', '"name": "Mine"'));
  await raw.apply();
  both('Mine', 'Theirs');
});

test('what is typed while a text is on its way is taken with it, and so is what it does not say any more', async () => {
  const before = raw.text;
  raw.type(named('"name": "One"'));
  const release = host.hold();
  const first = raw.apply();
  raw.type(before);
  const second = raw.apply();
  release();
  await Promise.all([first, second]);
  expect(held().name).toBe('Home');
  expect(raw.text).toBe(before);
});

test('who types back what was there takes over what another program wrote', async () => {
  const before = raw.text;
  raw.type(named('"name": "Mine"'));
  await outside('Theirs');
  raw.type(before);
  await raw.apply();
  both('Home', 'Theirs');
});

const twice = (text = raw.text) => text.replace('"name": "Home"', '"name": "Mine", "name": "Home"');

test('a text that the host does not take is kept and not told as saved, whatever is typed and taken back', async () => {
  const text = twice();
  raw.type(text);
  await raw.apply();
  for (const again of [`${text} `, text]) {
    raw.type(again);
    await raw.apply();
    expect(raw.problem).toContain('The key “name” is there twice.');
    expect(host.unfinishedOf('d', home)).toBe(again);
    expect(site.save?.state).toMatchObject({ state: 'unfinished' });
  }
  expect(site.unfinishedWords).toContain('The key “name” is there twice.');
  expect(site.unfinishedWords).not.toContain('not valid JSON');
  raw.giveUp();
  await raw.apply();
  expect(host.unfinishedOf('d', home)).toBeUndefined();
  expect(raw.text).toContain('"name": "Home"');
  expect(site.save?.state.state).toBe('saved');
});

test('a text that the host did not take says why not when it is opened again', async () => {
  raw.type(twice());
  await raw.apply();
  await opened();
  expect(raw.problem).toContain('The key “name” is there twice.');
  host.refuseNext('changeDocument', { code: 'Locked', message: 'Another program has it.' });
  await opened();
  expect(raw.problem).toBe('Another program has it.');
  expect(raw.text).toContain('"name": "Mine", "name"');
});

test('a text that was left and is taken now is in the document as soon as it is gone on with', async () => {
  host.leaveUnfinished('d', home, named('"name": "Mine"'));
  await settle();
  await site.takeUp(site.drafts[0]!);
  await opened();
  expect(held().name).toBe('Mine');
  expect(raw.problem).toBe('');
  expect(site.unfinished.size).toBe(0);
  expect(host.unfinishedOf('d', home)).toBeUndefined();
});

test('a text that was left is not put over what another program wrote since before somebody asks', async () => {
  const text = named('"name": "Mine"');
  host.leaveUnfinished('d', home, text);
  await settle();
  await site.takeUp({ ...site.drafts[0]!, merges: false });
  await opened();
  expect(held().name).toBe('Home');
  expect(raw.problem).toContain('changed by another program');
  expect(site.save?.state).toMatchObject({ state: 'unfinished' });
  raw.type(`${text} `);
  await raw.apply();
  expect(held().name).toBe('Mine');
});

test('a text that fails for a while is not in the document, and is handed over with the next key', async () => {
  const text = named('"name": "Mine"');
  host.refuseNext('changeDocument', { code: 'Locked', message: 'Another program has it.' });
  raw.type(text);
  await raw.apply();
  expect(raw.problem).toBe('Another program has it.');
  raw.type(`${text} `);
  raw.type(text);
  await raw.apply();
  expect(held().name).toBe('Mine');
  expect(host.unfinishedOf('d', home)).toBeUndefined();
});

test('a page in conflict that gets another address leaves nothing behind under the old one', async () => {
  await site.open('pages/about');
  const name = (value: string) => site.session!.set([{ path: ['name'], value }], 'name');
  name('Mine');
  await site.session!.settled();
  host.changeOutside('d', 'pages/about', { path: ['name'], value: 'Theirs' });
  host.step();
  host.step();
  expect(site.save?.state.state).toBe('conflict');
  await new PageActs(app, site).rename('pages/about', 'Mine', 'us');
  expect(site.session?.name).toBe('pages/us');
  expect(site.entry('pages/about')).toBeUndefined();
  expect(site.save).not.toMatchObject({ document: 'pages/about' });
  expect(site.save?.state.state).not.toBe('conflict');
});

test('a text that is no JSON yet goes with its page to another address', async () => {
  raw.type(named('"name": "Mi'));
  await site.open('pages/about');
  raw = new RawText(site, site.session!, 1e6);
  await raw.open();
  const half = named('"name": "Mi');
  raw.type(half);
  await raw.apply();
  await new PageActs(app, site).rename('pages/about', 'About', 'us');
  expect(site.unfinished.get('pages/us')).toMatchObject({ text: half, base: expect.stringContaining('"name"') });
  expect(site.unfinished.has('pages/about')).toBe(false);
  expect(host.unfinishedOf('d', 'pages/us')).toBe(half);
});

test('a menu that does not fit says why it gets no other name, and a name is looked at as for a new menu', async () => {
  const pages = new PageActs(app, site);
  const rename = (name: string) => pages.renameMenu('menus/main-menu', name);
  await expect(rename('M'.repeat(201))).rejects.toMatchObject({ message: expect.stringContaining('200 characters') });
  await expect(rename('Two\nlines')).rejects.toMatchObject({ message: expect.stringContaining('one line') });
  await expect(pages.addMenu('M'.repeat(201))).rejects.toMatchObject({
    message: expect.stringContaining('200 characters'),
  });
  host.changeOutside('d', 'menus/main-menu', '{"name": "Main", "items": 1}');
  await expect(rename('Other')).rejects.toMatchObject({ message: expect.stringContaining('only be changed as text') });
  expect(host.onDisk('d', 'menus/main-menu')).toBe('{"name": "Main", "items": 1}');
});

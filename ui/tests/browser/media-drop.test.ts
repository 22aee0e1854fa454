/** Files that are dropped on the window. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { drag, dropped, openMedia, tile } from './media-support';
import { at, createFromUrl, gone, open, see } from './support';

/** Counts the imports from now on. */
const watched = (page: Page) =>
  page.evaluate(() => {
    const { library } = window.backlotFake;
    const begin = library.importMedia.bind(library);
    Object.assign(window, { begun: 0 });
    library.importMedia = (...given) => {
      (window as unknown as { begun: number }).begun += 1;
      return begin(...given);
    };
  });
const begun = (page: Page) => page.evaluate(() => (window as unknown as { begun: number }).begun);

test('files over an open library are met with where they would go, and taken', async () => {
  const page = await openMedia('pace=fast');
  await drag(page, { kind: 'over', x: 400, y: 300, count: 3 });
  await see(at(page, 'media-drop'), 'Drop to add to Nordlicht Bäckerei');
  await see(at(page, 'media-drop'), '3 files');
  await drag(page, { kind: 'leave' });
  await gone(at(page, 'media-drop'));
  await drag(page, { kind: 'over', x: 400, y: 300, count: 1 });
  await drag(page, dropped('dropped.jpg'));
  await gone(at(page, 'media-drop'));
  await see(at(page, 'media-summary'), '1 file added.');
});

test('files that are dropped elsewhere on a demo’s page go to its library, which is shown', async () => {
  const page = await open('demos=3&pace=fast');
  await watched(page);
  for (const tab of ['overview', 'content']) {
    await at(page, `tab-${tab}`).click();
    await drag(page, { kind: 'over', x: 500, y: 300, count: 2 });
    await see(at(page, 'media-drop'), 'Drop to add to the media of Nordlicht Bäckerei');
    await drag(page, dropped(`${tab}-a.jpg`, `${tab}-b.jpg`));
    await gone(at(page, 'media-drop'));
    await tile(page, `${tab}-b.jpg`).waitFor();
    expect(await at(page, 'tab-media').getAttribute('aria-selected')).toBe('true');
  }
  // Once, not by the library as well.
  await drag(page, dropped('again.jpg'));
  await tile(page, 'again.jpg').waitFor();
  expect(await begun(page)).toBe(3);
});

test('where files can be dropped is said when no demo is open that takes them', async () => {
  const page = await open('demos=3&pace=manual');
  await at(page, 'trash-open').click();
  await drag(page, { kind: 'over', x: 500, y: 300, count: 1 });
  await see(at(page, 'media-drop'), 'open one first');
  await drag(page, dropped('a.jpg'));
  await gone(at(page, 'media-drop'));
  await see(at(page, 'toast'), 'Nothing was added. Drop the files again on a demo that is open.');
  await createFromUrl(page, 'https://git.example.com/agency/lighthouse.git', 'Lighthouse', 'lighthouse');
  await drag(page, dropped('a.jpg'));
  await see(at(page, 'toast'), 'Nothing was added. Drop the files again once “Lighthouse” is ready.');
});

test('files that are dropped on the form of a new demo are added to it', async () => {
  const page = await open('demos=1&pace=fast');
  await at(page, 'new-demo').click();
  await drag(page, { kind: 'over', x: 500, y: 300, count: 2 });
  await see(at(page, 'media-drop'), 'Drop to add to the new demo');
  await drag(page, dropped('logo.svg', 'shop.jpg'));
  await gone(at(page, 'media-drop'));
  await see(at(page, 'asset').first(), 'logo.svg');
  await see(at(page, 'asset').last(), 'shop.jpg');
});

test('what a dialog asks is answered before files are taken', async () => {
  const page = await open('demos=1&pace=fast');
  await watched(page);
  await page.keyboard.press('Control+k');
  await at(page, 'palette-input').waitFor();
  await drag(page, { kind: 'over', x: 500, y: 300, count: 1 });
  await drag(page, dropped('a.jpg'));
  await page.keyboard.press('Escape');
  await gone(at(page, 'palette-input'));
  expect(await begun(page)).toBe(0);
});

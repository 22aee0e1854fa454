/** axe finds nothing serious in the Media tab, in either light. */
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { clean } from './axe';
import { drag, dropped, intoList, openMedia, stepImports, tile } from './media-support';
import { at, see } from './support';

const screens: Record<string, () => Promise<Page>> = {
  'tiles, with the keyboard among them': async () => {
    const page = await openMedia();
    await intoList(page);
    await page.keyboard.press('ArrowRight');
    await see(at(page, 'media-uses'), 'Home');
    return page;
  },
  'a list, several chosen': async () => {
    const page = await openMedia();
    await at(page, 'media-look-list').click();
    await tile(page, 'hero.jpg').click();
    await tile(page, 'oven.gif').click({ modifiers: ['Shift'] });
    await at(page, 'media-many').waitFor();
    return page;
  },
  'filters, nothing found': async () => {
    const page = await openMedia();
    await at(page, 'media-kind').selectOption('video');
    await at(page, 'media-search').fill('zebra');
    await page.getByText('No file matches.').waitFor();
    return page;
  },
  'an empty library': () => openMedia('items=0'),
  'a library that cannot be read': async () => {
    const page = await openMedia('media=fail');
    await at(page, 'media-failed').waitFor();
    return page;
  },
  'names without end': async () => {
    const page = await openMedia('long=1');
    await intoList(page);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('F2');
    await at(page, 'media-rename-input').waitFor();
    return page;
  },
  'words that could not be saved': async () => {
    const page = await openMedia();
    await tile(page, 'hero.jpg').click();
    const failure = { code: 'DiskFull' as const, message: 'The disk is full.' };
    await page.evaluate((one) => window.backlotFake.library.refuseNext('setMedia', one), failure);
    await at(page, 'media-alt').fill('Words');
    await at(page, 'media-alt').blur();
    await at(page, 'media-save-failed').waitFor();
    return page;
  },
  'an import under way and one that ended': async () => {
    const page = await openMedia('pace=manual');
    await drag(page, dropped('a.jpg', 'hero.jpg', 'huge.png'));
    await stepImports(page, 3);
    await at(page, 'media-summary-more').click();
    await drag(page, dropped('b.jpg', 'c.jpg'));
    await at(page, 'media-import').waitFor();
    return page;
  },
  'files over the window': async () => {
    const page = await openMedia();
    await drag(page, { kind: 'over', x: 500, y: 300, count: 2 });
    await at(page, 'media-drop').waitFor();
    return page;
  },
  'the question about files in use': async () => {
    const page = await openMedia();
    await intoList(page);
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await see(at(page, 'media-places'), 'Our bakery');
    return page;
  },
  'the check': async () => {
    const page = await openMedia();
    await at(page, 'media-check').click();
    await at(page, 'finding-orphan').waitFor();
    return page;
  },
};

test.each(Object.entries(screens))('%s', async (_, visit) => clean(await visit()));

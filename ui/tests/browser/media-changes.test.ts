import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  count,
  drag,
  dropped,
  intoList,
  list,
  openMedia,
  options,
  picks,
  seeChosen,
  stepImports,
  tile,
} from './media-support';
import { at, focused, gone, see } from './support';

test('one file that nothing uses is deleted at once and comes back with Undo', async () => {
  const page = await openMedia();
  await tile(page, 'oven.gif').click();
  await page.keyboard.press('Delete');
  await gone(tile(page, 'oven.gif'));
  await see(at(page, 'toast'), 'Deleted oven.gif.');
  await focused(list(page));
  await seeChosen(page, 'baking-at-dawn.mp4');
  await page.keyboard.press('Control+z');
  await tile(page, 'oven.gif').waitFor();
  await seeChosen(page, 'oven.gif');
  await focused(list(page));
  expect(await page.locator('[data-testid^="demo-row-"]').count()).toBe(2);
});

test('a file in use is kept until it is meant', async () => {
  const page = await openMedia();
  await tile(page, 'shop-front.jpg').click();
  await at(page, 'media-delete').click();
  await see(at(page, 'media-places'), 'Our bakery');
  await focused(at(page, 'media-keep'));
  await page.keyboard.press('Delete');
  expect(await page.locator('[data-testid^="demo-row-"]').count()).toBe(2);
  await page.keyboard.press('Escape');
  await gone(at(page, 'media-delete-question'));
  await focused(at(page, 'media-delete'));
  await tile(page, 'shop-front.jpg').waitFor();
  await at(page, 'media-delete').click();
  await at(page, 'media-delete-confirm').click();
  await gone(tile(page, 'shop-front.jpg'));
  await focused(list(page));
  await at(page, 'undo-button').click();
  await tile(page, 'shop-front.jpg').waitFor();
});

test('several are asked for first; those in use can be left out', async () => {
  const page = await openMedia();
  await intoList(page);
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await see(at(page, 'media-delete-question'), 'Delete 13 files?');
  await see(at(page, 'media-delete-question'), '6 of them are in use.');
  await at(page, 'media-delete-unused').click();
  await see(at(page, 'media-tally'), '6 files');
  await page.keyboard.press('Control+z');
  await see(at(page, 'media-tally'), '7 of 13 files chosen');
});

test('Delete with nothing chosen deletes no demo', async () => {
  const page = await openMedia();
  await at(page, 'media-check').focus();
  await page.keyboard.press('Delete');
  await at(page, 'media-look-list').focus();
  await page.keyboard.press('Delete');
  expect(await at(page, 'toast').count()).toBe(0);
  expect(await page.locator('[data-testid^="demo-row-"]').count()).toBe(2);
});

test('files are added with progress that is true, and told at the end, with what was refused and why', async () => {
  const page = await openMedia('pace=manual');
  await picks(page, '/a/morning.jpg', '/a/hero.jpg', '/a/huge.png', '/a/setup.exe', '/a/evil.svg');
  await at(page, 'media-add').click();
  await see(at(page, 'media-import'), 'Adding 1 of 5');
  await see(at(page, 'media-import'), 'morning.jpg');
  await see(at(page, 'announcer'), 'Adding 5 files.');
  await stepImports(page);
  await see(at(page, 'media-import'), 'Adding 2 of 5');
  await tile(page, 'morning.jpg').waitFor();
  expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('20');
  await stepImports(page, 4);
  await see(at(page, 'media-summary'), '2 files added, 1 was there already, 2 refused.');
  await see(at(page, 'announcer'), '2 files added, 1 was there already, 2 refused.');
  await at(page, 'media-summary-more').click();
  await see(at(page, 'media-summary'), 'huge.png The picture has 412 megapixels');
  await see(at(page, 'media-summary'), 'morning.jpg Removed EXIF data.');
  await see(at(page, 'media-summary'), 'evil.svg Removed scripts.');
  await see(at(page, 'media-summary'), 'setup.exe A site has no use for this kind of file.');
  await at(page, 'media-summary-show').click();
  await seeChosen(page, 'evil.svg', 'morning.jpg');
  await at(page, 'media-summary-close').click();
  await gone(at(page, 'media-summary'));
  await focused(list(page));
});

test('an import can be cancelled; what was added stays', async () => {
  const page = await openMedia('pace=manual');
  await drag(page, dropped('a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'));
  await see(at(page, 'media-import'), 'Adding 1 of 4');
  await stepImports(page, 2);
  await at(page, 'media-import-cancel').press('Enter');
  await see(at(page, 'media-summary'), 'Cancelled after 2 of 4 files: 2 files added.');
  await see(at(page, 'media-tally'), '15 files');
  await focused(list(page));
});

test('an import goes on while one is elsewhere, and its end is told when one is back', async () => {
  const page = await openMedia('pace=manual');
  await drag(page, dropped('a.jpg', 'b.jpg'));
  await at(page, 'media-import').waitFor();
  await at(page, 'tab-overview').click();
  await gone(at(page, 'media'));
  await stepImports(page, 2);
  await see(at(page, 'toast'), 'Nordlicht Bäckerei: 2 files added.');
  await at(page, 'toast').getByRole('button', { name: 'Show' }).click();
  await see(at(page, 'media-summary'), '2 files added.');
  await tile(page, 'b.jpg').waitFor();
});

test('while a dialog asks, nothing is dropped behind it', async () => {
  const page = await openMedia('pace=fast');
  await tile(page, 'shop-front.jpg').click();
  await at(page, 'media-delete').click();
  await at(page, 'media-delete-question').waitFor();
  await drag(page, dropped('behind.jpg'));
  await page.keyboard.press('Escape');
  await see(at(page, 'media-tally'), '13 files');
  expect(await at(page, 'media-import').count()).toBe(0);
});

test('an empty library invites, and its first file is there', async () => {
  const page = await openMedia('items=0&pace=fast');
  await see(at(page, 'media-empty'), 'No media yet');
  await picks(page, '/a/first.jpg');
  await at(page, 'media-empty').getByRole('button').click();
  await tile(page, 'first.jpg').waitFor();
  await see(at(page, 'media-summary'), '1 file added.');
});

test('a dialog that is closed without a choice adds nothing', async () => {
  const page = await openMedia();
  await picks(page);
  await at(page, 'media-add').click();
  await at(page, 'media-add').click();
  expect(await at(page, 'media-import').count()).toBe(0);
});

test('the check finds what is wrong, repairs what is chosen, and Undo takes it back', async () => {
  const page = await openMedia();
  await at(page, 'media-check').click();
  await see(at(page, 'doctor-tally'), '7 findings');
  await see(at(page, 'finding-missing_file'), 'Takes it out of the library.');
  expect(await at(page, 'finding-missing_alt').first().getByRole('checkbox').count()).toBe(0);
  await see(at(page, 'doctor-repair'), 'Repair selected (4)');
  await at(page, 'finding-duplicate').getByRole('checkbox').uncheck();
  await at(page, 'doctor-repair').click();
  await see(at(page, 'toast'), 'Repaired 3 findings.');
  await gone(at(page, 'finding-orphan'));
  await at(page, 'finding-duplicate').waitFor();
  await page.keyboard.press('Control+z');
  await at(page, 'finding-orphan').waitFor();
  await see(at(page, 'doctor-tally'), '7 findings');
  await at(page, 'finding-missing_alt').first().getByRole('button').click();
  await seeChosen(page, 'butter-croissants.webp');
  await focused(list(page));
});

test('going back from the check gives focus to where one came from', async () => {
  const page = await openMedia();
  await at(page, 'media-check').click();
  await at(page, 'finding-orphan').waitFor();
  await at(page, 'doctor-back').click();
  await focused(at(page, 'media-check'));
});

/** The most tiles that are there, or are made, in any step of scrolling: what a step costs follows from them. */
async function busiestStep(page: Page, look: 'grid' | 'list'): Promise<number> {
  await at(page, `media-look-${look}`).click();
  await list(page).waitFor();
  return page.evaluate(async () => {
    const list = document.querySelector('[data-testid="media-list"]')!;
    let made = 0;
    const tiles = (node: Node) =>
      node instanceof Element
        ? Number(node.matches('[role="option"]')) + node.querySelectorAll('[role="option"]').length
        : 0;
    const watch = new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) made += tiles(node);
    });
    watch.observe(list, { childList: true, subtree: true });
    list.scrollTop = 0;
    let most = 0;
    for (const by of [240, 2_400, 24_000, -2_400, -240].flatMap((by) => [by, by, by, by, by, by])) {
      made = 0;
      list.scrollTop += by;
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      most = Math.max(most, made, list.querySelectorAll('[role="option"]').length);
    }
    watch.disconnect();
    return most;
  });
}

test('five thousand files are a few tiles, however far one scrolls', async () => {
  const page = await openMedia('items=5000');
  await see(at(page, 'media-tally'), '5,000 files');
  expect(await options(page).count()).toBeLessThan(60);
  for (const look of ['list', 'grid'] as const) {
    const most = await busiestStep(page, look);
    expect(most, look).toBeGreaterThan(5);
    expect(most, look).toBeLessThan(60);
  }
  expect(await options(page).count()).toBeLessThan(60);
  await intoList(page);
  await page.keyboard.press('End');
  await expect.poll(() => options(page).last().getAttribute('aria-posinset')).toBe('5000');
  await count(list(page).locator('[aria-selected="true"]'), 1);
});

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  chosen,
  count,
  drop,
  heard,
  holdDemo,
  intoList,
  list,
  listed,
  many,
  nothing,
  openMedia,
  options,
  picks,
  seeChosen,
  tile,
} from './media-support';
import { at, focused, gone, see, session } from './support';

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

test('files are added, and told at the end, with what was refused and why', async () => {
  const page = await openMedia();
  await picks(page, 'morning.jpg', 'hero.jpg', 'huge.png', 'setup.exe', 'evil.svg');
  await at(page, 'media-add').click();
  await tile(page, 'morning.jpg').waitFor();
  await see(at(page, 'media-summary'), '2 files added, 1 was there already, 2 refused.');
  await see(at(page, 'announcer'), '2 files added, 1 was there already, 2 refused.');
  await at(page, 'media-summary-more').click();
  await see(at(page, 'media-summary'), 'huge.png The picture says that it has 20600 × 20000 pixels');
  await see(at(page, 'media-summary'), 'morning.jpg Removed EXIF data.');
  await see(at(page, 'media-summary'), 'evil.svg Removed scripts.');
  await see(at(page, 'media-summary'), 'setup.exe It is a program.');
  await at(page, 'media-summary-show').click();
  await expect.poll(async () => (await chosen(page)).sort(), { timeout: 20_000 }).toEqual(['evil.svg', 'morning.jpg']);
  await at(page, 'media-summary-close').click();
  await gone(at(page, 'media-summary'));
  await focused(list(page));
});

test('progress is true, and an import can be cancelled; what was added stays', async () => {
  const page = await openMedia();
  await drop(page, 'a.jpg', 'b.jpg', ...Array.from({ length: 8 }, (_, at) => `slow-${at}.png`));
  await see(at(page, 'media-import'), /Adding [3-9] of 10/);
  await see(at(page, 'media-import'), /slow-\d\.png/);
  await tile(page, 'b.jpg').waitFor();
  // Read at once, since it goes on.
  const [text, value] = await at(page, 'media-import').evaluate((one) => [
    one.textContent,
    one.querySelector('[role="progressbar"]')!.getAttribute('aria-valuenow'),
  ]);
  expect(text).toContain(`Adding ${Number(value) / 10 + 1} of 10`);
  await at(page, 'media-import-cancel').press('Enter');
  await see(at(page, 'media-summary'), /Cancelled after (\d) of 10 files: \1 files added\./);
  const stayed = await listed(page);
  expect(stayed.map(({ filename }) => filename)).toEqual(expect.arrayContaining(['a.jpg', 'b.jpg']));
  await see(at(page, 'media-summary'), `${stayed.length - 13} files added.`);
  await see(at(page, 'media-tally'), `${stayed.length} files`);
});

test('an import goes on while one is elsewhere, and its end is told when one is back', async () => {
  const page = await openMedia();
  const release = await holdDemo(session(page));
  await drop(page, 'a.jpg', 'b.jpg');
  await at(page, 'media-import').waitFor();
  await at(page, 'tab-overview').click();
  await gone(at(page, 'media'));
  await release();
  await see(at(page, 'toast'), 'Nordlicht Bäckerei: 2 files added.');
  await at(page, 'toast').getByRole('button', { name: 'Show' }).click();
  await see(at(page, 'media-summary'), '2 files added.');
  await tile(page, 'b.jpg').waitFor();
});

test('while a dialog asks, nothing is dropped behind it', async () => {
  const page = await openMedia();
  await tile(page, 'shop-front.jpg').click();
  await at(page, 'media-delete').click();
  await at(page, 'media-delete-question').waitFor();
  await drop(page, 'behind.jpg');
  await heard(page);
  await page.keyboard.press('Escape');
  await see(at(page, 'media-tally'), '13 files');
  expect(await at(page, 'media-import').count()).toBe(0);
  expect(await session(page).calls('import_media')).toBe(0);
});

test('an empty library invites, and its first file is there', async () => {
  const page = await openMedia({ fill: nothing });
  await see(at(page, 'media-empty'), 'No media yet');
  await picks(page, 'first.jpg');
  await at(page, 'media-empty').getByRole('button').click();
  await tile(page, 'first.jpg').waitFor();
  await see(at(page, 'media-summary'), '1 file added.');
});

test('a dialog that is closed without a choice adds nothing', async () => {
  const page = await openMedia();
  await at(page, 'media-add').click();
  await at(page, 'media-add').click();
  await expect.poll(() => session(page).calls('pick_files'), { timeout: 20_000 }).toBe(2);
  expect(await at(page, 'media-import').count()).toBe(0);
  expect(await session(page).calls('import_media')).toBe(0);
});

test('the check finds what is wrong, repairs what is chosen, and Undo takes it back', async () => {
  const page = await openMedia();
  await at(page, 'media-check').click();
  await see(at(page, 'doctor-tally'), '7 findings');
  await see(at(page, 'finding-missing_file'), 'Takes the item off the list.');
  expect(await at(page, 'finding-missing_alt').first().getByRole('checkbox').count()).toBe(0);
  await see(at(page, 'doctor-repair'), 'Repair selected (3)');
  await at(page, 'finding-stale_usage').getByRole('checkbox').uncheck();
  await at(page, 'doctor-repair').click();
  await see(at(page, 'toast'), 'Repaired 2 findings.');
  await gone(at(page, 'finding-orphan'));
  await at(page, 'finding-stale_usage').waitFor();
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
  const page = await openMedia({ fill: many(5_000) });
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

test('the beginning of an import is announced with the number of files, and each is named without its folders', async () => {
  const page = await openMedia();
  await picks(page, 'slow-0.png', 'slow-1.png');
  await at(page, 'media-add').click();
  await see(at(page, 'announcer'), 'Adding 2 files.');
  await see(at(page, 'media-import'), /Adding \d of 2/);
  await see(at(page, 'media-import').locator('.current'), /^slow-\d\.png$/);
  await at(page, 'media-import-cancel').click();
});

test('focus goes to the list when an import is cancelled', async () => {
  const page = await openMedia();
  await picks(page, 'slow-0.png', 'slow-1.png', 'slow-2.png', 'slow-3.png');
  await at(page, 'media-add').click();
  await session(page).hold('cancel_import');
  await at(page, 'media-import-cancel').press('Enter');
  await focused(at(page, 'media-import-cancel'));
  await session(page).release('cancel_import');
  await see(at(page, 'media-summary'), 'Cancelled');
  await focused(list(page));
});

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { clean } from './axe';
import { holdDemo, openWithMedia, picks } from './media-support';
import { at, focused, gone, see, session } from './support';

/** The picker, opened from the picture field of the first widget of the home page. */
async function openPicker(): Promise<Page> {
  const page = await openWithMedia();
  await at(page, 'tab-content').click();
  await at(page, 'row-hero').click();
  await see(picked(page), 'hero.jpg');
  await at(page, 'choose-image').click();
  await at(page, 'media-picker').waitFor();
  return page;
}
const picked = (page: Page) => at(page, 'field-image').locator('.name');
const choices = (page: Page) => at(page, 'media-choices');
const choice = (page: Page, name: string) => choices(page).getByTitle(name, { exact: true });

test('the picker offers pictures only, and begins at what is there now', async () => {
  const page = await openPicker();
  await focused(at(page, 'media-picker-search'));
  await see(at(page, 'media-picker'), '9 images');
  expect(await choice(page, 'menu-spring.pdf').count()).toBe(0);
  expect(await choice(page, 'hero.jpg').getAttribute('aria-selected')).toBe('true');
  await clean(page);
});

test('with the keyboard alone: search, down, arrows, Enter; focus returns to the opener', async () => {
  const page = await openPicker();
  await page.keyboard.type('butter');
  await see(at(page, 'media-picker'), '2 images');
  await page.keyboard.press('ArrowDown');
  await focused(choices(page));
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await gone(at(page, 'media-picker'));
  await see(picked(page), 'butter-croissants-copy.webp');
  await focused(at(page, 'choose-image'));
});

test('Escape first clears the search, then closes without a choice', async () => {
  const page = await openPicker();
  await page.keyboard.type('zebra');
  await page.getByText('Nothing matches.').waitFor();
  await page.keyboard.press('Escape');
  await see(at(page, 'media-picker'), '9 images');
  await page.keyboard.press('Escape');
  await gone(at(page, 'media-picker'));
  await focused(at(page, 'choose-image'));
  expect(await picked(page).textContent()).toBe('hero.jpg');
});

test('a click and Use it, or a double click, picks', async () => {
  const page = await openPicker();
  await choice(page, 'shop-front.jpg').click();
  await at(page, 'media-picker-use').click();
  await see(picked(page), 'shop-front.jpg');
  await at(page, 'choose-image').click();
  await choice(page, 'logo.svg').dblclick();
  await see(picked(page), 'logo.svg');
});

test('a new file is added from inside and picked; one that is there already is as good', async () => {
  const page = await openPicker();
  await picks(page, 'brand new.jpg');
  const release = await holdDemo(session(page));
  await at(page, 'media-picker-add').click();
  await see(at(page, 'media-picker'), 'Adding');
  await at(page, 'media-picker-stop').waitFor();
  await release();
  await gone(at(page, 'media-picker'));
  await see(picked(page), 'brand-new.jpg');
  await at(page, 'choose-image').click();
  await picks(page, 'hero.jpg');
  await at(page, 'media-picker-add').click();
  await gone(at(page, 'media-picker'));
  await see(picked(page), 'hero.jpg');
});

test('what is refused or of another kind says so, and the dialog stays', async () => {
  const page = await openPicker();
  await picks(page, 'huge.png');
  await at(page, 'media-picker-add').click();
  await see(at(page, 'media-picker-refused'), 'at most 100 megapixels');
  await picks(page, 'song.mp3');
  await at(page, 'media-picker-add').click();
  await see(at(page, 'media-picker-refused'), 'song.mp3 was added, but it is not an image.');
  await at(page, 'media-picker').waitFor();
});

test('an import from inside can be stopped', async () => {
  const page = await openPicker();
  await picks(page, 'slow.png');
  await at(page, 'media-picker-add').press('Enter');
  await see(at(page, 'media-picker'), /Adding .*slow\.png/);
  await at(page, 'media-picker-stop').press('Enter');
  await at(page, 'media-picker-add').waitFor();
  await focused(at(page, 'media-picker-search'));
  await see(at(page, 'media-picker'), '9 images');
});

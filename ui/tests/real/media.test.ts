import { expect, test } from 'vitest';
import type { MediaItem } from '../../src/lib/backend/types';
import {
  chosen,
  count,
  demoId,
  filesOf,
  intoList,
  list,
  openMedia,
  openWithMedia,
  options,
  picks,
  seeChosen,
  slug,
  tile,
} from './media-support';
import { at, focused, gone, holds, see, session } from './support';

test('a library shows its pictures and what else it has, newest first', async () => {
  const page = await openMedia();
  await see(at(page, 'media-tally'), '13 files');
  expect(await options(page).first().getAttribute('title')).toBe('hero.jpg');
  await tile(page, 'hero.jpg').locator('img.shown').waitFor();
  await see(tile(page, 'baking-at-dawn.mp4'), 'MP4');
  const { files } = JSON.parse((await session(page).read(slug, 'uploads/media.json'))!) as { files: MediaItem[] };
  const megabytes = files.reduce((all, { size }) => all + size, 0) / 1_000_000;
  await see(at(page, 'media-details'), `${megabytes.toFixed(1)} MB in all`);
});

test('search and filters narrow together, and Clear takes them back', async () => {
  const page = await openMedia();
  await at(page, 'media-search').fill('TOMAS apron');
  await see(at(page, 'media-tally'), '1 of 13');
  await tile(page, 'baker-tomas.webp').waitFor();
  await at(page, 'media-search').fill('');
  await at(page, 'media-kind').selectOption('image');
  await at(page, 'media-lack').selectOption('alt');
  await see(at(page, 'media-tally'), '3 of 13');
  await at(page, 'media-lack').selectOption('unused');
  await at(page, 'media-order').selectOption('name');
  await see(at(page, 'media-tally'), '3 of 13');
  expect(await options(page).first().getAttribute('title')).toBe('butter-croissants-copy.webp');
  await at(page, 'media-search').fill('nothing like this');
  await page.getByText('No file matches.').waitFor();
  await page.getByRole('button', { name: 'Clear search and filters' }).click();
  await see(at(page, 'media-tally'), '13 files');
});

test('the look and the order are kept for the next time', async () => {
  const page = await openMedia();
  await at(page, 'media-look-list').click();
  await at(page, 'media-order').selectOption('size');
  await page.reload();
  await at(page, 'tab-media').click();
  await list(page).waitFor();
  expect(await at(page, 'media-look-list').getAttribute('aria-pressed')).toBe('true');
  expect(await options(page).first().getAttribute('title')).toBe('baking-at-dawn.mp4');
});

test('a click chooses one, Ctrl adds, Shift reaches, and the little ring adds too', async () => {
  const page = await openMedia();
  await tile(page, 'country-loaf.webp').click();
  await tile(page, 'shop-front.jpg').click({ modifiers: ['Shift'] });
  await seeChosen(page, 'country-loaf.webp', 'butter-croissants.webp', 'baker-tomas.webp', 'shop-front.jpg');
  await see(at(page, 'media-tally'), '4 of 13 files chosen');
  await tile(page, 'baker-tomas.webp').click({ modifiers: ['Control'] });
  await seeChosen(page, 'country-loaf.webp', 'butter-croissants.webp', 'shop-front.jpg');
  await see(at(page, 'media-many'), '3 files chosen');
  await tile(page, 'hero.jpg').hover();
  await tile(page, 'hero.jpg').locator('[data-toggle]').click();
  expect(await chosen(page)).toHaveLength(4);
  await tile(page, 'logo.svg').click();
  await seeChosen(page, 'logo.svg');
  await see(at(page, 'media-name'), 'logo.svg');
});

test('the grid goes by keys: arrows, Shift, Ctrl, Space, letters, Ctrl+A and Escape', async () => {
  const page = await openMedia();
  await at(page, 'media-search').press('ArrowDown');
  await focused(list(page));
  const press = (...keys: string[]) =>
    keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
  const columns = Number(
    await list(page)
      .locator('.row')
      .first()
      .evaluate((row) => row.children.length),
  );
  expect(columns).toBeGreaterThan(1);
  await press('ArrowRight');
  await seeChosen(page, 'hero.jpg');
  await press('ArrowRight', 'Shift+ArrowRight');
  await seeChosen(page, 'country-loaf.webp', 'butter-croissants.webp');
  await press('Home', 'ArrowDown');
  expect(await list(page).getAttribute('aria-activedescendant')).toBe(
    await options(page).nth(columns).getAttribute('id'),
  );
  await press('Home', 'Control+ArrowRight', 'Control+ArrowRight', ' ');
  await seeChosen(page, 'hero.jpg', 'butter-croissants.webp');
  await press('Control+a');
  await see(at(page, 'media-tally'), '13 of 13 files chosen');
  await press('Escape');
  await seeChosen(page);
  await press('s', 'h');
  await seeChosen(page, 'shop-front.jpg');
  await press('End');
  await seeChosen(page, 'butter-croissants-copy.webp');
});

test('coming back finds the search and the choice as they were, and goes on from there', async () => {
  const page = await openMedia();
  await at(page, 'media-search').fill('butter');
  await tile(page, 'butter-croissants-copy.webp').click();
  await at(page, 'tab-overview').click();
  await gone(at(page, 'media'));
  await at(page, 'tab-media').click();
  await holds(at(page, 'media-search'), 'butter');
  await seeChosen(page, 'butter-croissants-copy.webp');
  await list(page).press('Delete');
  await see(at(page, 'media-tally'), '1 of 12');
  await at(page, 'media-clear').click();
  await focused(at(page, 'media-search'));
  await see(at(page, 'media-tally'), '12 files');
  await tile(page, 'hero.jpg').click();
  await see(at(page, 'media-name'), 'hero.jpg');
});

test('Enter goes to the details, and Escape back', async () => {
  const page = await openMedia();
  await intoList(page);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await focused(at(page, 'media-alt'));
  await page.keyboard.press('Escape');
  await focused(list(page));
});

test('Ctrl+F searches media, and from there the demos', async () => {
  const page = await openMedia();
  await intoList(page);
  await page.keyboard.press('Control+f');
  await focused(at(page, 'media-search'));
  await page.keyboard.press('Control+f');
  await focused(at(page, 'search-input'));
});

test('alt text, title and caption are saved when the field is left, and can be found', async () => {
  const page = await openMedia();
  await tile(page, 'pattern.webp').click();
  await at(page, 'media-alt').fill('Chevrons in two greens');
  await at(page, 'media-title').fill('Pattern');
  await at(page, 'media-caption').fill('By Ida');
  await at(page, 'media-title').focus();
  await see(at(page, 'media-saved'), 'Saved');
  await tile(page, 'hero.jpg').click();
  await tile(page, 'pattern.webp').click();
  await holds(at(page, 'media-alt'), 'Chevrons in two greens');
  await holds(at(page, 'media-title'), 'Pattern');
  await at(page, 'media-search').fill('chevrons');
  await see(at(page, 'media-tally'), '1 of 13');
});

test('what is typed is saved after a moment, also when another item is chosen at once', async () => {
  const page = await openMedia();
  await tile(page, 'pattern.webp').click();
  await at(page, 'media-alt').fill('Typed and left');
  await see(at(page, 'media-saved'), 'Saved');
  await at(page, 'media-alt').fill('Typed and clicked away');
  await tile(page, 'hero.jpg').click();
  await tile(page, 'pattern.webp').click();
  await holds(at(page, 'media-alt'), 'Typed and clicked away');
});

test('a save that fails says so, keeps the words, and Retry saves them', async () => {
  const page = await openMedia();
  await tile(page, 'pattern.webp').click();
  const failure = { code: 'DiskFull' as const, message: 'The disk is full. Make room and retry.' };
  await session(page).refuse('set_media_metadata', failure);
  await at(page, 'media-alt').fill('Not lost');
  await at(page, 'media-alt').blur();
  await see(at(page, 'media-save-failed'), 'The disk is full.');
  await holds(at(page, 'media-alt'), 'Not lost');
  await at(page, 'media-save-failed').getByRole('button', { name: 'Retry' }).click();
  await see(at(page, 'media-saved'), 'Saved');
  await gone(at(page, 'media-save-failed'));
});

test('somebody else’s change appears', async () => {
  const page = await openMedia();
  await tile(page, 'pattern.webp').click();
  await session(page).cli('media', 'set', slug, 'media-pattern', '--alt', 'From outside');
  await holds(at(page, 'media-alt'), 'From outside');
  await gone(tile(page, 'pattern.webp').getByText('No alt'));
});

test('the focal point is set by a click and by keys, and taken away', async () => {
  const page = await openMedia();
  await tile(page, 'hero.jpg').click();
  await page.locator('[data-testid="media-preview"].loaded').waitFor();
  const box = (await at(page, 'focal-point').boundingBox())!;
  await at(page, 'focal-point').click({ position: { x: box.width * 0.25, y: box.height * 0.5 } });
  await see(at(page, 'media-details'), 'Focal point 25 %, 50 %');
  await at(page, 'focal-point').press('ArrowRight');
  await at(page, 'focal-point').press('Shift+ArrowDown');
  await see(at(page, 'media-details'), 'Focal point 27 %, 60 %');
  await see(at(page, 'media-saved'), 'Saved');
  expect(
    await tile(page, 'hero.jpg')
      .locator('img')
      .evaluate((one) => getComputedStyle(one).objectPosition),
  ).toBe('27% 60%');
  await at(page, 'focal-reset').click();
  await gone(at(page, 'focal-reset'));
  await see(at(page, 'media-saved'), 'Saved');
});

test('a file is renamed in place; a taken or empty name is refused, Escape keeps the old one', async () => {
  const page = await openMedia();
  await tile(page, 'shop-front.jpg').click();
  await page.keyboard.press('F2');
  await focused(at(page, 'media-rename-input'));
  await see(at(page, 'media-details'), '3 places that use it will follow.');
  await page.keyboard.type('hero');
  await page.keyboard.press('Enter');
  await page.getByText('There is a file hero.jpg already.').waitFor();
  await at(page, 'media-rename-input').fill(' ');
  await page.keyboard.press('Enter');
  await page.getByText('A name needs a letter or a digit.').waitFor();
  await at(page, 'media-rename-input').fill('front');
  await page.keyboard.press('Enter');
  await see(at(page, 'media-name'), 'front.jpg');
  await see(at(page, 'media-path'), '/uploads/images/front.jpg');
  await tile(page, 'front.jpg').waitFor();
  await focused(list(page));
  await at(page, 'media-rename').click();
  await at(page, 'media-rename-input').fill('Nonsense');
  await page.keyboard.press('Escape');
  await see(at(page, 'media-name'), 'front.jpg');
  await focused(at(page, 'media-rename'));
});

test('the places that use a file are told, and one leads there', async () => {
  const page = await openMedia();
  await tile(page, 'country-loaf.webp').click();
  await see(at(page, 'media-uses'), 'HomeToday · Country loaf · Image');
  await count(at(page, 'media-uses').locator('li'), 3);
  await tile(page, 'oven.gif').click();
  await see(at(page, 'media-uses'), 'No place uses it.');
  await tile(page, 'hero.jpg').click();
  await at(page, 'media-uses').getByRole('button').click();
  await at(page, 'content').waitFor();
  await see(at(page, 'field-image'), 'hero.jpg');
});

test('another file is put in its place; one that a site cannot have is refused', async () => {
  const page = await openMedia();
  await tile(page, 'oven.gif').click();
  await picks(page, 'setup.exe');
  await at(page, 'media-replace').click();
  await see(at(page, 'toast'), 'It is a program.');
  await see(at(page, 'media-name'), 'oven.gif');
  await picks(page, 'new oven.png');
  await at(page, 'media-replace').click();
  await see(at(page, 'toast').last(), 'Replaced oven.gif.');
  await see(at(page, 'media-details'), 'new oven.png');
  await see(at(page, 'media-name'), 'oven.png');
  await at(page, 'undo-button').click();
  await at(page, 'media-details').filter({ hasNotText: 'new oven.png' }).waitFor();
  await see(at(page, 'media-details'), 'oven.gif');
});

test('an import that was begun before the window was loaded is shown, and can be stopped', async () => {
  const page = await openWithMedia({
    prepare: async (session) => {
      const files = await filesOf(session, ...Array.from({ length: 8 }, (_, at) => `slow-${at}.png`));
      await session.call('import_media', { demo: demoId, files });
    },
  });
  await at(page, 'tab-media').click();
  await see(at(page, 'media-import'), /Adding \d of 8/);
  await at(page, 'media-import-cancel').click();
  await gone(at(page, 'media-import'));
  await see(at(page, 'media-summary'), /Cancelled after \d of 8 files/);
});

test('a sound plays when it can, and says so when it cannot', async () => {
  const page = await openMedia();
  await tile(page, 'doorbell.mp3').click();
  await page.waitForFunction(() => (document.querySelector('audio')?.readyState ?? 0) >= 1);
  await tile(page, 'baking-at-dawn.mp4').click();
  await page.getByText('Cannot be played here').waitFor();
});

test('a library that cannot be read says so, and Retry opens it once it can', async () => {
  let whole: string | undefined;
  const page = await openMedia({
    prepare: async (session) => {
      whole = await session.read(slug, 'uploads/media.json');
      await session.write(slug, 'uploads/media.json', whole!.slice(0, -9));
    },
  });
  await see(at(page, 'media-failed'), 'media.json');
  await session(page).write(slug, 'uploads/media.json', whole!);
  await at(page, 'media-retry').click();
  await tile(page, 'hero.jpg').waitFor();
  await gone(at(page, 'media-failed'));
});

test('a slow library shows where tiles will stand, then the tiles; the next visit shows them at once', async () => {
  const page = await openMedia({ prepare: (session) => session.hold('list_media') });
  await page.getByRole('status', { name: 'Loading the library' }).waitFor();
  await session(page).release('list_media');
  await tile(page, 'hero.jpg').waitFor();
  await at(page, 'tab-overview').click();
  await gone(at(page, 'media'));
  await session(page).hold('list_media');
  await at(page, 'tab-media').click();
  await at(page, 'media').waitFor();
  expect(await options(page).count()).toBeGreaterThan(5);
});

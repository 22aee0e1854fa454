/** A demo's site is built: where it goes, how it goes, what became of it. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { clean } from './axe';
import { at, focused, gone, open, see } from './support';

const outputs = <T>(page: Page, work: (fake: Window['backlotFake']['outputs']) => T) =>
  page.evaluate(`(${work.toString()})(window.backlotFake.outputs)`) as Promise<T>;
const outcome = (page: Page, state: string) =>
  page.locator(`[data-testid="build-outcome"][data-state="${state}"]`).waitFor();

async function openDialog(query = 'demos=2&pace=manual'): Promise<Page> {
  const page = await open(query);
  await page.keyboard.press('Control+b');
  await at(page, 'build-dialog').waitFor();
  return page;
}

test('a place is chosen, the site is built step by step, and shown', async () => {
  const page = await openDialog();
  expect(await at(page, 'build-start').isDisabled()).toBe(true);
  await at(page, 'build-folder').click();
  await see(at(page, 'build-target'), '/home/mira/sites/corner-shop');
  await clean(page);
  await at(page, 'build-start').click();
  await at(page, 'build-progress').waitFor();
  await outputs(page, (fake) => fake.step());
  await see(at(page, 'build-progress'), 'Rendering pages: 2 of 4');
  await outputs(page, (fake) => fake.step());
  await see(at(page, 'build-progress'), 'Writing files: 12 of 26');
  await clean(page);
  await outputs(page, (fake) => {
    fake.note('uploads/images/gone.jpg is not there; index.html refers to it.');
    fake.step();
    fake.step();
  });
  await outcome(page, 'done');
  await see(at(page, 'build-outcome'), '4 pages · 15 media files · 1.1 MB');
  await see(at(page, 'build-outcome'), 'gone.jpg is not there');
  await at(page, 'build-show').click();
  expect(await outputs(page, (fake) => fake.shown)).toEqual(['build-1']);
  await clean(page);
  // The next one goes to the same place, and the last is among the earlier ones.
  await page.keyboard.press('Escape');
  await gone(at(page, 'build-dialog'));
  await at(page, 'build-button').click();
  await see(at(page, 'build-target'), 'corner-shop');
  await see(at(page, 'build-row'), 'Built');
});

test('what is built is said before, and that a command of the site itself is not run', async () => {
  const page = await openDialog();
  await see(at(page, 'build-about'), 'All pages as static files with what they use. The result needs no Backlot');
  expect(await at(page, 'build-own-command').count()).toBe(0);
  await page.keyboard.press('Escape');
  await outputs(page, (fake) => void (fake.outline = { is_rendered: false, problems: [] }));
  await page.keyboard.press('Control+b');
  await see(at(page, 'build-about'), 'The files in the site’s folder as they are');
  await see(at(page, 'build-about'), 'The result needs no Backlot');
  expect(await at(page, 'build-problems').count()).toBe(0);
  await page.keyboard.press('Escape');
  const problems = ['theme.json: It is empty.', 'menus/main.json: It is empty.'];
  await page.evaluate((problems) => {
    window.backlotFake.outputs.outline = { is_rendered: true, problems };
  }, problems);
  await page.keyboard.press('Control+b');
  await see(at(page, 'build-problems'), 'The site can’t be built until these are fixed');
  await see(at(page, 'build-problems'), 'menus/main.json: It is empty.');
  await page.keyboard.press('Escape');
  const own_command = { command: 'pnpm run build', line: 'vite build' };
  await page.evaluate((own_command) => {
    window.backlotFake.outputs.outline = { is_rendered: false, own_command, problems: [] };
  }, own_command);
  await page.keyboard.press('Control+b');
  await see(at(page, 'build-own-command'), 'pnpm run build (vite build). Backlot does not run it');
  await see(at(page, 'build-about'), 'links among its pages are made relative');
  expect(await at(page, 'build-about').textContent()).not.toContain('needs no Backlot');
  await clean(page);
  // Its contents are counted as files, since nobody knows which of them are media.
  await at(page, 'build-folder').click();
  await at(page, 'build-start').click();
  await outputs(page, (fake) => [1, 2, 3, 4].forEach(() => fake.step()));
  await outcome(page, 'done');
  await see(at(page, 'build-outcome'), '4 pages · 26 files · 1.1 MB');
});

test('sources of a generator are handed over only when somebody asks for them as they are', async () => {
  const page = await openDialog();
  await page.keyboard.press('Escape');
  const sources = { generator: 'Hugo', found_by: 'hugo.toml', command: 'hugo', output: 'public' };
  await page.evaluate((sources) => {
    window.backlotFake.outputs.outline = {
      is_rendered: false,
      sources,
      missing_submodules: ['themes/one'],
      problems: [],
    };
  }, sources);
  await page.keyboard.press('Control+b');
  await see(at(page, 'build-unfinished'), 'The files are sources for Hugo (hugo.toml)');
  await see(at(page, 'build-unfinished'), 'themes/one');
  expect(await at(page, 'build-about').textContent()).not.toContain('needs no Backlot');
  await clean(page);
  await at(page, 'build-folder').click();
  await at(page, 'build-start').click();
  await see(at(page, 'build-dialog'), 'The files are not a finished site. Nothing was built.');
  await at(page, 'build-as-files').check();
  await at(page, 'build-start').click();
  await outputs(page, (fake) => [1, 2, 3, 4].forEach(() => fake.step()));
  await outcome(page, 'done');
});

test('a zip file gets its ending, and a build is stopped', async () => {
  const page = await openDialog();
  await page.evaluate(() => void (window.backlotFake.picks.file = '/home/mira/site'));
  await at(page, 'build-zip').click();
  await see(at(page, 'build-target'), '/home/mira/site.zip');
  await at(page, 'build-start').click();
  await at(page, 'build-stop').click();
  await outcome(page, 'cancelled');
  await see(at(page, 'build-outcome'), 'Nothing was put in place.');
});

test('what keeps it from beginning is said at its field, and what fails is said', async () => {
  const page = await openDialog();
  await at(page, 'build-folder').click();
  await at(page, 'build-url').fill('example.com');
  await at(page, 'build-start').click();
  await see(at(page, 'build-url-error'), 'is no address of a site');
  await clean(page);
  await at(page, 'build-url').fill('https://example.com');
  await outputs(page, (fake) => void fake.taken.add('/home/mira/sites/corner-shop'));
  await at(page, 'build-start').click();
  await see(at(page, 'build-target-error'), 'letter.txt in it is of no build');
  await at(page, 'build-folder').click();
  await see(at(page, 'build-target'), '/home/mira/sites/corner-shop/site');
  await outputs(page, (fake) =>
    fake.failNext({ code: 'DiskFull', message: 'The disk is full. Free some space, then retry.' }),
  );
  await at(page, 'build-start').click();
  await at(page, 'build-progress').waitFor();
  await outputs(page, (fake) => {
    fake.step();
    fake.step();
  });
  await outcome(page, 'failed');
  await see(at(page, 'build-message'), 'The disk is full.');
  await clean(page);
});

test('a build goes on when the dialog is closed, and says when it is done', async () => {
  const page = await openDialog();
  await at(page, 'build-folder').click();
  await page.keyboard.press('Tab');
  await at(page, 'build-url').focus();
  await page.keyboard.press('Enter');
  await at(page, 'build-progress').waitFor();
  await at(page, 'build-close').click();
  await gone(at(page, 'build-dialog'));
  await outputs(page, (fake) => [1, 2, 3, 4].forEach(() => fake.step()));
  await see(page.locator('.toasts'), 'is built.');
  await at(page, 'build-toast-show').click();
  expect(await outputs(page, (fake) => fake.shown)).toEqual(['build-1']);
});

test('the preview is opened in the browser by a button and by a key, which starts it', async () => {
  const page = await open('demos=2&pace=fast');
  await page.keyboard.press('Control+Shift+O');
  await page.waitForFunction(() => window.backlotFake.servers.opened.length === 1);
  await at(page, 'preview-browser').click();
  await page.waitForFunction(() => window.backlotFake.servers.opened.length === 2);
  expect(await page.evaluate(() => window.backlotFake.servers.opened[0])).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  await page.evaluate(() =>
    window.backlotFake.servers.refuseNext('openPreview', { code: 'Io', message: 'No browser would open it.' }),
  );
  await at(page, 'preview-browser').click();
  await see(page.locator('body'), 'No browser would open it.');
  await focused(at(page, 'preview-browser'));
});

/** A demo's site is built: where it goes, how it goes, what became of it. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { clean } from './axe';
import { git } from './git';
import type { Scenario, Session } from './host';
import { at, focused, gone, heard, open, see, session } from './support';

/** The first demo, a bakery. */
const slug = 'nordlicht-backerei';

const outcome = (page: Page, state: string) =>
  page.locator(`[data-testid="build-outcome"][data-state="${state}"]`).waitFor();

async function openDialog(prepare?: (session: Session) => Promise<unknown>, scenario: Scenario = { demos: 2 }) {
  const page = await open(scenario, prepare);
  await page.keyboard.press('Control+b');
  await at(page, 'build-dialog').waitFor();
  return page;
}

/** Has the next dialog answer with a folder of that name, which is there and empty. */
async function pickFolder({ outside, pick }: Session, name: string): Promise<string> {
  const folder = join(outside, name);
  await mkdir(folder, { recursive: true });
  await pick(folder);
  return folder;
}

/** Gives the demo so many pages more that a build of it takes its time. */
async function lengthen(session: Session): Promise<void> {
  const about = JSON.parse((await session.read(slug, 'pages/about.json'))!) as object;
  for (let number = 1; number <= 60; number += 1) {
    const own = { name: `More ${number}`, slug: `more-${number}`, id: `more-${number}`, uuid: crypto.randomUUID() };
    await session.write(slug, `pages/more-${number}.json`, JSON.stringify({ ...about, ...own }));
  }
}

/** Takes everything out of the demo's site but what git keeps of it. */
async function empty(session: Session): Promise<void> {
  for (const name of await readdir(session.site(slug)))
    if (name !== '.git') await rm(join(session.site(slug), name), { recursive: true });
}

test('a place is chosen, the site is built step by step, and shown', async () => {
  const page = await openDialog(async (session) => {
    await lengthen(session);
    await session.remove(slug, 'uploads/images/wood-oven.jpg');
  });
  expect(await at(page, 'build-start').isDisabled()).toBe(true);
  const target = await pickFolder(session(page), 'corner-shop');
  await at(page, 'build-folder').click();
  await see(at(page, 'build-target'), target);
  await clean(page);
  const said = await heard(page, 'build-progress');
  await at(page, 'build-start').click();
  await see(at(page, 'build-progress'), /Rendering pages: \d+ of 64/);
  // As it is then it stays for as long as nothing more is heard of it.
  await session(page).holdEvents();
  await clean(page);
  await session(page).releaseEvents();
  await outcome(page, 'done');
  expect((await said()).join('\n')).toMatch(/Rendering pages: \d+ of 64\n[^]*Writing files: [\d,]+ of [\d,]+\n/);
  const built = await readdir(target, { recursive: true });
  const pages = built.filter((name) => name.endsWith('.html') && name !== '404.html').length;
  expect(pages).toBe(64);
  await see(at(page, 'build-outcome'), /64 pages · \d+ media files · [\d.]+ MB/);
  await see(at(page, 'build-outcome'), 'wood-oven.jpg is not there');
  await at(page, 'build-show').click();
  await expect.poll(session(page).opened).toEqual([{ folder: target }]);
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
  const here = session(page);
  await see(at(page, 'build-about'), 'All pages as static files with what they use. The result needs no Backlot');
  expect(await at(page, 'build-own-command').count()).toBe(0);
  await page.keyboard.press('Escape');
  await here.write(slug, 'theme.json', '');
  await here.write(slug, 'menus/main-menu.json', '');
  await page.keyboard.press('Control+b');
  await see(at(page, 'build-problems'), 'The site can’t be built until these are fixed');
  await see(at(page, 'build-problems'), 'menus/main-menu.json: It is empty.');
  await page.keyboard.press('Escape');
  await empty(here);
  for (const name of ['index', 'about', 'menu', 'contact'])
    await here.write(
      slug,
      `${name}.html`,
      `<!doctype html><title>${name}</title><link rel="stylesheet" href="/base.css">`,
    );
  await here.write(slug, 'base.css', 'body { color: black }');
  await page.keyboard.press('Control+b');
  await see(at(page, 'build-about'), 'The files in the site’s folder as they are');
  await see(at(page, 'build-about'), 'The result needs no Backlot');
  expect(await at(page, 'build-problems').count()).toBe(0);
  await page.keyboard.press('Escape');
  await here.write(slug, 'package.json', JSON.stringify({ scripts: { build: 'vite build' } }));
  await here.write(slug, 'pnpm-lock.yaml', '');
  await page.keyboard.press('Control+b');
  await see(at(page, 'build-own-command'), 'pnpm run build (vite build). Backlot does not run it');
  await see(at(page, 'build-about'), 'links among its pages are made relative');
  expect(await at(page, 'build-about').textContent()).not.toContain('needs no Backlot');
  await clean(page);
  // Its contents are counted as files, since nobody knows which of them are media.
  const target = await pickFolder(here, 'files');
  await at(page, 'build-folder').click();
  await at(page, 'build-start').click();
  await outcome(page, 'done');
  await see(at(page, 'build-outcome'), '4 pages · 7 files · ');
  expect(await readdir(target)).toContain('base.css');
});

test('sources of a generator are handed over only when somebody asks for them as they are', async () => {
  const page = await openDialog(async (session) => {
    await empty(session);
    await session.write(slug, 'hugo.toml', 'title = "Bakery"\n');
    await session.write(
      slug,
      '.gitmodules',
      '[submodule "one"]\n\tpath = themes/one\n\turl = https://example.com/one.git\n',
    );
    const link = `160000,${'1'.repeat(40)},themes/one`;
    await git(session.site(slug), 'update-index', '--add', '--cacheinfo', link);
  });
  await see(at(page, 'build-unfinished'), 'The files are sources for Hugo (hugo.toml)');
  await see(at(page, 'build-unfinished'), 'themes/one');
  expect(await at(page, 'build-about').textContent()).not.toContain('needs no Backlot');
  await clean(page);
  const target = await pickFolder(session(page), 'corner-shop');
  await at(page, 'build-folder').click();
  await at(page, 'build-start').click();
  await see(at(page, 'build-dialog'), 'not a finished site: its own command builds it. Nothing was built.');
  expect(await readdir(target)).toEqual([]);
  await at(page, 'build-as-files').check();
  await at(page, 'build-start').click();
  await outcome(page, 'done');
  expect(await readdir(target)).toContain('hugo.toml');
});

test('a zip file gets its ending, and a build is stopped', async () => {
  const page = await openDialog(lengthen);
  const { outside, pick } = session(page);
  await pick(join(outside, 'site'));
  await at(page, 'build-zip').click();
  await see(at(page, 'build-target'), join(outside, 'site.zip'));
  const before = await readdir(outside);
  await at(page, 'build-start').click();
  await at(page, 'build-stop').click();
  await outcome(page, 'cancelled');
  await see(at(page, 'build-outcome'), 'Nothing was put in place.');
  expect(await readdir(outside)).toEqual(before);
});

test('what keeps it from beginning is said at its field, and what fails is said', async () => {
  const page = await openDialog();
  const target = await pickFolder(session(page), 'corner-shop');
  await at(page, 'build-folder').click();
  await see(at(page, 'build-target'), target);
  await at(page, 'build-url').fill('example.com');
  await at(page, 'build-start').click();
  await see(at(page, 'build-url-error'), 'is no address of a site');
  await clean(page);
  await at(page, 'build-url').fill('https://example.com');
  await writeFile(join(target, 'letter.txt'), 'Dear Mira');
  await at(page, 'build-start').click();
  await see(at(page, 'build-target-error'), 'letter.txt in it is of no build');
  await pickFolder(session(page), 'corner-shop');
  await at(page, 'build-folder').click();
  await see(at(page, 'build-target'), join(target, slug));
  // It is only found out while the pages are made.
  await session(page).write(slug, 'widgets/hero/widget.liquid', '{% if settings.title %}');
  await session(page).holdEvents();
  await at(page, 'build-start').click();
  await at(page, 'build-progress').waitFor();
  await session(page).releaseEvents();
  await outcome(page, 'failed');
  await see(at(page, 'build-message'), 'widgets/hero/widget.liquid');
  expect(await readdir(target)).toEqual(['letter.txt']);
  await clean(page);
});

test('a build goes on when the dialog is closed, and says when it is done', async () => {
  const page = await openDialog(lengthen);
  const target = await pickFolder(session(page), 'corner-shop');
  await at(page, 'build-folder').click();
  await see(at(page, 'build-target'), target);
  await page.keyboard.press('Tab');
  await at(page, 'build-url').focus();
  await page.keyboard.press('Enter');
  await at(page, 'build-progress').waitFor();
  await at(page, 'build-close').click();
  await gone(at(page, 'build-dialog'));
  await see(page.locator('.toasts'), 'is built.');
  await at(page, 'build-toast-show').click();
  await expect.poll(session(page).opened).toEqual([{ folder: target }]);
});

test('the preview is opened in the browser by a button and by a key, which starts it', async () => {
  const page = await open({ demos: 2 });
  const { opened, refuse } = session(page);
  await page.keyboard.press('Control+Shift+O');
  await expect.poll(async () => (await opened()).length).toBe(1);
  await at(page, 'preview-browser').click();
  await expect.poll(async () => (await opened()).length).toBe(2);
  // Who lists processes sees the URL, so it leads to the page only once.
  const shown = await page.context().newPage();
  await shown.goto((await opened())[0]!.url!);
  await see(shown.locator('h1'), 'Slow bread for quick mornings.');
  await shown.close();
  await refuse('open_preview', { code: 'Io', message: 'No browser would open it.' });
  await at(page, 'preview-browser').click();
  await see(page.locator('body'), 'No browser would open it.');
  await focused(at(page, 'preview-browser'));
});

/** What a clone does not have is said on the demo's page, and submodules are fetched from there. */
import { expect, test } from 'vitest';
import type { DemoWarning } from '../../src/lib/backend';
import { clean } from './axe';
import { at, gone, open, see } from './support';

const warnings: DemoWarning[] = [
  {
    code: 'lfs_pointers',
    message: '2 files are in Git LFS and were not downloaded. Run “git lfs pull” in the site’s folder',
    names: ['img/a.jpg', 'img/b.jpg'],
  },
  {
    code: 'submodules',
    message: 'The submodule themes/one (from https://example.com/one.git) was not fetched, so its folder is empty.',
    names: ['themes/one'],
    submodules: [
      { name: 'one', path: 'themes/one', url: 'https://example.com/one.git', commit: 'dbafcf8', is_fetched: false },
    ],
  },
  { code: 'generator', message: 'The files are sources for Hugo (hugo.toml), not finished pages.' },
];

async function openWith(all: DemoWarning[]) {
  const page = await open('demos=3');
  await page.evaluate((all) => void window.backlotFake.warnings.set('ledgerline', all), all);
  await at(page, 'demo-row-ledgerline').click();
  return page;
}

test('what a person should know about a demo is on its page', async () => {
  const page = await openWith(warnings);
  await see(at(page, 'warning-lfs_pointers'), 'git lfs pull');
  await see(at(page, 'warning-generator'), 'sources for Hugo');
  await clean(page);
  // It is asked for again, so what was repaired is gone.
  await page.evaluate(() => window.backlotFake.warnings.clear());
  await at(page, 'check-again').click();
  await gone(at(page, 'demo-warnings'));
});

test('submodules are fetched after their URLs were shown', async () => {
  const page = await openWith(warnings);
  await page.evaluate(() => void (window.backlotFake.unreachable = 'example.com'));
  await at(page, 'fetch-submodules').click();
  await see(at(page, 'fetch-dialog'), 'https://example.com/one.git');
  await clean(page);
  await at(page, 'fetch-start').click();
  await see(at(page, 'fetch-failure'), 'example.com could not be reached');
  await page.evaluate(() => void (window.backlotFake.unreachable = null));
  await at(page, 'fetch-start').click();
  await gone(at(page, 'fetch-dialog'));
  await gone(at(page, 'warning-submodules'));
  await at(page, 'warning-lfs_pointers').waitFor();
});

test('a fetch of submodules ends when it is cancelled', async () => {
  const page = await openWith(warnings);
  await page.evaluate(() => void (window.backlotFake.fetchHangs = true));
  await at(page, 'fetch-submodules').click();
  await at(page, 'fetch-start').click();
  await see(at(page, 'fetch-close'), 'Cancel');
  await at(page, 'fetch-close').click();
  await gone(at(page, 'fetch-dialog'));
  await at(page, 'warning-submodules').waitFor();
});

test('a demo without warnings has no notice', async () => {
  const page = await openWith([]);
  await see(at(page, 'demo-name'), 'Ledgerline');
  expect(await at(page, 'demo-warnings').count()).toBe(0);
});

test('a folder that is a link is named, and nothing is offered that needs its files', async () => {
  const page = await open('demos=1');
  await page.evaluate(() => window.backlotFake.linkedElsewhere('shop'));
  await at(page, 'demo-row-shop').click();
  await see(at(page, 'demo-detail'), 'The demo cannot be opened');
  await see(at(page, 'failure-message'), 'demos/shop is a link to /elsewhere');
  for (const button of ['retry-button', 'edit-button', 'dismiss-button'])
    expect(await at(page, button).count()).toBe(0);
  await clean(page);
});

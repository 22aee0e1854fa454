import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { MediaListing } from '../../src/lib/backend/types';
import { GitServer, git, manyFiles, repository } from './git';
import type { Session } from './host';
import { at, createFromStarter, createFromUrl, focused, gone, heard, holds, open, see, session } from './support';

const servers: GitServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

/** A repository of somebody else's, served over https. */
async function serve({ outside }: Session, bytes?: number, files?: Parameters<typeof repository>[1]) {
  const server = await GitServer.start(await repository(join(outside, 'theme'), files), bytes);
  servers.push(server);
  return server;
}

test('an empty workspace opens on the create flow, and a starter becomes a demo', async () => {
  const page = await open();
  await see(page.locator('h1'), 'Make your first demo');
  await createFromStarter(page, 'bakery', 'Ünderhill Bäckerei', 'underhill-backerei');
  await see(at(page, 'badge-underhill-backerei'), 'Ready');
  await see(at(page, 'demo-name'), 'Ünderhill Bäckerei');
  await see(at(page, 'demo-folder'), join(session(page).workspace, 'demos', 'underhill-backerei'));
  await see(at(page, 'announcer'), 'Ünderhill Bäckerei is ready.');
  await page.locator('.stage img').waitFor();
  expect(await page.locator('.stage img').count()).toBe(1);
});

test('a folder chosen in the dialog becomes a demo, named after the folder', async () => {
  const page = await open();
  const folder = await repository(join(session(page).outside, 'corner-shop'));
  await git(folder, 'branch', 'redesign');
  await session(page).pick(folder);
  await at(page, 'from-folder').click();
  await holds(at(page, 'name-input'), 'Corner shop');
  await holds(at(page, 'slug-input'), 'corner-shop');
  await at(page, 'branch-input').fill('redesign');
  await at(page, 'create-button').click();
  await see(at(page, 'badge-corner-shop'), 'Ready');
  await see(at(page, 'demo-detail'), 'redesign');
});

test('a dialog that is closed without a choice changes nothing', async () => {
  const page = await open();
  // Whoever changes their mind gives the dialog no folder.
  await at(page, 'from-folder').click();
  await expect.poll(() => session(page).calls('pick_folder')).toBe(1);
  expect(await at(page, 'from-folder').getAttribute('aria-pressed')).toBe('false');
});

test('a URL that cannot be reached fails with its reason, and Retry succeeds once it can', async () => {
  const page = await open();
  const theme = await repository(join(session(page).outside, 'theme'));
  const before = await GitServer.start(theme);
  const { port, url } = before;
  await before.stop();
  await createFromUrl(page, url, 'Far Away', 'far-away');
  await see(at(page, 'badge-far-away'), 'Failed');
  await see(at(page, 'failure-message'), `${url} could not be reached`);
  await see(at(page, 'failure-message'), 'Check the address and the connection, then retry.');
  servers.push(await GitServer.start(theme, Infinity, port));
  await at(page, 'retry-button').click();
  await see(at(page, 'badge-far-away'), 'Ready');
  await at(page, 'new-demo').click();
  await at(page, 'template-card-theme').waitFor();
});

test('a creation that failed can be changed and asked for again', async () => {
  const page = await open();
  const near = await serve(session(page));
  const far = near.url.replace('theme', 'nothing');
  const drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>';
  await session(page).pick(
    await session(page).file('logo.svg', drawing),
    await session(page).file('sign.svg', drawing.replace('4', '3')),
  );
  await at(page, 'brief-toggle').click();
  await at(page, 'brief-business').fill('Far Away Ltd');
  await at(page, 'asset-add').click();
  await createFromUrl(page, far, 'Far Away', 'far-away');
  await see(at(page, 'badge-far-away'), 'Failed');
  await at(page, 'edit-button').click();
  await holds(at(page, 'url-input'), far);
  await holds(at(page, 'brief-business'), 'Far Away Ltd');
  expect(await at(page, 'asset').count()).toBe(2);
  await at(page, 'url-input').fill(near.url);
  await at(page, 'create-button').click();
  await see(at(page, 'badge-far-away'), 'Ready');
  expect(await page.locator('[data-testid^="demo-row-"]').count()).toBe(1);
});

test('a failure can be dismissed, and what is left is the create flow', async () => {
  const page = await open();
  const nowhere = join(session(page).outside, 'missing', 'theme');
  await createFromUrl(page, nowhere, 'Nowhere', 'nowhere');
  await see(at(page, 'failure-message'), `There is nothing at ${nowhere}.`);
  await at(page, 'dismiss-button').click();
  await gone(at(page, 'demo-row-nowhere'));
  await see(page.locator('h1'), 'Make your first demo');
  await focused(page.locator('[data-testid="template-card-bakery"] input'));
});

test('progress tells phases and counts as they are, and Cancel ends it', async () => {
  const page = await open();
  const server = await serve(session(page), 0, manyFiles(300));
  await createFromUrl(page, server.url, 'Ledger', 'ledger');
  await see(at(page, 'progress'), 'Fetching');
  const bar = page.getByRole('progressbar');
  expect(await bar.getAttribute('aria-valuenow')).toBeNull();
  // The objects are a commit, two trees, and every file.
  const count = async () => Number(/(\d+) of 303/.exec(await at(page, 'progress').innerText())?.[1]);
  const more = () => {
    server.allow(20_000);
    return count();
  };
  await expect.poll(more).toBeGreaterThan(20);
  const received = await count();
  expect(received).toBeLessThan(303);
  expect(await bar.getAttribute('aria-valuenow')).toBe(String(Math.floor((received / 303) * 100)));
  await see(at(page, 'badge-ledger'), 'Cloning');
  const before = await page.locator('.stage').boundingBox();
  await at(page, 'cancel-button').press('Enter');
  await see(at(page, 'badge-ledger'), 'Cancelled');
  await focused(at(page, 'demo-name'));
  await see(at(page, 'failure-message'), 'What was begun has been removed.');
  expect(await page.locator('.stage').boundingBox()).toEqual(before);
  await at(page, 'retry-button').click();
  await at(page, 'progress').waitFor();
  expect(await page.locator('.stage').boundingBox()).toEqual(before);
  const said = await heard(page, 'progress');
  server.allow();
  await see(at(page, 'badge-ledger'), 'Ready');
  expect((await said()).join('\n')).toMatch(/Writing files\n\d+ %\n[^]*Files\n\d+ of 300/);
  expect(await page.locator('.stage').boundingBox()).toEqual(before);
});

test('of two creates of one slug the second is refused at its field, and one click mends it', async () => {
  const page = await open();
  const server = await serve(session(page), 0);
  await createFromUrl(page, server.url, 'Rye', 'rye');
  await at(page, 'new-demo').click();
  await at(page, 'template-card-portfolio').click();
  await at(page, 'name-input').fill('Another Rye');
  await holds(at(page, 'slug-input'), 'another-rye');
  await at(page, 'slug-input').fill('rye');
  await see(at(page, 'slug-error'), 'A demo “rye” is being created.');
  await at(page, 'create-button').click();
  await focused(at(page, 'slug-input'));
  await at(page, 'slug-suggestion').click();
  await holds(at(page, 'slug-input'), 'rye-2');
  await gone(at(page, 'slug-error'));
  await at(page, 'create-button').click();
  server.allow();
  await see(at(page, 'badge-rye-2'), 'Ready');
  await see(at(page, 'badge-rye'), 'Ready');
});

test('a creation is shown as soon as it is recorded, also when its event is late', async () => {
  const page = await open({ demos: 2 });
  await session(page).holdEvents();
  await at(page, 'new-demo').click();
  await createFromStarter(page, 'saas', 'Early Bird', 'early-bird');
  await see(at(page, 'demo-name'), 'Early Bird');
  await session(page).releaseEvents();
  await see(at(page, 'badge-early-bird'), 'Ready');
  expect(await page.locator('[data-testid^="demo-row-"]').count()).toBe(3);
});

test('a refusal of the host keeps the form and stands at the button', async () => {
  const page = await open();
  await at(page, 'template-card-bakery').click();
  await at(page, 'name-input').fill('Rye');
  await holds(at(page, 'slug-input'), 'rye');
  await session(page).cli('demo', 'create', 'rye', '--template', 'bakery', '--name', 'Rye');
  await at(page, 'demo-row-rye').waitFor();
  await at(page, 'create-button').click();
  await see(at(page, 'create-error'), 'There is a demo “rye” already, and it was left untouched.');
  await holds(at(page, 'name-input'), 'Rye');
  await at(page, 'slug-suggestion').click();
  await at(page, 'create-button').click();
  await at(page, 'demo-row-rye-2').waitFor();
});

test('the form is still there after going away and coming back', async () => {
  const page = await open({ demos: 3 });
  await at(page, 'new-demo').click();
  await at(page, 'from-url').click();
  await at(page, 'url-input').fill('https://example.com/lantern.git');
  await holds(at(page, 'slug-input'), 'lantern');
  await at(page, 'demo-row-ledgerline').click();
  await see(at(page, 'demo-name'), 'Ledgerline');
  await at(page, 'new-demo').click();
  await holds(at(page, 'url-input'), 'https://example.com/lantern.git');
  await holds(at(page, 'name-input'), 'Lantern');
});

test('what is wrong is told at its field, after a try', async () => {
  const page = await open();
  await at(page, 'create-button').click();
  await page.getByText('Choose what to start from.').waitFor();
  await page.getByText('Give the demo a name.').waitFor();
  await at(page, 'from-url').click();
  await at(page, 'url-input').fill('http://example.com/x.git');
  await page.getByText('Only https, ssh and file addresses work.').waitFor();
  await at(page, 'brief-toggle').click();
  await at(page, 'brief-email').fill('nobody');
  await at(page, 'brief-accent_color').fill('#12');
  await page.getByText('This is not an email address.').waitFor();
  await page.getByText('Use six hex digits').waitFor();
  expect(await at(page, 'demo-list').textContent()).toContain('Demos you create stand here.');
});

test('the brief and the files go with the request', async () => {
  const page = await open();
  await at(page, 'brief-toggle').click();
  await at(page, 'brief-business').fill('Rye & Co');
  await at(page, 'brief-primary_color').fill('7A3');
  await session(page).pick(await session(page).file('one.txt', '1'), await session(page).file('two.txt', '2'));
  await at(page, 'asset-add').click();
  await at(page, 'asset').first().getByRole('button').click();
  expect(await at(page, 'asset').count()).toBe(1);
  await focused(at(page, 'asset-add'));
  await createFromStarter(page, 'bakery', 'Rye', 'rye');
  await see(at(page, 'demo-detail'), '#77aa33');
  await see(at(page, 'demo-detail'), 'Rye & Co');
  await see(at(page, 'badge-rye'), 'Ready');
  const { files } = await session(page).call<MediaListing>('list_media', { demo: 'rye' });
  expect(files.map(({ path }) => path.split('/').pop()).filter((name) => name!.endsWith('.txt'))).toEqual(['two.txt']);
});

test('from nothing to a demo with the keyboard alone', async () => {
  const page = await open();
  await page.keyboard.press('Control+n');
  await focused(page.locator('[data-testid="template-card-bakery"] input'));
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  for (const testid of ['from-folder', 'from-url', 'name-input']) {
    await page.keyboard.press('Tab');
    await focused(at(page, testid));
  }
  await page.keyboard.type('Keys Only');
  await holds(at(page, 'slug-input'), 'keys-only');
  await page.keyboard.press('Control+Enter');
  await see(at(page, 'badge-keys-only'), 'Ready');
  await focused(at(page, 'demo-name'));
  await see(at(page, 'demo-detail'), 'Portfolio');
});

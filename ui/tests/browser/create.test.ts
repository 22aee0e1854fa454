import { expect, test } from 'vitest';
import { at, createFromStarter, createFromUrl, finish, focused, gone, holds, open, see, step } from './support';

test('an empty workspace opens on the create flow, and a starter becomes a demo', async () => {
  const page = await open('pace=fast');
  await see(page.locator('h1'), 'Make your first demo');
  await createFromStarter(page, 'bakery', 'Ünderhill Bäckerei', 'underhill-backerei');
  await see(at(page, 'badge-underhill-backerei'), 'Ready');
  await see(at(page, 'demo-name'), 'Ünderhill Bäckerei');
  await see(at(page, 'demo-folder'), '/home/mira/Backlot/demos/underhill-backerei');
  await see(at(page, 'announcer'), 'Ünderhill Bäckerei is ready.');
  expect(await page.locator('.stage img').count()).toBe(1);
});

test('a folder chosen in the dialog becomes a demo, named after the folder', async () => {
  const page = await open('pace=fast');
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
  await page.evaluate(() => (window.backlotFake.picks.folder = null));
  await at(page, 'from-folder').click();
  expect(await at(page, 'from-folder').getAttribute('aria-pressed')).toBe('false');
});

test('a URL that cannot be reached fails with its reason, and Retry succeeds once it can', async () => {
  const page = await open('pace=fast');
  await createFromUrl(page, 'https://fail.example.com/theme.git', 'Far Away', 'far-away');
  await see(at(page, 'badge-far-away'), 'Failed');
  await see(at(page, 'failure-message'), 'fail.example.com could not be reached. Nothing was created.');
  await page.evaluate(() => window.backlotFake.heal());
  await at(page, 'retry-button').click();
  await see(at(page, 'badge-far-away'), 'Ready');
  await at(page, 'new-demo').click();
  await at(page, 'template-card-theme').waitFor();
});

test('a creation that failed can be changed and asked for again', async () => {
  const page = await open('pace=fast');
  await at(page, 'brief-toggle').click();
  await at(page, 'brief-business').fill('Far Away Ltd');
  await at(page, 'asset-add').click();
  await createFromUrl(page, 'https://fail.example.com/theme.git', 'Far Away', 'far-away');
  await see(at(page, 'badge-far-away'), 'Failed');
  await at(page, 'edit-button').click();
  await holds(at(page, 'url-input'), 'https://fail.example.com/theme.git');
  await holds(at(page, 'brief-business'), 'Far Away Ltd');
  expect(await at(page, 'asset').count()).toBe(2);
  await at(page, 'url-input').fill('https://near.example.com/theme.git');
  await at(page, 'create-button').click();
  await see(at(page, 'badge-far-away'), 'Ready');
  expect(await page.locator('[data-testid^="demo-row-"]').count()).toBe(1);
});

test('a failure can be dismissed, and what is left is the create flow', async () => {
  const page = await open('pace=fast');
  await createFromUrl(page, '/srv/missing/theme', 'Nowhere', 'nowhere');
  await see(at(page, 'failure-message'), 'There is nothing at /srv/missing/theme.');
  await at(page, 'dismiss-button').click();
  await gone(at(page, 'demo-row-nowhere'));
  await see(page.locator('h1'), 'Make your first demo');
  await focused(page.locator('[data-testid="template-card-bakery"] input'));
});

test('progress tells phases and counts as they are, and Cancel ends it', async () => {
  const page = await open('pace=manual');
  await createFromStarter(page, 'saas', 'Ledger', 'ledger');
  await step(page, 2);
  await see(at(page, 'progress'), 'Fetching');
  const bar = page.getByRole('progressbar');
  expect(await bar.getAttribute('aria-valuenow')).toBeNull();
  await step(page, 4);
  await see(at(page, 'progress'), '1,592 of 3,184');
  expect(await bar.getAttribute('aria-valuenow')).toBe('50');
  await see(at(page, 'badge-ledger'), 'Cloning');
  await step(page, 8);
  await see(at(page, 'progress'), /\d+ of 412/);
  const before = await page.locator('.stage').boundingBox();
  await at(page, 'cancel-button').press('Enter');
  await see(at(page, 'badge-ledger'), 'Cancelled');
  await focused(at(page, 'demo-name'));
  await see(at(page, 'failure-message'), 'Nothing of it is left behind.');
  expect(await page.locator('.stage').boundingBox()).toEqual(before);
  await at(page, 'retry-button').click();
  await at(page, 'progress').waitFor();
  expect(await page.locator('.stage').boundingBox()).toEqual(before);
  await finish(page);
  await see(at(page, 'badge-ledger'), 'Ready');
  expect(await page.locator('.stage').boundingBox()).toEqual(before);
});

test('of two creates of one slug the second is refused at its field, and one click mends it', async () => {
  const page = await open('pace=manual');
  await createFromStarter(page, 'bakery', 'Rye', 'rye');
  await at(page, 'new-demo').click();
  await at(page, 'template-card-portfolio').click();
  await at(page, 'name-input').fill('Another Rye');
  await holds(at(page, 'slug-input'), 'another-rye');
  await at(page, 'slug-input').fill('rye');
  await see(at(page, 'slug-error'), 'A demo named “rye” is being created right now.');
  await at(page, 'create-button').click();
  await focused(at(page, 'slug-input'));
  await at(page, 'slug-suggestion').click();
  await holds(at(page, 'slug-input'), 'rye-2');
  await gone(at(page, 'slug-error'));
  await at(page, 'create-button').click();
  await finish(page);
  await see(at(page, 'badge-rye-2'), 'Ready');
  await see(at(page, 'badge-rye'), 'Ready');
});

test('a creation is shown as soon as it is recorded, also when its event is late', async () => {
  const page = await open('demos=2&pace=manual');
  await page.evaluate(() => window.backlotFake.holdEvents());
  await at(page, 'new-demo').click();
  await createFromStarter(page, 'saas', 'Early Bird', 'early-bird');
  await see(at(page, 'demo-name'), 'Early Bird');
  await page.evaluate(() => window.backlotFake.releaseEvents());
  await finish(page);
  await see(at(page, 'badge-early-bird'), 'Ready');
  expect(await page.locator('[data-testid^="demo-row-"]').count()).toBe(3);
});

test('a refusal of the host keeps the form and stands at the button', async () => {
  const page = await open('pace=manual');
  await at(page, 'template-card-bakery').click();
  await at(page, 'name-input').fill('Rye');
  await holds(at(page, 'slug-input'), 'rye');
  await page.evaluate(() => window.backlotFake.createdElsewhere('Rye'));
  await at(page, 'demo-row-rye').waitFor();
  await at(page, 'create-button').click();
  await see(at(page, 'create-error'), 'There is already a demo named “rye”.');
  await holds(at(page, 'name-input'), 'Rye');
  await at(page, 'slug-suggestion').click();
  await at(page, 'create-button').click();
  await at(page, 'demo-row-rye-2').waitFor();
});

test('the form is still there after going away and coming back', async () => {
  const page = await open('demos=3');
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
  const page = await open('pace=fast');
  await at(page, 'brief-toggle').click();
  await at(page, 'brief-business').fill('Rye & Co');
  await at(page, 'brief-primary_color').fill('7A3');
  await at(page, 'asset-add').click();
  await at(page, 'asset').first().getByRole('button').click();
  expect(await at(page, 'asset').count()).toBe(1);
  await focused(at(page, 'asset-add'));
  await createFromStarter(page, 'bakery', 'Rye', 'rye');
  await see(at(page, 'demo-detail'), '#77aa33');
  await see(at(page, 'demo-detail'), 'Rye & Co');
});

test('from nothing to a demo with the keyboard alone', async () => {
  const page = await open('pace=fast');
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

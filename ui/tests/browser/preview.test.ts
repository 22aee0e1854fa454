/** The live preview: started and stopped, the page beside the form, pointing both ways, and a site's own command. */
import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { clean } from './axe';
import { box, first, openContent } from './editor-support';
import { at, focused, gone, open, see } from './support';

const site = () => `site=${encodeURIComponent(inject('site'))}`;
const control = (page: Page, state: string) =>
  page.locator(`[data-testid="preview-control"][data-state="${state}"]`).waitFor();
const inside = (page: Page) => page.frameLocator('[data-testid="preview-frame"]');
const ready = (page: Page) => page.locator('[data-testid="preview-frame"][data-ready="true"]').waitFor();

/** The Content tab with the page beside the form, in a window that has room for both. */
async function openLive(query = 'pace=fast'): Promise<Page> {
  const page = await openContent(`${query}&${site()}`);
  await page.setViewportSize({ width: 1500, height: 820 });
  await at(page, 'preview-here').click();
  await ready(page);
  return page;
}

test('a preview is started and stopped by its button and by its key, and focus stays', async () => {
  const page = await open(`demos=2&${site()}`);
  await at(page, 'preview-start').click();
  await control(page, 'running');
  await see(at(page, 'preview-address'), `localhost:${new URL(inject('site')).port}`);
  await focused(at(page, 'preview-stop'));
  await page.keyboard.press('Enter');
  await control(page, 'stopped');
  await focused(at(page, 'preview-start'));
  await page.keyboard.press('Control+p');
  await control(page, 'running');
  await page.keyboard.press('Control+p');
  await control(page, 'stopped');
});

test('why it does not run is said as the host says it, and Retry tries again', async () => {
  const page = await open(`demos=2&${site()}`);
  await page.evaluate(() =>
    window.backlotFake.servers.refuseNext('startPreview', { code: 'Busy', message: 'No port is free. Stop another.' }),
  );
  await at(page, 'preview-start').click();
  await see(at(page, 'preview-message'), 'No port is free. Stop another.');
  await clean(page);
  await at(page, 'preview-retry').click();
  await control(page, 'running');
  await gone(at(page, 'preview-trouble'));
  await page.evaluate((id) => window.backlotFake.servers.crash(id, 'The server ended by itself.'), first);
  await control(page, 'failed');
  await see(at(page, 'preview-message'), 'The server ended by itself.');
});

test('the page stands between the lists and the form, and follows the document', async () => {
  const page = await openLive();
  await at(page, 'form').waitFor();
  await inside(page).getByRole('heading', { level: 1 }).waitFor();
  expect(await at(page, 'preview-frame').getAttribute('sandbox')).toBe('allow-scripts allow-forms allow-same-origin');
  await at(page, 'document-pages/about').click();
  await see(at(page, 'preview-page'), '/about');
  await ready(page);
  // The header is on every page: the one that is shown stays.
  await at(page, 'document-global/header').click();
  await inside(page).locator('[data-backlot-widget="header"][data-selected]').waitFor();
  await see(at(page, 'preview-page'), '/about');
  await clean(page);
});

test('a widget that is chosen in the tree is shown on the page, and the other way round', async () => {
  const page = await openLive();
  await at(page, 'row-today').click();
  await inside(page).locator('[data-backlot-widget="today"][data-selected]').waitFor();
  await inside(page).locator('[data-backlot-widget="hero"]').click();
  await page.locator('[data-testid="row-hero"][aria-selected="true"]').waitFor();
  await inside(page).locator('[data-backlot-widget="hero"][data-selected]').waitFor();
  // The header belongs to every page.
  await inside(page).locator('[data-backlot-widget="header"] b').click();
  await page.locator('[data-testid="document-global/header"][aria-current]').waitFor();
});

test('what is typed is on the page at once, what is undone as well, and nothing on another page', async () => {
  const page = await openLive();
  const heading = inside(page).locator('[data-backlot-widget="hero"] h1');
  await at(page, 'row-hero').click();
  const field = box(page, 'widgets/hero/settings/title');
  const title = await field.inputValue();
  await field.press('End');
  await field.pressSequentially(' & more');
  await see(heading, `${title} & more`);
  await page.keyboard.press('Control+a');
  await page.keyboard.type('Warm bread');
  await see(heading, 'Warm bread');
  await at(page, 'form').click({ position: { x: 4, y: 4 } });
  await page.keyboard.press('Control+z');
  await expect.poll(() => heading.textContent()).not.toBe('Warm bread');
  await at(page, 'document-pages/about').click();
  await ready(page);
  await expect.poll(() => inside(page).locator('h1').textContent()).not.toContain('bread');
});

test('with choosing off links are followed, and a widget of that page opens it', async () => {
  const page = await openLive();
  await at(page, 'preview-select').click();
  await inside(page).locator('body[data-selecting="false"]').waitFor();
  await inside(page).getByRole('link', { name: 'About' }).click();
  await see(at(page, 'preview-page'), '/about');
  await ready(page);
  await at(page, 'preview-select').click();
  await inside(page).locator('body[data-selecting="true"]').waitFor();
  const widget = inside(page).locator('[data-backlot-widget]').nth(1);
  const id = await widget.getAttribute('data-backlot-widget');
  await widget.click();
  await page.locator('[data-testid="document-pages/about"][aria-current]').waitFor();
  await page.locator(`[data-testid="row-${id}"][aria-selected="true"]`).waitFor();
});

test('what other windows say is not heeded', async () => {
  const page = await openLive();
  await page.evaluate(() => postMessage({ backlot: 'selected', page: '/about', widget: 'hero' }, '*'));
  await at(page, 'row-today').click();
  await inside(page).locator('[data-backlot-widget="today"][data-selected]').waitFor();
  expect(await at(page, 'document-pages/index').getAttribute('aria-current')).not.toBeNull();
});

test('devices: the page has their width, made smaller where there is less room', async () => {
  const page = await openLive();
  const width = () =>
    inside(page)
      .locator('html')
      .evaluate(() => innerWidth);
  await at(page, 'device-tablet').click();
  await expect.poll(width).toBe(768);
  await at(page, 'preview-scale').waitFor();
  await at(page, 'device-phone').click();
  await expect.poll(width).toBe(375);
  await gone(at(page, 'preview-scale'));
  await page.reload();
  await at(page, 'preview-start').waitFor();
  await page.keyboard.press('Control+2');
  await at(page, 'preview-here').click();
  await ready(page);
  await expect.poll(width).toBe(375);
});

test('the page is hidden and shown again, and its width is kept', async () => {
  const page = await openLive();
  const splitter = page.getByRole('separator', { name: 'Width of the preview' });
  const before = Number(await splitter.getAttribute('aria-valuenow'));
  await splitter.focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(async () => Number(await splitter.getAttribute('aria-valuenow'))).toBe(before - 16);
  await at(page, 'preview-hide').click();
  await gone(at(page, 'preview-pane'));
  await at(page, 'preview-here').click();
  await ready(page);
  await expect.poll(async () => Number(await splitter.getAttribute('aria-valuenow'))).toBe(before - 16);
  await page.keyboard.press('Control+Shift+p');
  await gone(at(page, 'preview-pane'));
});

test('with little room the page takes the place of the form, until the form is wanted', async () => {
  const page = await openContent(`pace=fast&${site()}`);
  await page.keyboard.press('Control+p');
  await control(page, 'running');
  await at(page, 'form').waitFor();
  await at(page, 'preview-here').click();
  await ready(page);
  await at(page, 'form').waitFor({ state: 'hidden' });
  await at(page, 'preview-hide').click();
  await at(page, 'form').waitFor();
  await at(page, 'preview-here').click();
  await at(page, 'row-today').focus();
  await page.keyboard.press('Enter');
  await at(page, 'form').waitFor();
});

test('a site’s own command is shown before it runs', async () => {
  const page = await open(`demos=2&pace=fast&${site()}`);
  await page.evaluate((id) => window.backlotFake.servers.own(id), first);
  await at(page, 'preview-start').click();
  await see(at(page, 'trust-command'), 'npm run dev');
  await see(at(page, 'trust-commit'), '9f2c4e1ab03d7765c8e1f0aa41d2c9be53f08d17');
  await see(at(page, 'trust-lockfile'), 'b1946ac92492d2347c6235b4d2611184');
  await clean(page);
  await at(page, 'trust-later').click();
  await gone(at(page, 'trust-dialog'));
  await control(page, 'stopped');
  await at(page, 'preview-start').click();
  await at(page, 'trust-yes').click();
  await control(page, 'running');
});

test('a site of https is said to be one for the browser, with the way there, and its frame is not left blank', async () => {
  const page = await openContent(`pace=fast&site=${encodeURIComponent('https://localhost:8443')}`);
  await page.setViewportSize({ width: 1500, height: 820 });
  await page.evaluate((id) => window.backlotFake.servers.own(id, { decision: 'trusted' }), first);
  await at(page, 'preview-here').click();
  await see(at(page, 'preview-browser-only'), 'https://localhost:8443');
  await gone(at(page, 'preview-frame'));
  await gone(at(page, 'preview-reload'));
  await clean(page);
  await at(page, 'preview-only-browser').click();
  await expect.poll(() => page.evaluate(() => window.backlotFake.servers.opened)).toEqual(['https://localhost:8443/']);
  // The log is there as ever, and the page can be hidden.
  await at(page, 'preview-log-toggle').click();
  await see(at(page, 'preview-log'), 'https://localhost:8443');
  await at(page, 'preview-hide').click();
  await gone(at(page, 'preview-pane'));
});

test('what the command says is appended to its log', async () => {
  const page = await openContent(`pace=fast&${site()}`);
  await page.setViewportSize({ width: 1500, height: 820 });
  await page.evaluate((id) => window.backlotFake.servers.own(id, { decision: 'trusted' }), first);
  await at(page, 'preview-here').click();
  await ready(page);
  await at(page, 'preview-log-toggle').click();
  await see(at(page, 'preview-log'), '> npm run dev');
  await page.evaluate((id) => window.backlotFake.servers.say(id, 'page reload about\n'), first);
  await see(at(page, 'preview-log'), 'page reload about');
  await clean(page);
});

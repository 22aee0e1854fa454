/** The live preview: started and stopped, the page beside the form, pointing both ways, and a site's own command. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Preview, PreviewLog, PreviewOffer } from '../../src/lib/backend/types';
import { clean } from './axe';
import { box, first, openContent, soon } from './editor-support';
import { git, identity } from './git';
import type { Session } from './host';
import { at, focused, gone, open, see, session } from './support';

/** The first demo, a bakery. */
const slug = 'nordlicht-backerei';

const control = (page: Page, state: string) =>
  page.locator(`[data-testid="preview-control"][data-state="${state}"]`).waitFor();
const inside = (page: Page) => page.frameLocator('[data-testid="preview-frame"]');
const ready = (page: Page) => page.locator('[data-testid="preview-frame"][data-ready="true"]').waitFor();
const widget = (page: Page, id: string) => inside(page).locator(`[data-widget-id="${id}"]`);

/** Waits until the outline in the page stands around that widget: of other ones it is further away. */
async function outlined(page: Page, id: string): Promise<void> {
  const edges = async (selector: string) => {
    const [one] = await inside(page).locator(selector).all();
    const { x, y, width, height } = (await one?.boundingBox()) ?? {};
    return [x, y, width, height].map((edge) => edge && Math.round(edge));
  };
  const apart = async () => {
    const [outline, part] = [await edges('[data-backlot-outline="select"]'), await edges(`[data-widget-id="${id}"]`)];
    return Math.max(...outline.map((edge, index) => Math.abs((edge ?? NaN) - (part[index] ?? NaN))));
  };
  await expect.poll(apart, soon).toBeLessThan(10);
}

/** The Content tab with the page beside the form, in a window that has room for both. */
async function openLive(): Promise<Page> {
  const page = await openContent();
  await page.setViewportSize({ width: 1500, height: 820 });
  await at(page, 'preview-here').click();
  await ready(page);
  return page;
}

/** A server as sites bring one: it says where it is, and heeds what it is asked for. */
const server = (kind: 'http' | 'https') => `
  import { readFileSync } from 'node:fs';
  import { createServer } from 'node:${kind}';
  const page = '<!doctype html><html lang="en"><title>Bakery</title><h1>Served by the site itself</h1></html>';
  const secret = ${kind === 'https'} ? { key: readFileSync('key.pem'), cert: readFileSync('certificate.pem') } : {};
  const server = createServer(secret, (request, response) => {
    if (request.url === '/say') console.log('page reload about');
    if (request.url === '/end') process.exit(3, console.log('The oven is cold.'));
    response.setHeader('Content-Type', 'text/html').end(page);
  });
  const { PORT } = process.env;
  server.listen(PORT, '127.0.0.1', () => console.log('  Local: ${kind}://localhost:' + PORT + '/'));
`;

/** The first demo's site is one that brings its own command, which is trusted unless it is said not to be. */
async function own(session: Session, { kind = 'http' as 'http' | 'https', isTrusted = true } = {}): Promise<void> {
  for (const name of await readdir(session.site(slug)))
    if (name !== '.git') await rm(join(session.site(slug), name), { recursive: true });
  const script = { name: 'bakery', private: true, type: 'module', scripts: { dev: 'node server.mjs' } };
  await session.write(slug, 'package.json', JSON.stringify(script));
  await session.write(slug, 'package-lock.json', JSON.stringify({ name: 'bakery', lockfileVersion: 3, packages: {} }));
  await session.write(slug, 'server.mjs', server(kind));
  await session.write(slug, 'index.html', '<!doctype html><title>Bakery</title><h1>As a file</h1>');
  if (kind === 'https') {
    const { key, cert } = await identity();
    await session.write(slug, 'key.pem', key);
    await session.write(slug, 'certificate.pem', cert);
  }
  if (!isTrusted) return;
  const { key } = await session.call<PreviewOffer>('show_preview_command', { demo: first });
  await session.call('decide_preview_command', { demo: first, key, decision: 'trusted' });
}

/** Asks the site's own server for something, past the preview. */
async function ask(session: Session, path: string): Promise<void> {
  const { text } = await session.call<PreviewLog>('show_preview_log', { demo: first });
  const port = /Local: http:\/\/localhost:(\d+)/.exec(text)![1];
  // What it is asked for may be its end.
  await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
}

test('a preview is started and stopped by its button and by its key, and focus stays', async () => {
  const page = await open({ demos: 2 });
  await at(page, 'preview-start').click();
  await control(page, 'running');
  const preview = await session(page).call<Preview & { port: number }>('show_preview', { demo: first });
  await see(at(page, 'preview-address'), `localhost:${preview.port}`);
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
  const page = await open({ demos: 2 }, own);
  await session(page).refuse('start_preview', { code: 'Busy', message: 'No port is free. Stop another.' });
  await at(page, 'preview-start').click();
  await see(at(page, 'preview-message'), 'No port is free. Stop another.');
  await clean(page);
  await at(page, 'preview-retry').click();
  await control(page, 'running');
  await gone(at(page, 'preview-trouble'));
  await ask(session(page), '/end');
  await control(page, 'failed');
  await see(at(page, 'preview-message'), '“npm run dev” ended with status 3.');
  await see(at(page, 'preview-message'), 'The oven is cold.');
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
  await outlined(page, 'header');
  await see(at(page, 'preview-page'), '/about');
  await clean(page);
});

test('a widget that is chosen in the tree is shown on the page, and the other way round', async () => {
  const page = await openLive();
  await at(page, 'row-today').click();
  await outlined(page, 'today');
  await widget(page, 'hero').click();
  await page.locator('[data-testid="row-hero"][aria-selected="true"]').waitFor();
  await outlined(page, 'hero');
  // The header belongs to every page.
  await widget(page, 'header').locator('.brand').click();
  await page.locator('[data-testid="document-global/header"][aria-current]').waitFor();
});

test('what is typed is on the page at once, what is undone as well, and nothing on another page', async () => {
  const page = await openLive();
  const heading = widget(page, 'hero').locator('h1');
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
  await expect.poll(() => heading.textContent(), soon).not.toContain('Warm bread');
  await at(page, 'document-pages/about').click();
  await ready(page);
  await expect.poll(() => inside(page).locator('h1').textContent()).not.toContain('bread');
});

test('with choosing off links are followed, and a widget of that page opens it', async () => {
  const page = await openLive();
  const pointed = inside(page).locator('[data-backlot-outline="hover"]');
  await widget(page, 'hero').hover();
  await pointed.waitFor();
  await at(page, 'preview-select').press('Enter');
  await pointed.waitFor({ state: 'hidden' });
  await inside(page).getByRole('link', { name: 'Our bakery' }).last().click();
  await see(at(page, 'preview-page'), '/about');
  await ready(page);
  await at(page, 'preview-select').press('Enter');
  const pointAt = async () => {
    for (const id of ['story', 'figures']) await widget(page, id).hover();
    return pointed.isVisible();
  };
  await expect.poll(pointAt).toBe(true);
  await widget(page, 'figures').click();
  await page.locator('[data-testid="document-pages/about"][aria-current]').waitFor();
  await page.locator('[data-testid="row-figures"][aria-selected="true"]').waitFor();
});

test('what other windows say is not heeded', async () => {
  const page = await openLive();
  await page.evaluate(() => postMessage({ backlot: 'selected', page: '/about', widget: 'hero' }, '*'));
  await at(page, 'row-today').click();
  await outlined(page, 'today');
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
  await control(page, 'running');
  await page.keyboard.press('Control+2');
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
  const page = await openContent();
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
  const page = await open({ demos: 2 }, (session) => own(session, { isTrusted: false }));
  const offer = await session(page).call<PreviewOffer>('show_preview_command', { demo: first });
  await at(page, 'preview-start').click();
  await see(at(page, 'trust-command'), 'npm run dev');
  await see(at(page, 'trust-dialog'), 'node server.mjs');
  await see(at(page, 'trust-commit'), await git(session(page).site(slug), 'rev-parse', 'HEAD'));
  await see(at(page, 'trust-lockfile'), `package-lock.json${offer.lockfile!.hash}`);
  await clean(page);
  await at(page, 'trust-later').click();
  await gone(at(page, 'trust-dialog'));
  await control(page, 'stopped');
  expect((await session(page).call<PreviewLog>('show_preview_log', { demo: first })).text).toBe('');
  await at(page, 'preview-start').click();
  await at(page, 'trust-yes').click();
  await control(page, 'running');
});

test('a site of https is said to be one for the browser, with the way there, and its frame is not left blank', async () => {
  const page = await open({ demos: 2 }, (session) => own(session, { kind: 'https' }));
  await page.keyboard.press('Control+2');
  await page.setViewportSize({ width: 1500, height: 820 });
  await at(page, 'preview-here').click();
  await see(at(page, 'preview-browser-only'), /https:\/\/localhost:\d+/);
  const { address } = await session(page).call<Preview & { address: string }>('show_preview', { demo: first });
  await see(at(page, 'preview-browser-only'), address);
  await gone(at(page, 'preview-frame'));
  await gone(at(page, 'preview-reload'));
  await clean(page);
  await at(page, 'preview-only-browser').click();
  await expect.poll(session(page).opened).toEqual([{ url: `${address}/` }]);
  // The log is there as ever, and the page can be hidden.
  await at(page, 'preview-log-toggle').click();
  await see(at(page, 'preview-log'), address);
  await at(page, 'preview-hide').click();
  await gone(at(page, 'preview-pane'));
});

test('what the command says is appended to its log', async () => {
  const page = await open({ demos: 2 }, own);
  await page.keyboard.press('Control+2');
  await page.setViewportSize({ width: 1500, height: 820 });
  await at(page, 'preview-here').click();
  await see(inside(page).locator('h1'), 'Served by the site itself');
  await at(page, 'preview-log-toggle').click();
  await see(at(page, 'preview-log'), '$ npm run dev');
  await ask(session(page), '/say');
  await see(at(page, 'preview-log'), 'page reload about');
  await clean(page);
});

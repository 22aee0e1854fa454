/** The window is loaded again after a page took it along: it goes on where it was, without that page. */
import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { clean } from './axe';
import { first, openContent } from './editor-support';
import { at, gone, holds, open, see } from './support';

const site = () => `site=${encodeURIComponent(inject('site'))}`;
const crash = (page: Page, why: 'unresponsive' | 'memory' | 'crashed') =>
  page.evaluate((cause) => window.backlotFake.frame.crash(cause), why);
/** Waits until the host has been told of what holds. */
const reported = (page: Page, holds: (shown: string) => boolean) =>
  expect.poll(async () => holds(JSON.stringify(await page.evaluate(() => window.backlotFake.frame.shown)))).toBe(true);

test('the demo, its document and its widget are shown again, and the page is not until it is asked for', async () => {
  const page = await openContent(`pace=fast&${site()}`);
  await page.setViewportSize({ width: 1500, height: 820 });
  await at(page, 'document-pages/about').click();
  await at(page, 'preview-here').click();
  await page.locator('[data-testid="preview-frame"][data-ready="true"]').waitFor();
  await at(page, 'widget-tree').locator('[data-testid^="row-"]').nth(1).click();
  const widget = await page.locator('[aria-selected="true"][data-testid^="row-"]').getAttribute('data-testid');
  await reported(page, (shown) => shown.includes(first) && shown.includes(widget!.slice('row-'.length)));

  await crash(page, 'unresponsive');
  await see(at(page, 'announcer'), 'stopped responding');
  await page.locator('[data-testid="document-pages/about"][aria-current]').waitFor();
  await page.locator(`[data-testid="${widget}"][aria-selected="true"]`).waitFor();
  await at(page, 'preview-start').click();
  await see(at(page, 'preview-stopped'), 'stopped responding and was closed');
  expect(await at(page, 'preview-frame').count()).toBe(0);
  await clean(page);
  await at(page, 'preview-stopped-window').click();
  await expect.poll(() => page.evaluate(() => window.backlotFake.servers.windows.length)).toBe(1);
  await at(page, 'preview-stopped-show').click();
  await page.locator('[data-testid="preview-frame"][data-ready="true"]').waitFor();
  await gone(at(page, 'preview-stopped'));
});

test('what was typed for a new demo is still in the form after a crash', async () => {
  const page = await open();
  await at(page, 'template-card-portfolio').click();
  await at(page, 'name-input').fill('Mina Ito, photographs');
  await holds(at(page, 'slug-input'), 'mina-ito-photographs');
  await reported(page, (shown) => shown.includes('Mina Ito, photographs'));
  await crash(page, 'crashed');
  await holds(at(page, 'name-input'), 'Mina Ito, photographs');
  await holds(at(page, 'slug-input'), 'mina-ito-photographs');
  await at(page, 'create-button').click();
  await at(page, 'demo-row-mina-ito-photographs').waitFor();
});

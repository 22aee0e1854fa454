/** What a journey needs: a page with a fake host, and the words to move in it. */
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { launch } from '../chromium.mjs';
import type { FakeBackend } from '../../src/lib/backend/fake';

declare global {
  interface Window {
    backlotFake: FakeBackend;
  }
}

let browser: Browser;
let context: BrowserContext;
const problems: string[] = [];

beforeAll(async () => {
  browser = await launch();
  context = await browser.newContext({ viewport: { width: 1100, height: 720 }, reducedMotion: 'reduce' });
  context.setDefaultTimeout(5_000);
});
afterAll(() => browser?.close());
afterEach(async () => {
  for (const page of context.pages()) {
    await page.evaluate(() => localStorage.clear());
    await page.close();
  }
  // Nothing that a journey does may end in an error that nobody sees.
  expect(problems.splice(0)).toEqual([]);
});

/** A new window. What the browser keeps of the build is shared by all of a file's tests; what a window keeps is not. */
export async function open(query = ''): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(`${inject('address')}?${query}`);
  await page.locator('main').waitFor();
  return page;
}

export const at = (page: Page, testid: string): Locator => page.locator(`[data-testid="${testid}"]`);

export async function see(locator: Locator, text: string | RegExp): Promise<void> {
  await locator.filter({ hasText: text }).waitFor();
}
export const gone = (locator: Locator): Promise<void> => locator.waitFor({ state: 'detached' });

/** Waits until it is the locator's element that has focus. */
export async function focused(locator: Locator): Promise<void> {
  const element = await locator.elementHandle();
  await locator.page().waitForFunction((one) => document.activeElement === one, element);
}

/** Waits until a field holds `value`. */
export async function holds(locator: Locator, value: string): Promise<void> {
  const element = await locator.elementHandle();
  await locator
    .page()
    .waitForFunction(([one, wanted]) => (one as HTMLInputElement).value === wanted, [element, value] as const);
}

export const step = (page: Page, count = 1) => page.evaluate((n) => window.backlotFake.step(n), count);
export const finish = (page: Page) => page.evaluate(() => window.backlotFake.finish());

export async function createFromUrl(page: Page, url: string, name: string, slug: string): Promise<void> {
  await at(page, 'new-demo').click();
  await at(page, 'from-url').click();
  await at(page, 'url-input').fill(url);
  await at(page, 'name-input').fill(name);
  await holds(at(page, 'slug-input'), slug);
  await at(page, 'create-button').click();
  await at(page, `demo-row-${slug}`).waitFor();
}

export async function createFromStarter(page: Page, key: string, name: string, slug: string): Promise<void> {
  await at(page, `template-card-${key}`).click();
  await at(page, 'name-input').fill(name);
  await holds(at(page, 'slug-input'), slug);
  await at(page, 'create-button').click();
  await at(page, `demo-row-${slug}`).waitFor();
}

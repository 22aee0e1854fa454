/** What a journey needs: a page with the real backend, and the words to move in it. */
import type { Browser, BrowserContext, ConsoleMessage, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { launch } from '../chromium.mjs';
import { Session, type Scenario } from './host';

let browser: Browser;
let context: BrowserContext;
const problems: string[] = [];
const begun: Session[] = [];

beforeAll(async () => {
  const { host } = new URL(inject('address'));
  browser = await launch([`--host-resolver-rules=MAP tauri.localhost ${host}, MAP media.localhost ${host}`]);
  context = await browser.newContext({ viewport: { width: 1100, height: 720 }, reducedMotion: 'reduce' });
  context.setDefaultTimeout(20_000);
});
afterAll(() => browser?.close());
afterEach(async () => {
  for (const page of context.pages()) {
    await page.evaluate(() => localStorage.clear());
    await page.close();
  }
  await Promise.all(begun.splice(0).map((session) => session.end()));
  // Nothing that a journey does may end in an error that nobody sees.
  expect(problems.splice(0)).toEqual([]);
});

/** Where the app's own window is on Windows: previews let themselves be framed there, and by nobody that they do not know. */
const origin = 'http://tauri.localhost/';
const sessions = new WeakMap<Page, Session>();

/** The session that a page works in. */
export function session(page: Page): Session {
  const session = sessions.get(page);
  if (!session) throw new Error('This page was not opened in a session.');
  return session;
}

/** A new window of the real backend, in a workspace of its own; `prepare` may change that before anything is shown. */
export async function open(scenario: Scenario = {}, prepare?: (session: Session) => Promise<unknown>): Promise<Page> {
  const session = await Session.begin(inject('host'), scenario);
  begun.push(session);
  await prepare?.(session);
  const page = await context.newPage();
  sessions.set(page, session);
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && !isRefusal(message) && problems.push(message.text()));
  await page.goto(`${origin}?session=${session.token}`);
  await page.locator('main').waitFor();
  return page;
}

/**
 * The browser itself notes every call that the host refuses; whether a person is told of it is for the journeys to see. It also notes
 * a picture that was deleted between being shown and being asked for.
 */
function isRefusal(message: ConsoleMessage): boolean {
  const { url } = message.location();
  const isOf = (status: number, place: string) => message.text().includes(`status of ${status}`) && url.includes(place);
  return isOf(422, '/host/') || isOf(404, '/media/');
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

/** Keeps what stands in an element, each time that it changes. */
export async function heard(page: Page, testid: string): Promise<() => Promise<string[]>> {
  await page.evaluate((testid) => {
    const said: string[] = [];
    const listen = () => {
      const text = document.querySelector<HTMLElement>(`[data-testid="${testid}"]`)?.innerText;
      if (text && text !== said.at(-1)) said.push(text);
    };
    new MutationObserver(listen).observe(document.body, { subtree: true, childList: true, characterData: true });
    Object.assign(window, { said });
  }, testid);
  return () => page.evaluate(() => (window as unknown as { said: string[] }).said);
}

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

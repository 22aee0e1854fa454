/** What journeys in the Media tab need. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { FileDrag } from '../../src/lib/backend/types';
import { at, focused, open } from './support';

/** A window with the Media tab of the newest demo open. */
export async function openMedia(query = ''): Promise<Page> {
  const page = await open(`demos=2&${query}`);
  await at(page, 'tab-media').click();
  await at(page, 'media').waitFor();
  return page;
}

export const tile = (page: Page, name: string): Locator => at(page, `media-${name}`);
export const list = (page: Page): Locator => at(page, 'media-list');
export const options = (page: Page): Locator => list(page).getByRole('option');

/** The names of what is chosen, in their order. */
export const chosen = (page: Page): Promise<string[]> =>
  list(page)
    .locator('[aria-selected="true"]')
    .evaluateAll((all) => all.map((one) => one.getAttribute('title') ?? ''));
export async function seeChosen(page: Page, ...names: string[]): Promise<void> {
  await page.waitForFunction((wanted) => {
    const all = document.querySelectorAll('[data-testid="media-list"] [aria-selected="true"]');
    return [...all].map((one) => one.getAttribute('title')).join() === wanted;
  }, names.join());
}

/** Goes to the list with the first item as where the keyboard is. */
export async function intoList(page: Page): Promise<void> {
  await list(page).focus();
  await focused(list(page));
}

export const drag = (page: Page, what: FileDrag) => page.evaluate((one) => window.backlotFake.library.drag(one), what);
export const dropped = (...names: string[]): FileDrag => ({
  kind: 'drop',
  x: 500,
  y: 300,
  files: names.map((name) => `/home/mira/Pictures/${name}`),
});
export const stepImports = (page: Page, count = 1) => page.evaluate((n) => window.backlotFake.library.step(n), count);
export const picks = (page: Page, ...files: string[]) =>
  page.evaluate((all) => (window.backlotFake.picks.files = all), files);

export const count = async (locator: Locator, wanted: number): Promise<void> => {
  await expect.poll(() => locator.count(), { timeout: 5_000 }).toBe(wanted);
};

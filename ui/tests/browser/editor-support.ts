/** What a journey through the editor needs. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Json } from '../../src/lib/backend/types';
import { at, open } from './support';

export const first = '01930000-0000-7000-8000-000000000000';
export const second = '01930000-0000-7000-8000-000000000001';

/** The Content tab of the first demo, a bakery. */
export async function openContent(query = 'pace=fast', demos = 3): Promise<Page> {
  const page = await open(`demos=${demos}&${query}`);
  await page.keyboard.press('Control+2');
  await at(page, 'widget-tree').waitFor();
  return page;
}

/** The field of a setting, by its path. */
export const field = (page: Page, path: string): Locator => page.locator(`[data-path="${path}"]`);
export const box = (page: Page, path: string): Locator => field(page, path).locator('input, textarea').first();

export async function state(page: Page, wanted: string): Promise<void> {
  await page.locator(`[data-testid="save-state"][data-state="${wanted}"]`).waitFor();
}
/** A document as the fake host has it on disk. */
export async function onDisk(page: Page, document: string, demo = first): Promise<Record<string, Json>> {
  const text = await page.evaluate(([id, name]) => window.backlotFake.documents.onDisk(id, name), [
    demo,
    document,
  ] as const);
  return JSON.parse(text ?? 'null') as Record<string, Json>;
}
export async function saved<T extends Json>(page: Page, document: string, path: string[], wanted: T): Promise<void> {
  const read = async () => {
    let here: Json | undefined = await onDisk(page, document);
    for (const key of path) here = (here as Record<string, Json> | undefined)?.[key];
    return here;
  };
  await expect.poll(read, { timeout: 5_000 }).toEqual(wanted);
}
/** The rows of the list, as they are read. */
export const rows = (page: Page): Promise<string[]> =>
  page
    .locator('[data-testid="widget-tree"] [role="treeitem"]')
    .evaluateAll((all) => all.map((row) => row.querySelector('.label')?.textContent?.trim() ?? ''));

/** What the save indicator tells a person who does not see it. */
export const told = (page: Page, text: string): Promise<void> =>
  at(page, 'save-told').filter({ hasText: text }).waitFor({ state: 'attached' });
export const announced = (page: Page, text: string): Promise<void> =>
  at(page, 'announcer').filter({ hasText: text }).waitFor({ state: 'attached' });

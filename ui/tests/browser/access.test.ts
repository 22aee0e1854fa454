/** axe finds nothing serious on any screen, in either light. */
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { clean } from './axe';
import { at, createFromUrl, open, see, step } from './support';

const screens: Record<string, () => Promise<Page>> = {
  'empty create flow': () => open(''),
  'create flow with everything wrong': async () => {
    const page = await open('demos=4&added=1');
    await at(page, 'new-demo').click();
    await at(page, 'from-url').click();
    await at(page, 'brief-toggle').click();
    await at(page, 'asset-add').click();
    await at(page, 'brief-email').fill('nobody');
    await at(page, 'slug-input').fill('ledgerline');
    await at(page, 'create-button').click();
    await at(page, 'slug-suggestion').waitFor();
    return page;
  },
  'chosen template': async () => {
    const page = await open('added=1');
    await at(page, 'template-card-harbour').click();
    return page;
  },
  progress: async () => {
    const page = await open('demos=3&pace=manual');
    await createFromUrl(page, 'https://example.com/a.git', 'A', 'a');
    await step(page, 7);
    return page;
  },
  failed: async () => {
    const page = await open('demos=3&pace=fast');
    await createFromUrl(page, 'https://fail.example.com/a.git', 'A', 'a');
    await at(page, 'retry-button').waitFor();
    return page;
  },
  'ready, with a note': async () => {
    const page = await open('demos=60');
    await at(page, 'delete-button').click();
    await at(page, 'undo-button').waitFor();
    return page;
  },
  'list with focus and filters': async () => {
    const page = await open('demos=60');
    await at(page, 'filter-tag').selectOption('pitch');
    await at(page, 'demo-list').focus();
    await page.keyboard.press('ArrowDown');
    return page;
  },
  rename: async () => {
    const page = await open('demos=2');
    await page.keyboard.press('F2');
    await at(page, 'rename-slug').click();
    return page;
  },
  palette: async () => {
    const page = await open('demos=4');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('e');
    return page;
  },
  trash: async () => {
    const page = await open('demos=4');
    await at(page, 'delete-button').click();
    await see(at(page, 'trash-open'), 'Trash (1)');
    await at(page, 'trash-open').click();
    return page;
  },
  'the question before deleting forever': async () => {
    const page = await open('demos=4');
    await at(page, 'delete-button').click();
    await at(page, 'trash-open').click();
    await at(page, 'purge-nordlicht-backerei').click();
    return page;
  },
  unreachable: () => open('snapshot=fail'),
};

test.each(Object.entries(screens))('%s', async (_, visit) => clean(await visit()));

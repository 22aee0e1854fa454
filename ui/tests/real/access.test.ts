/** axe finds nothing serious on any screen, in either light. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { clean } from './axe';
import { GitServer, manyFiles, repository } from './git';
import { at, createFromUrl, open, see, session } from './support';

const servers: GitServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

const screens: Record<string, () => Promise<Page>> = {
  'empty create flow': () => open(),
  'create flow with everything wrong': async () => {
    const page = await open({ demos: 4, added: true });
    await at(page, 'new-demo').click();
    await at(page, 'from-url').click();
    await at(page, 'brief-toggle').click();
    await session(page).pick(await session(page).file('logo.svg', ''), await session(page).file('shop front.jpg', ''));
    await at(page, 'asset-add').click();
    await at(page, 'asset').first().waitFor();
    await at(page, 'brief-email').fill('nobody');
    await at(page, 'slug-input').fill('ledgerline');
    await at(page, 'create-button').click();
    await at(page, 'slug-suggestion').waitFor();
    return page;
  },
  'chosen template': async () => {
    const page = await open({ added: true });
    await at(page, 'template-card-harbour').click();
    return page;
  },
  progress: async () => {
    const page = await open({ demos: 3 });
    const server = await GitServer.start(await repository(join(session(page).outside, 'theme'), manyFiles(300)), 0);
    servers.push(server);
    await createFromUrl(page, server.url, 'A', 'a');
    const more = () => {
      server.allow(20_000);
      return at(page, 'progress').innerText();
    };
    await expect.poll(more).toMatch(/\d+ of 303/);
    return page;
  },
  failed: async () => {
    const page = await open({ demos: 3 });
    const nowhere = join(session(page).outside, 'missing');
    await createFromUrl(page, nowhere, 'A', 'a');
    await at(page, 'retry-button').waitFor();
    return page;
  },
  'ready, with a note': async () => {
    const page = await open({ demos: 60 });
    await at(page, 'delete-button').click();
    await at(page, 'undo-button').waitFor();
    return page;
  },
  'list with focus and filters': async () => {
    const page = await open({ demos: 60 });
    await at(page, 'filter-tag').selectOption('pitch');
    await at(page, 'demo-list').focus();
    await page.keyboard.press('ArrowDown');
    return page;
  },
  rename: async () => {
    const page = await open({ demos: 2 });
    await page.keyboard.press('F2');
    await at(page, 'rename-slug').click();
    return page;
  },
  palette: async () => {
    const page = await open({ demos: 4 });
    await page.keyboard.press('Control+k');
    await page.keyboard.type('e');
    return page;
  },
  trash: async () => {
    const page = await open({ demos: 4 });
    await at(page, 'delete-button').click();
    await see(at(page, 'trash-open'), 'Trash (1)');
    await at(page, 'trash-open').click();
    await at(page, 'purge-nordlicht-backerei').waitFor();
    return page;
  },
  'the question before deleting forever': async () => {
    const page = await open({ demos: 4 });
    await at(page, 'delete-button').click();
    await at(page, 'trash-open').click();
    await at(page, 'purge-nordlicht-backerei').click();
    return page;
  },
  unreachable: async () => {
    const page = await open({}, async ({ workspace }) => {
      await rename(join(workspace, 'demos'), join(workspace, 'demos-aside'));
      await writeFile(join(workspace, 'demos'), '');
    });
    await at(page, 'snapshot-failure').waitFor();
    return page;
  },
};

test.each(Object.entries(screens))('%s', async (_, visit) => clean(await visit()));

/** Widgets, blocks, pages and menus: adding, moving, copying and taking away, by keys and by hand. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { announced, box, field, onDisk, openContent, rows, saved } from './editor-support';
import { at, focused, gone, holds, see } from './support';

const order = async (page: Page, document = 'pages/index') => (await onDisk(page, document)).widgetsOrder as string[];
const bakery = ['hero', 'today', 'grain', 'making', 'regulars', 'hours', 'crowd'];
const start = async (query?: string) => {
  const page = await openContent(query);
  expect((await order(page)).length).toBe(bakery.length);
  return page;
};
const names = async (page: Page) => (await rows(page)).slice(1);
const settled = (page: Page, wanted: unknown) => expect.poll(() => names(page)).toEqual(wanted);

test('a widget is added, moved, duplicated and removed with the keyboard alone', async () => {
  const page = await start();
  const before = await names(page);
  await at(page, 'row-self').focus();
  await page.keyboard.press('ArrowDown');
  await focused(at(page, 'row-hero'));
  await page.keyboard.press('Control+Shift+a');
  await page.keyboard.type('question');
  await page.keyboard.press('Enter');
  await settled(page, [before[0], 'Questions', ...before.slice(1)]);
  await announced(page, 'Added Questions');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Questions');

  await page.keyboard.press('Alt+ArrowDown');
  await settled(page, [before[0], before[1], 'Questions', ...before.slice(2)]);
  await announced(page, 'Moved to place 3 of 8');
  await page.keyboard.press('Alt+ArrowUp');
  await page.keyboard.press('Alt+ArrowUp');
  await settled(page, ['Questions', ...before]);
  await page.keyboard.press('Alt+ArrowUp');
  await page.keyboard.press('Control+d');
  await settled(page, ['Questions', 'Questions', ...before]);
  await page.keyboard.press('Delete');
  await settled(page, ['Questions', ...before]);
  await page.keyboard.press('Control+z');
  await settled(page, ['Questions', 'Questions', ...before]);
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('treeitem');
  await page.keyboard.press('Delete');
  await settled(page, ['Questions', ...before]);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Delete');
  await settled(page, before);
  await expect.poll(() => order(page)).toEqual(bakery);
});

test('Delete in the Content tab is never about the demo', async () => {
  const page = await start();
  await at(page, 'row-self').focus();
  await page.keyboard.press('Delete');
  await at(page, 'document-global/header').focus();
  await page.keyboard.press('Delete');
  await at(page, 'raw-toggle').focus();
  await page.keyboard.press('Delete');
  await page.locator('main').focus();
  await page.keyboard.press('Delete');
  expect(await at(page, 'demo-row-nordlicht-backerei').count()).toBe(1);
  expect(await at(page, 'undo-button').count()).toBe(0);
});

test('blocks are opened, added, moved and removed with the keyboard alone', async () => {
  const page = await start();
  await at(page, 'row-hero').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await focused(at(page, 'row-fact-grain'));
  await page.keyboard.press('Alt+ArrowDown');
  await saved(page, 'pages/index', ['widgets', 'hero', 'blocksOrder'], ['fact-fire', 'fact-grain', 'fact-time']);
  await page.keyboard.press('Delete');
  await focused(at(page, 'row-fact-time'));
  await page.keyboard.press('ArrowDown');
  await focused(at(page, 'row-hero-add'));
  await page.keyboard.press('Enter');
  await expect
    .poll(async () => {
      const { widgets } = await onDisk(page, 'pages/index');
      return (widgets as Record<string, { blocksOrder: string[] }>).hero?.blocksOrder.length;
    })
    .toBe(3);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest('[data-path]') !== null)).toBe(true);
  await page.keyboard.press('Escape');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('treeitem');
  await page.keyboard.press('ArrowLeft');
  await focused(at(page, 'row-hero'));
  await page.keyboard.press('ArrowLeft');
  expect(await at(page, 'row-hero').getAttribute('aria-expanded')).toBe('false');
});

test('a block goes on into another widget that takes it, by keys and by hand, in one change', async () => {
  const page = await start();
  await at(page, 'row-hero').focus();
  await page.keyboard.press('Control+d');
  await expect.poll(async () => (await order(page)).length).toBe(8);
  const copy = (await order(page))[1]!;
  const facts = async (widget: string) => {
    const { widgets } = await onDisk(page, 'pages/index');
    return (widgets as Record<string, { blocksOrder: string[] }>)[widget]!.blocksOrder;
  };
  const own = await facts(copy);
  await at(page, 'row-hero').focus();
  await page.keyboard.press('ArrowRight');
  await at(page, 'row-fact-time').focus();
  await page.keyboard.press('Alt+ArrowDown');
  await focused(at(page, 'row-fact-time'));
  await announced(page, 'Moved to place 1 of 4 in');
  await expect.poll(() => facts(copy)).toEqual(['fact-time', ...own]);
  expect(await facts('hero')).toEqual(['fact-grain', 'fact-fire']);
  await page.keyboard.press('Control+z');
  await expect.poll(() => facts('hero')).toEqual(['fact-grain', 'fact-fire', 'fact-time']);
  expect(await facts(copy)).toEqual(own);

  const from = (await at(page, 'row-fact-grain').boundingBox())!;
  const to = (await at(page, `row-${own[1]}`).boundingBox())!;
  await page.mouse.move(from.x + 60, from.y + 14);
  await page.mouse.down();
  await page.mouse.move(from.x + 60, from.y + 24);
  await page.mouse.move(to.x + 60, to.y + 4, { steps: 6 });
  await page.locator('.tree .line').waitFor();
  await page.mouse.up();
  await expect.poll(() => facts(copy)).toEqual([own[0], 'fact-grain', ...own.slice(1)]);
  expect(await facts('hero')).toEqual(['fact-fire', 'fact-time']);
  // Let go over what takes none, it stays with the nearest that does.
  const stray = (await at(page, 'row-fact-fire').boundingBox())!;
  const far = (await at(page, 'row-crowd').boundingBox())!;
  await page.mouse.move(stray.x + 60, stray.y + 14);
  await page.mouse.down();
  await page.mouse.move(stray.x + 60, stray.y + 24);
  await page.mouse.move(far.x + 60, far.y + 14, { steps: 6 });
  await page.mouse.up();
  await expect.poll(() => facts(copy)).toEqual([own[0], 'fact-grain', ...own.slice(1), 'fact-fire']);
});

test('a widget has no more blocks than it may', async () => {
  const page = await start();
  await at(page, 'document-global/footer').click();
  await at(page, 'add-block').click();
  await page.keyboard.type('links');
  await page.keyboard.press('Enter');
  await gone(at(page, 'add-search'));
  await announced(page, 'Added Links');
  await page.waitForFunction(() => document.activeElement?.role === 'treeitem');
  expect(await at(page, 'add-block').count()).toBe(0);
  await page.keyboard.press('Control+d');
  await see(at(page, 'toast'), 'at most 3');
});

test('a widget is dragged to where the line is, and Escape puts it back', async () => {
  const page = await start();
  const drag = async (from: string, to: string) => {
    const a = (await at(page, from).boundingBox())!;
    const b = (await at(page, to).boundingBox())!;
    await page.mouse.move(a.x + 60, a.y + 14);
    await page.mouse.down();
    await page.mouse.move(a.x + 60, a.y + 24);
    await page.mouse.move(b.x + 60, b.y + 22, { steps: 4 });
    await page.locator('.tree .line').waitFor();
  };
  await drag('row-hero', 'row-grain');
  await page.keyboard.press('Escape');
  await page.mouse.up();
  await gone(page.locator('.tree .line'));
  await drag('row-hero', 'row-grain');
  await page.mouse.up();
  await expect.poll(() => order(page)).toEqual(['today', 'grain', 'hero', 'making', 'regulars', 'hours', 'crowd']);
  await focused(at(page, 'row-hero'));
});

test('a widget is pasted on another page, and on another demo where its theme knows it', async () => {
  const page = await start();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await at(page, 'row-crowd').focus();
  await page.keyboard.press('Control+c');
  await announced(page, 'Copied');
  await at(page, 'document-pages/about').click();
  await see(page.locator('[aria-current="location"]'), 'Our bakery');
  const before = (await order(page, 'pages/about')).length;
  await at(page, 'row-story').focus();
  await page.keyboard.press('Control+v');
  await expect.poll(async () => (await order(page, 'pages/about')).length).toBe(before + 1);
  const added = (await order(page, 'pages/about'))[1]!;
  expect(added).not.toBe('crowd');
  await see(page.locator('[aria-current="location"]'), 'Call to action');

  await at(page, 'document-pages/index').click();
  await at(page, 'row-today').focus();
  await page.keyboard.press('Control+x');
  await gone(at(page, 'row-today'));
  await at(page, 'demo-row-ida-holm-ceramics').click();
  await at(page, 'document-pages/work').click();
  await see(page.locator('[aria-current="location"]'), 'Work');
  await at(page, 'row-self').focus();
  await page.keyboard.press('Control+v');
  await see(at(page, 'toast'), 'has no widget “bakes”');
});

test('what is on the clipboard and is no widget is said to be none', async () => {
  const page = await start();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => navigator.clipboard.writeText('hello'));
  await at(page, 'row-hero').focus();
  await page.keyboard.press('Control+v');
  await see(at(page, 'toast'), 'The clipboard holds no widget');
});

test('the menu of a row does what the keys do', async () => {
  const page = await start();
  await at(page, 'row-today').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Move up' }).click();
  await expect.poll(async () => (await order(page))[0]).toBe('today');
  await focused(at(page, 'row-today'));
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Move down' }).waitFor();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await gone(at(page, 'row-today'));
  await at(page, 'undo-button').click();
  await at(page, 'row-today').waitFor();
  await focused(at(page, 'row-today'));
});

test('an undo of the note brings a widget back also after something else was typed', async () => {
  const page = await start();
  await at(page, 'row-today').focus();
  await page.keyboard.press('Delete');
  await gone(at(page, 'row-today'));
  await at(page, 'row-hero').click();
  await box(page, 'widgets/hero/settings/title').fill('Typed after');
  await at(page, 'undo-button').click();
  await expect.poll(async () => (await names(page))[1]).toBe("Today's bakes");
  await saved(page, 'pages/index', ['widgets', 'hero', 'settings', 'title'], 'Typed after');
});

test('an undo of the note brings a widget back also from another demo', async () => {
  const page = await start();
  await at(page, 'row-today').focus();
  await page.keyboard.press('Delete');
  await gone(at(page, 'row-today'));
  await at(page, 'demo-row-ledgerline').click();
  await at(page, 'document-pages/pricing').waitFor();
  await at(page, 'undo-button').click();
  await expect.poll(() => order(page)).toEqual(bakery);
});

test('a page is added, renamed, duplicated and removed, and brought back', async () => {
  const page = await start();
  await at(page, 'add-page').click();
  await page.keyboard.type('Open day');
  await page.keyboard.press('Enter');
  await see(page.locator('[aria-current="location"]'), 'Open day');
  expect(await rows(page)).toEqual(['Page settings']);
  await at(page, 'document-pages/open-day').focus();
  await page.keyboard.press('F2');
  await page.keyboard.type('Open house');
  await page.keyboard.press('Enter');
  await see(at(page, 'document-pages/open-day'), 'Open house');
  await at(page, 'document-pages/open-day').focus();
  await page.keyboard.press('Control+d');
  await at(page, 'document-pages/open-house-copy').waitFor();
  await at(page, 'document-pages/open-house-copy').focus();
  await page.keyboard.press('Delete');
  await gone(at(page, 'document-pages/open-house-copy'));
  await at(page, 'undo-button').click();
  await at(page, 'document-pages/open-house-copy').waitFor();
});

test('removing a page tells what still links to it, and leads to each of the links', async () => {
  const page = await start();
  await at(page, 'document-pages/about').focus();
  await page.keyboard.press('Delete');
  await see(at(page, 'toast'), 'Removed the page “Our bakery”. Still linked from');
  const show = at(page, 'show-link');
  const visited = new Set<string>();
  for (let turn = 0; turn < 8 && visited.size < 2; turn += 1) {
    await show.click();
    const focus = page.locator('[data-path]:focus-within');
    await focus.waitFor();
    const document = await page.locator('[data-document][aria-current]').getAttribute('data-document');
    visited.add(`${document} ${await focus.first().getAttribute('data-path')}`);
  }
  expect(visited.size).toBe(2);
  // The note is still there, and from another demo it leads back.
  await at(page, 'demo-row-ledgerline').click();
  await at(page, 'document-pages/pricing').waitFor();
  await show.click();
  await see(at(page, 'demo-name'), 'Nordlicht');
  await page.locator('[data-path]:focus-within').waitFor();
  await at(page, 'undo-button').click();
  await at(page, 'document-pages/about').waitFor();
});

test('a page that nothing links to is removed without more words', async () => {
  const page = await start();
  await at(page, 'add-page').click();
  await page.keyboard.type('Alone');
  await page.keyboard.press('Enter');
  await see(page.locator('[aria-current="location"]'), 'Alone');
  await at(page, 'document-pages/alone').focus();
  await page.keyboard.press('Delete');
  await see(at(page, 'toast'), /“Alone”\.\s*Undo/);
  expect(await at(page, 'show-link').count()).toBe(0);
});

test('a page’s address is changed at once, and the links to it follow', async () => {
  const page = await start();
  await at(page, 'document-pages/menu').click();
  await at(page, 'page-address-edit').click();
  await at(page, 'page-address-input').fill('about');
  await page.keyboard.press('Enter');
  await page.getByText('There is already a page “about”.').waitFor();
  await at(page, 'page-address-input').fill('prices');
  await page.keyboard.press('Enter');
  await see(at(page, 'page-address'), 'prices.html');
  await at(page, 'document-pages/prices').waitFor();
  await gone(at(page, 'document-pages/menu'));
  await saved(page, 'pages/index', ['widgets', 'hero', 'settings', 'primary', 'href'], 'prices.html');
});

test('a page’s name in its settings is its name in the list', async () => {
  const page = await start();
  await box(page, 'name').fill('Start');
  await see(at(page, 'document-pages/index'), 'Start');
  await field(page, 'seo/description').locator('textarea').fill('For search engines');
  await saved(page, 'pages/index', ['seo', 'description'], 'For search engines');
});

test('the items of a menu are named, linked, nested and moved by keys', async () => {
  const page = await start();
  await at(page, 'document-menus/main-menu').click();
  await at(page, 'item-0').click();
  await at(page, 'add-item').click();
  await focused(box(page, 'items/1/label'));
  await page.keyboard.type('Courses');
  await page.getByLabel('Leads to').selectOption('url');
  await page.getByLabel('Address').fill('courses.example');
  await saved(page, 'menus/main-menu', ['items', '1', 'link'], 'https://courses.example');
  await at(page, 'item-1').focus();
  await page.keyboard.press('Alt+ArrowRight');
  await focused(at(page, 'item-0.0'));
  await saved(page, 'menus/main-menu', ['items', '0', 'items', '0', 'label'], 'Courses');
  await page.keyboard.press('Alt+ArrowLeft');
  await page.keyboard.press('Alt+ArrowDown');
  await focused(at(page, 'item-2'));
  await saved(page, 'menus/main-menu', ['items', '2', 'label'], 'Courses');
  await page.keyboard.press('Delete');
  await at(page, 'undo-button').click();
  await saved(page, 'menus/main-menu', ['items', '2', 'label'], 'Courses');
  await at(page, 'item-0').click();
  await page.getByRole('combobox', { name: 'Page', exact: true }).selectOption({ label: 'Visit' });
  await saved(page, 'menus/main-menu', ['items', '0', 'link'], 'contact.html');
});

test('an item of a menu is dragged under another', async () => {
  const page = await start();
  await at(page, 'document-menus/main-menu').click();
  const from = (await at(page, 'item-2').boundingBox())!;
  const to = (await at(page, 'item-0').boundingBox())!;
  await page.mouse.move(from.x + 20, from.y + 14);
  await page.mouse.down();
  await page.mouse.move(from.x + 30, from.y + 4);
  await page.mouse.move(to.x + 60, to.y + 24, { steps: 4 });
  await page.mouse.up();
  await saved(page, 'menus/main-menu', ['items', '0', 'items', '0', 'label'], 'Our bakery');
});

test('the theme’s settings are changed group by group', async () => {
  const page = await start();
  await at(page, 'document-theme').click();
  await see(at(page, 'form-title'), 'Colors');
  await holds(box(page, 'settings/global/colors/0/value'), '#2f4f3e');
  await box(page, 'settings/global/colors/0/value').fill('#123456');
  await saved(page, 'theme', ['settings', 'global', 'colors', '0', 'value'], '#123456');
  await at(page, 'group-typography').click();
  const font = field(page, 'settings/global/typography/0/value');
  await font.getByLabel('Weight').selectOption('700');
  await saved(page, 'theme', ['settings', 'global', 'typography', '0', 'value', 'weight'], 700);
});

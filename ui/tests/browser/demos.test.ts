import { expect, test } from 'vitest';
import { at, focused, gone, holds, open, see } from './support';

const rows = '[data-testid^="demo-row-"]';

test('delete is undone from the note', async () => {
  const page = await open('demos=5');
  await at(page, 'demo-row-ledgerline').click();
  await at(page, 'delete-button').click();
  await gone(at(page, 'demo-row-ledgerline'));
  await see(at(page, 'demo-name'), 'Café Mélange');
  await see(at(page, 'trash-open'), 'Trash (1)');
  await at(page, 'undo-button').click();
  await see(at(page, 'demo-name'), 'Ledgerline');
  await see(at(page, 'badge-ledgerline'), 'Ready');
  await gone(at(page, 'undo-button'));
  expect(await at(page, 'trash-open').textContent()).toContain('Trash');
});

test('Delete and Ctrl+Z do the same from the list', async () => {
  const page = await open('demos=3');
  await at(page, 'demo-row-ledgerline').click();
  await page.keyboard.press('Delete');
  await gone(at(page, 'demo-row-ledgerline'));
  await see(at(page, 'demo-name'), 'Ida Holm, Ceramics');
  await page.keyboard.press('Control+z');
  await at(page, 'demo-row-ledgerline').waitFor();
  await focused(at(page, 'demo-list'));
});

test('Delete and Ctrl+Z in a text field are only typing', async () => {
  const page = await open('demos=3');
  await at(page, 'delete-button').click();
  await at(page, 'undo-button').waitFor();
  await at(page, 'search-input').fill('led');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Control+z');
  expect(await at(page, 'undo-button').count()).toBe(1);
  expect(await page.locator(rows).count()).toBeGreaterThan(0);
});

test('a demo is renamed in place; Escape keeps the old name', async () => {
  const page = await open('demos=3');
  await at(page, 'demo-row-ledgerline').click();
  await page.keyboard.press('F2');
  await focused(at(page, 'rename-input'));
  await page.keyboard.type('Ledger & Line');
  await page.keyboard.press('Enter');
  await see(at(page, 'demo-name'), 'Ledger & Line');
  await see(at(page, 'demo-row-ledgerline'), 'Ledger & Line');
  await focused(at(page, 'demo-list'));
  await page.keyboard.press('F2');
  await at(page, 'rename-input').fill('Nonsense');
  await page.keyboard.press('Escape');
  await see(at(page, 'demo-name'), 'Ledger & Line');
});

test('an empty name is refused and the editor stays', async () => {
  const page = await open('demos=1');
  await at(page, 'rename-button').click();
  await at(page, 'rename-input').fill('  ');
  await page.keyboard.press('Enter');
  await page.getByText('Give the demo a name.').waitFor();
  await at(page, 'rename-input').waitFor();
});

test('the folder name is changed where it stands, and a taken one is refused', async () => {
  const page = await open('demos=3');
  await at(page, 'demo-row-ledgerline').click();
  await at(page, 'rename-slug').click();
  await at(page, 'rename-slug-input').fill('cafe-melange');
  await page.keyboard.press('Enter');
  await see(at(page, 'demo-folder'), '/demos/cafe-melange');
  await at(page, 'rename-slug').click();
  await at(page, 'rename-slug-input').fill('ida-holm-ceramics');
  await page.keyboard.press('Enter');
  await page.getByText('There is already a demo named “ida-holm-ceramics”.').waitFor();
});

test('tags are added and removed, and none is lost when typed fast', async () => {
  const page = await open('demos=1');
  await at(page, 'tag-input').focus();
  await page.evaluate(() => window.backlotFake.holdEvents());
  for (const tag of ['one', 'two', 'three']) {
    await page.keyboard.type(tag);
    await page.keyboard.press('Enter');
  }
  await page.evaluate(() => window.backlotFake.releaseEvents());
  await see(at(page, 'tag').last(), 'three');
  expect(await at(page, 'tag').allInnerTexts()).toEqual(['client', 'berlin', 'one', 'two', 'three']);
  await page.keyboard.press('Backspace');
  await gone(at(page, 'tag').filter({ hasText: 'three' }));
  await page.getByRole('button', { name: 'Remove the tag client' }).click();
  await gone(at(page, 'tag').filter({ hasText: 'client' }));
});

test('search and filters narrow the list together, and Clear takes them back', async () => {
  const page = await open('demos=60');
  await see(at(page, 'tally'), '60 demos');
  await at(page, 'search-input').fill('cafe melange');
  await see(at(page, 'tally'), '6 of 60');
  await at(page, 'filter-tag').selectOption('pitch');
  await at(page, 'filter-template').selectOption('bakery');
  await see(at(page, 'tally'), '6 of 60');
  await at(page, 'filter-state').selectOption('interrupted');
  await see(at(page, 'tally'), '1 of 60');
  await at(page, 'search-input').fill('nothing like this');
  await page.getByText('No demo matches.').waitFor();
  await page.getByRole('button', { name: 'Clear search and filters' }).click();
  await see(at(page, 'tally'), '60 demos');
});

test('the list goes by arrow keys, Home, End and letters; Enter goes into the demo', async () => {
  const page = await open('demos=30');
  await page.keyboard.press('Control+f');
  await focused(at(page, 'search-input'));
  await page.keyboard.press('ArrowDown');
  await focused(at(page, 'demo-list'));
  await page.keyboard.press('ArrowDown');
  await see(at(page, 'demo-name'), 'Ida Holm, Ceramics');
  await page.keyboard.press('End');
  await see(at(page, 'demo-name'), 'Tidewater Analytics 3');
  await page.keyboard.press('Home');
  await see(at(page, 'demo-name'), 'Nordlicht Bäckerei');
  await page.keyboard.type('har');
  await see(at(page, 'demo-name'), 'Harbour & Sons');
  await page.keyboard.press('Enter');
  await focused(at(page, 'demo-name'));
});

test('a thousand demos are a few rows, and the last is one key away', async () => {
  const page = await open('demos=1000');
  await see(at(page, 'tally'), '1,000 demos');
  expect(await page.locator(rows).count()).toBeLessThan(40);
  await at(page, 'demo-list').focus();
  await page.keyboard.press('End');
  await at(page, 'demo-row-tidewater-analytics-100').waitFor();
  expect(await page.locator(rows).count()).toBeLessThan(40);
  expect(await at(page, 'demo-row-tidewater-analytics-100').getAttribute('aria-posinset')).toBe('1000');
});

test('a demo that another process made appears by itself, also after a lost event', async () => {
  const page = await open('demos=2');
  await page.evaluate(() => window.backlotFake.createdElsewhere('From Outside'));
  await see(at(page, 'badge-from-outside'), 'Ready');
  await page.evaluate(() => {
    window.backlotFake.skipEvent();
    window.backlotFake.createdElsewhere('After A Gap');
  });
  await see(at(page, 'badge-after-a-gap'), 'Ready');
});

test('the trash gives back, and deletes forever only after asking', async () => {
  const page = await open('demos=3');
  await at(page, 'delete-button').click();
  await gone(at(page, 'demo-row-nordlicht-backerei'));
  await at(page, 'delete-button').click();
  await gone(at(page, 'demo-row-ida-holm-ceramics'));
  await at(page, 'trash-open').click();
  await at(page, 'restore-nordlicht-backerei').click();
  await at(page, 'demo-row-nordlicht-backerei').waitFor();
  await gone(at(page, 'restore-nordlicht-backerei'));
  const purge = at(page, 'purge-ida-holm-ceramics');
  await purge.click();
  await page.getByRole('alertdialog').waitFor();
  await page.keyboard.press('Escape');
  await gone(page.getByRole('alertdialog'));
  await focused(purge);
  await purge.click();
  await at(page, 'purge-confirm').click();
  await page.getByText('The trash is empty.').waitFor();
});

test('the palette finds commands and demos, and gives focus back', async () => {
  const page = await open('demos=12');
  await at(page, 'demo-list').focus();
  await page.keyboard.press('Control+k');
  await focused(at(page, 'palette-input'));
  await page.keyboard.press('Escape');
  await focused(at(page, 'demo-list'));
  await page.keyboard.press('Control+k');
  await page.keyboard.type('quill');
  await at(page, 'offer-quillstack').waitFor();
  await page.keyboard.press('Enter');
  await see(at(page, 'demo-name'), 'Quillstack');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('open fol');
  await page.keyboard.press('Enter');
  await gone(at(page, 'palette-input'));
  await page.waitForFunction(() => window.backlotFake.opened.join() === 'quillstack');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('rename');
  await page.keyboard.press('Enter');
  await focused(at(page, 'rename-input'));
});

test('a template is added from a folder without making a demo', async () => {
  const page = await open('demos=1');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('add a template');
  await page.keyboard.press('Enter');
  await see(at(page, 'toast'), 'Added the template corner-shop.');
  await at(page, 'template-card-corner-shop').waitFor();
});

test('a note that is closed leaves focus to the list', async () => {
  const page = await open('demos=3');
  await at(page, 'delete-button').click();
  await page.getByRole('button', { name: 'Close this note' }).press('Enter');
  await gone(at(page, 'toast'));
  await focused(at(page, 'demo-list'));
});

test('an added template is refreshed and removed where it is chosen', async () => {
  const page = await open('added=1');
  await at(page, 'template-card-harbour').click();
  await page.getByRole('button', { name: 'Refresh' }).click();
  await see(at(page, 'toast'), 'harbour-agency-theme is up to date.');
  await page.getByRole('button', { name: 'Remove' }).click();
  await gone(at(page, 'template-card-harbour'));
});

test('a workspace that cannot be read says so, and Retry opens it once it can', async () => {
  const page = await open('demos=2&snapshot=fail');
  await see(at(page, 'snapshot-failure'), 'cannot be read');
  await page.evaluate(() => window.backlotFake.heal());
  await at(page, 'snapshot-retry').click();
  await at(page, 'demo-row-nordlicht-backerei').waitFor();
});

test('the list’s width is moved by keys and kept', async () => {
  const page = await open('demos=1');
  const edge = page.getByRole('separator');
  await edge.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  expect(await edge.getAttribute('aria-valuenow')).toBe('332');
  await page.reload();
  await at(page, 'demo-list').waitFor();
  expect(await edge.getAttribute('aria-valuenow')).toBe('332');
  await holds(at(page, 'search-input'), '');
});

/** Whole menus: made, renamed, removed and brought back. */
import { expect, test } from 'vitest';
import { box, first, onDisk, openContent, saved } from './editor-support';
import { at, focused, gone, see } from './support';

test('a menu is made, gets its first item, is renamed, and removed with an undo, by keys alone', async () => {
  const page = await openContent();
  await at(page, 'add-menu').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('Opening hours');
  await page.keyboard.press('Enter');
  await see(page.locator('[aria-current="location"]'), 'Opening hours');
  await at(page, 'document-menus/opening-hours').waitFor();
  await at(page, 'add-item').click();
  await focused(box(page, 'items/0/label'));
  await page.keyboard.type('Summer');
  await saved(page, 'menus/opening-hours', ['items', '0', 'label'], 'Summer');

  await at(page, 'document-menus/opening-hours').focus();
  await page.keyboard.press('F2');
  await page.keyboard.type('Hours');
  await page.keyboard.press('Enter');
  await see(at(page, 'document-menus/opening-hours'), 'Hours');
  await saved(page, 'menus/opening-hours', ['name'], 'Hours');

  await at(page, 'document-menus/opening-hours').focus();
  await page.keyboard.press('Delete');
  await gone(at(page, 'document-menus/opening-hours'));
  await see(at(page, 'toast'), 'Removed the menu “Hours”.');
  expect(await page.evaluate((id) => window.backlotFake.documents.onDisk(id, 'menus/opening-hours'), first)).toBe(
    undefined,
  );
  await page.keyboard.press('Control+z');
  await see(at(page, 'document-menus/opening-hours'), 'Hours');
  expect((await onDisk(page, 'menus/opening-hours')).items).toMatchObject([{ label: 'Summer' }]);
});

test('a menu that does not fit says why it gets no other name', async () => {
  const page = await openContent();
  await page.evaluate(
    (id) => window.backlotFake.documents.changeOutside(id, 'menus/main-menu', '{"name": "Main menu", "items": 1}'),
    first,
  );
  await see(at(page, 'document-menus/main-menu'), 'has a problem');
  await at(page, 'document-menus/main-menu').focus();
  await page.keyboard.press('F2');
  await page.keyboard.insertText('Other');
  await page.keyboard.press('Enter');
  await see(page.getByRole('alert'), 'only be changed as text');
  expect(await at(page, 'page-name-input').inputValue()).toBe('Other');
});

test('removing a menu tells what shows it, and leads there', async () => {
  const page = await openContent();
  await at(page, 'document-menus/main-menu').click({ button: 'right' });
  await at(page, 'menu-delete').click();
  await see(at(page, 'toast'), 'Removed the menu “Main menu”. Still shown by Header.');
  await at(page, 'show-link').click();
  await see(page.locator('[aria-current="location"]'), 'Header');
  await focused(page.locator('[data-path="settings/menu"] select'));
  await at(page, 'undo-button').click();
  await at(page, 'document-menus/main-menu').waitFor();
});

test('a site without menus gets its first one', async () => {
  const page = await openContent();
  await page.evaluate((id) => {
    for (const name of ['menus/main-menu', 'menus/footer-menu']) window.backlotFake.documents.removeOutside(id, name);
  }, first);
  await gone(at(page, 'document-menus/main-menu'));
  await at(page, 'add-menu').click();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await at(page, 'add-menu').click();
  await page.keyboard.type('Main');
  await page.keyboard.press('Enter');
  await at(page, 'document-menus/main').waitFor();
  await see(page.locator('[aria-current="location"]'), 'Main');
});

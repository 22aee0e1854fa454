/** Documents as text: bad JSON, the raw view, and what it is compared with. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { box, first, onDisk, openContent, saved, state, told } from './editor-support';
import { at, gone, holds, see } from './support';

const code = (page: Page) => at(page, 'raw-text').locator('.cm-content');
const put = async (page: Page, text: string) => {
  await code(page).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
};

test('a page that is not JSON is mended as text, and is a form again', async () => {
  const page = await openContent('pace=fast&broken=1');
  await see(at(page, 'document-pages/broken'), 'has a problem');
  await at(page, 'document-pages/broken').click();
  await see(at(page, 'raw-state'), 'It is not JSON');
  await code(page).waitFor();
  await put(page, '{"name": "Mended", "slug": "broken", "widgets": {}, "widgetsOrder": []}');
  await see(at(page, 'raw-state'), 'applied as you type');
  await see(at(page, 'document-pages/broken'), 'Mended');
  await at(page, 'raw-toggle').click();
  await holds(box(page, 'name'), 'Mended');
});

test('a text that is no JSON yet is not applied, and is kept while another page is open', async () => {
  const page = await openContent();
  await page.keyboard.press('Control+j');
  await code(page).waitFor();
  const before = await onDisk(page, 'pages/index');
  await put(page, '{"name": "Half');
  await see(at(page, 'raw-state'), 'Not applied');
  await at(page, 'document-pages/about').click();
  await see(page.locator('[aria-current="location"]'), 'Our bakery');
  await at(page, 'document-pages/index').click();
  await see(at(page, 'raw-state'), 'Not applied');
  await see(code(page), '{"name": "Half');
  expect(await onDisk(page, 'pages/index')).toEqual(before);
  await put(page, '{"name": "Whole", "widgets": {}, "widgetsOrder": []}');
  await saved(page, 'pages/index', ['name'], 'Whole');
  await at(page, 'undo').click();
  await saved(page, 'pages/index', ['name'], 'Home');
  await see(code(page), '"Home"');
});

test('a text that was typed a moment ago is saved when a person asks', async () => {
  const page = await openContent();
  await at(page, 'raw-toggle').click();
  await code(page).waitFor();
  await put(page, '{"name": "At once", "widgets": {}, "widgetsOrder": []}');
  await page.keyboard.press('Control+s');
  await told(page, 'Everything is saved.');
  expect((await onDisk(page, 'pages/index')).name).toBe('At once');
});

const half = '{\n  "name": "Half\n}';
const kept = (page: Page, wanted: string | undefined) =>
  expect
    .poll(() => page.evaluate((id) => window.backlotFake.documents.unfinishedOf(id, 'pages/index'), first))
    .toBe(wanted);
const openText = async (query?: string) => {
  const page = await openContent(query);
  await at(page, 'raw-toggle').click();
  await code(page).waitFor();
  return page;
};

test('a text that is no JSON yet is said not to be saved, on which line, and the host keeps it', async () => {
  const page = await openText();
  await put(page, half);
  await state(page, 'unfinished');
  await see(at(page, 'save-state'), 'Not saved: line 2 is not valid JSON');
  await see(at(page, 'raw-state'), 'Line 2: This text has no closing quote.');
  await kept(page, half);
  await page.keyboard.press('Control+s');
  await told(page, 'Home is not saved');
  // From elsewhere, the way back is offered.
  await at(page, 'tab-overview').click();
  await at(page, 'save-show').click();
  await see(code(page), '"Half');
  await put(page, '{"name": "Whole", "widgets": {}, "widgetsOrder": []}');
  await saved(page, 'pages/index', ['name'], 'Whole');
  await state(page, 'saved');
  await kept(page, undefined);
});

test('a text that is not wanted any more gives way to the document’s own, and comes back by an undo', async () => {
  const page = await openText();
  await put(page, half);
  await kept(page, half);
  await at(page, 'raw-give-up').click();
  await see(code(page), '"Home"');
  await kept(page, undefined);
  await state(page, 'saved');
  await code(page).click();
  await page.keyboard.press('Control+z');
  await see(code(page), '"Half');
  await state(page, 'unfinished');
});

test('no end of the window takes a text that is no JSON yet', async () => {
  const page = await openText();
  await put(page, half);
  await page.keyboard.press('Control+q');
  await page.waitForFunction(() => window.backlotFake.ended.handedOver);
  const there = await page.evaluate((id) => window.backlotFake.documents.unfinishedOf(id, 'pages/index'), first);
  expect(there).toBe(half);
});

test('JSON typed a moment ago is saved when the window ends, and when another page or demo is opened', async () => {
  const named = (name: string) => `{"name": "${name}", "widgets": {}, "widgetsOrder": []}`;
  const page = await openText('pace=real');
  await put(page, named('Another page'));
  await at(page, 'document-pages/about').click();
  await saved(page, 'pages/index', ['name'], 'Another page');
  await at(page, 'document-pages/index').click();
  await at(page, 'raw-toggle').click();
  await see(code(page), '"Another page"');
  await put(page, named('Another demo'));
  await at(page, 'demo-row-ledgerline').click();
  await saved(page, 'pages/index', ['name'], 'Another demo');
  await at(page, 'demo-row-nordlicht-backerei').click();
  await at(page, 'raw-toggle').click();
  await see(code(page), '"Another demo"');
  await put(page, named('The end'));
  await page.keyboard.press('Control+q');
  await page.waitForFunction(() => window.backlotFake.ended.handedOver);
  await saved(page, 'pages/index', ['name'], 'The end');
});

test('a text that a process left unfinished is gone on with', async () => {
  const page = await openContent();
  await page.evaluate(([id, text]) => window.backlotFake.documents.leaveUnfinished(id, 'pages/about', text), [
    first,
    half,
  ] as const);
  await see(at(page, 'drafts'), 'not valid JSON yet');
  await at(page, 'draft-take-up').click();
  await see(code(page), '"Half');
  await gone(at(page, 'drafts'));
  await see(at(page, 'save-state'), 'Not saved');
});

test('Ctrl+Z and Delete in the text are only about the text', async () => {
  const page = await openContent();
  await at(page, 'raw-toggle').click();
  await code(page).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText('x');
  await see(at(page, 'raw-state'), 'Not applied');
  await page.keyboard.press('Control+z');
  await see(at(page, 'raw-state'), 'applied as you type');
  await page.keyboard.press('Delete');
  expect(await at(page, 'demo-row-nordlicht-backerei').count()).toBe(1);
  expect(await at(page, 'undo').isDisabled()).toBe(true);
});

test('the text is compared with what is on disk', async () => {
  const page = await openContent();
  await page.evaluate(() => window.backlotFake.documents.failSaves({ code: 'Io', message: 'No.' }));
  await box(page, 'name').fill('Begin');
  await state(page, 'failed');
  await at(page, 'raw-toggle').click();
  await at(page, 'raw-compare').click();
  await at(page, 'diff').locator('.cm-changedLine').first().waitFor();
  const changed = await at(page, 'diff').locator('.cm-changedLine').allTextContents();
  expect(changed.map((line) => line.trim())).toEqual(['"name": "Home",', '"name": "Begin",']);
  await at(page, 'raw-compare').click();
  await code(page).waitFor();
});

test('a change of another program is shown in the text', async () => {
  const page = await openContent();
  await at(page, 'raw-toggle').click();
  await code(page).waitFor();
  await page.evaluate(
    (id) => window.backlotFake.documents.changeOutside(id, 'pages/index', { path: ['name'], value: 'Theirs' }),
    first,
  );
  await see(code(page), '"Theirs"');
});

test('a change of another program is taken into a text that is being typed, and the caret stays', async () => {
  const page = await openText();
  await code(page).click();
  for (const key of ['Control+Home', 'ArrowDown', 'End', 'ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
  await page.keyboard.insertText('!');
  await page.evaluate(
    (id) => window.backlotFake.documents.changeOutside(id, 'pages/index', { path: ['slug'], value: 'theirs' }),
    first,
  );
  await saved(page, 'pages/index', ['name'], 'Home!');
  await saved(page, 'pages/index', ['slug'], 'theirs');
  await see(code(page), '"theirs"');
  await page.keyboard.insertText('?');
  await see(code(page), '"Home!?"');
  await saved(page, 'pages/index', ['name'], 'Home!?');
  // An undo in the text takes back what was typed, never what the other program wrote.
  await page.keyboard.press('Control+z');
  await see(code(page), '"Home!"');
  await page.keyboard.press('Control+z');
  await see(code(page), '"Home"');
  await see(code(page), '"theirs"');
});

test('a text that is JSON and that the host does not take says why, and is kept', async () => {
  const page = await openText();
  const text = '{"name": "Once", "name": "Twice", "widgets": {}, "widgetsOrder": []}';
  await put(page, text);
  await see(at(page, 'raw-state'), 'The key “name” is there twice.');
  await see(at(page, 'save-state'), 'The key “name” is there twice.');
  await page.keyboard.insertText('x');
  await page.keyboard.press('Backspace');
  await kept(page, text);
  await state(page, 'unfinished');
  await at(page, 'document-pages/about').click();
  await see(page.locator('[aria-current="location"]'), 'Our bakery');
  await at(page, 'document-pages/index').click();
  await see(at(page, 'raw-state'), 'The key “name” is there twice.');
  await at(page, 'raw-give-up').click();
  await see(code(page), '"Home"');
  await state(page, 'saved');
});

test('a text that was left of a page that is gone can be copied', async () => {
  const page = await openContent();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(([id, text]) => window.backlotFake.documents.leaveUnfinished(id, 'pages/about', text), [
    first,
    half,
  ] as const);
  await at(page, 'draft-take-up').waitFor();
  await page.evaluate((id) => window.backlotFake.documents.removeOutside(id, 'pages/about'), first);
  await at(page, 'draft-copy').click();
  await see(at(page, 'toast'), 'Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(half);
  expect(await at(page, 'draft-take-up').count()).toBe(0);
});

test('a widget that the theme does not know says so and keeps its values', async () => {
  const page = await openContent('pace=fast&broken=1');
  await at(page, 'document-pages/strange').click();
  await at(page, 'row-strange').click();
  await see(at(page, 'part-problem'), 'carousel-3d');
  await box(page, 'widgets/strange/settings/speed').fill('5');
  await saved(page, 'pages/strange', ['widgets', 'strange', 'settings'], { speed: 5, title: 'Spins' });
});

test('a site that cannot be read says why, and Retry reads it once it can', async () => {
  const page = await openContent();
  await page.evaluate(() =>
    window.backlotFake.documents.refuseNext('content', { code: 'Io', message: 'The folder cannot be read.' }),
  );
  await at(page, 'demo-row-ledgerline').click();
  await see(page.getByRole('alert'), 'The folder cannot be read.');
  await at(page, 'content-retry').click();
  await gone(at(page, 'content-retry'));
  await at(page, 'document-pages/pricing').waitFor();
});

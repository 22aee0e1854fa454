/** Editing pages: typing, saving, undoing, and what stands in the way of saving. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { box, field, first, onDisk, openContent, rows, saved, second, state, told } from './editor-support';
import { at, focused, gone, holds, open, see } from './support';

const heading = 'widgets/hero/settings/title';
const title = ['widgets', 'hero', 'settings', 'title'];
const storyHeading = 'widgets/story/settings/title';
const hero = async (query?: string): Promise<Page> => {
  const page = await openContent(query);
  await at(page, 'row-hero').click();
  await box(page, heading).waitFor();
  return page;
};

test('a heading is typed and saved by itself', async () => {
  const page = await hero('pace=real');
  await box(page, heading).fill('Bread at dawn');
  await state(page, 'unsaved');
  await see(at(page, 'row-hero'), 'Bread at dawn');
  await saved(page, 'pages/index', title, 'Bread at dawn');
  await see(at(page, 'save-state'), 'Saved');
  const page1 = await onDisk(page, 'pages/index');
  expect(page1.uuid).toBe('787e1c97-3fa8-481e-a6ea-b3e077926011');
});

test('the tabs go by arrow keys and shortcuts, and the choice stays for another demo', async () => {
  const page = await open('demos=3&pace=fast');
  await at(page, 'tab-overview').focus();
  await page.keyboard.press('ArrowRight');
  await focused(at(page, 'tab-content'));
  await at(page, 'widget-tree').waitFor();
  await page.keyboard.press('Control+3');
  await at(page, 'media').waitFor();
  await page.keyboard.press('Control+2');
  await at(page, 'demo-row-ida-holm-ceramics').click();
  await see(at(page, 'demo-name'), 'Ida Holm');
  await at(page, 'document-pages/work').waitFor();
  expect(await at(page, 'tab-content').getAttribute('aria-selected')).toBe('true');
});

test('leaving a field, a document, a tab and a demo each saves at once', async () => {
  const page = await hero('pace=real');
  const quickly = { timeout: 900 };
  const now = (value: string) =>
    expect
      .poll(async () => (await onDisk(page, 'pages/index')).widgets, quickly)
      .toMatchObject({
        hero: { settings: { title: value } },
      });
  await box(page, heading).fill('One');
  await box(page, 'widgets/hero/settings/eyebrow').focus();
  await now('One');
  await box(page, heading).fill('Two');
  await page.keyboard.press('Control+1');
  await now('Two');
  await page.keyboard.press('Control+2');
  await at(page, 'row-hero').click();
  await box(page, heading).fill('Three');
  await at(page, 'document-pages/menu').click();
  await now('Three');
  await at(page, 'document-pages/index').click();
  await at(page, 'row-hero').click();
  await box(page, heading).fill('Four');
  await at(page, 'demo-row-ledgerline').click();
  await now('Four');
});

test('what was open and selected is so again after another tab', async () => {
  const page = await hero();
  await page.keyboard.press('Control+1');
  await page.keyboard.press('Control+2');
  await box(page, heading).waitFor();
  await at(page, 'demo-row-ledgerline').click();
  await at(page, 'document-pages/pricing').waitFor();
  await at(page, 'demo-row-nordlicht-backerei').click();
  await box(page, heading).waitFor();
});

test('undo and redo go by keys and buttons, within a field too, and the caret is where it changed', async () => {
  const page = await hero();
  const input = box(page, heading);
  const before = await input.inputValue();
  await input.focus();
  await page.keyboard.press('End');
  await page.keyboard.type(' Indeed.');
  await holds(input, `${before} Indeed.`);
  await page.keyboard.press('Control+z');
  await holds(input, before);
  await focused(input);
  await page.keyboard.press('Control+Shift+z');
  await holds(input, `${before} Indeed.`);
  await page.keyboard.press('Control+z');
  await holds(input, before);
  await page.keyboard.press('Control+y');
  await holds(input, `${before} Indeed.`);
  await at(page, 'undo').click();
  await holds(input, before);
  expect(await at(page, 'undo').isDisabled()).toBe(true);
  await at(page, 'redo').click();
  await saved(page, 'pages/index', title, `${before} Indeed.`);
});

test('Ctrl+Z in the search is only typing', async () => {
  const page = await hero();
  await box(page, heading).fill('Changed');
  await saved(page, 'pages/index', title, 'Changed');
  await at(page, 'search-input').fill('led');
  await page.keyboard.press('Control+z');
  expect(await box(page, heading).inputValue()).toBe('Changed');
});

test('Ctrl+S saves at once and says so', async () => {
  const page = await hero('pace=real');
  await box(page, heading).fill('Aloud');
  await page.keyboard.press('Control+s');
  await told(page, 'Everything is saved.');
  await saved(page, 'pages/index', title, 'Aloud');
});

test('how saving ended is told by a polite region, once, and nothing while a person types', async () => {
  const page = await hero('pace=real');
  const region = at(page, 'save-told');
  expect(await region.getAttribute('role')).toBe('status');
  expect(await region.getAttribute('aria-live')).toBe('polite');
  expect(await region.textContent()).toBe('');
  // All that is ever put into it, as a screen reader would hear it.
  await region.evaluate((element) => {
    const heard: string[] = ((window as unknown as { heard: string[] }).heard = []);
    new MutationObserver(() => element.textContent && heard.push(element.textContent)).observe(element, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  const heard = () => page.evaluate(() => (window as unknown as { heard: string[] }).heard);
  await box(page, heading).pressSequentially('Quietly', { delay: 20 });
  await state(page, 'unsaved');
  expect(await heard()).toEqual([]);
  await told(page, 'Saved.');
  expect(await heard()).toEqual(['Saved.']);
  // The seconds that are counted where it is seen are not told.
  await see(at(page, 'save-state'), /Saved [3-9] s ago/);
  expect(await heard()).toEqual(['Saved.']);
  await page.evaluate(() => window.backlotFake.documents.failSaves({ code: 'DiskFull', message: 'The disk is full.' }));
  await box(page, heading).pressSequentially(' again', { delay: 20 });
  await told(page, 'is not saved. The disk is full.');
  expect(await heard()).toEqual(['Saved.', 'Home is not saved. The disk is full.']);
  await page.evaluate(() => window.backlotFake.documents.failSaves(null));
  await at(page, 'retry').click();
  await told(page, 'Home is saved.');
  expect((await heard()).slice(2)).toEqual(['Home is saved.']);
});

test('a setting goes back to its default', async () => {
  const page = await hero();
  await box(page, heading).fill('Mine');
  await field(page, heading).hover();
  await at(page, 'reset-title').click();
  await holds(box(page, heading), '');
  expect(await box(page, heading).getAttribute('placeholder')).not.toBe('');
  await expect.poll(async () => JSON.stringify((await onDisk(page, 'pages/index')).widgets)).not.toContain('"Mine"');
});

const outside = (page: Page, value: string, path: string[] = title) =>
  page.evaluate(([id, path, value]) => window.backlotFake.documents.changeOutside(id, 'pages/index', { path, value }), [
    first,
    path,
    value,
  ] as const);
const conflicted = async () => {
  const page = await hero('pace=real');
  await box(page, heading).fill('Mine');
  await outside(page, 'Theirs');
  await at(page, 'conflict').waitFor();
  await state(page, 'conflict');
  await told(page, 'was changed by another program');
  return page;
};

test('what another program writes is shown when nothing is unsaved, and the caret stays', async () => {
  const page = await hero();
  const input = box(page, heading);
  await input.focus();
  await input.evaluate((element: HTMLInputElement) => element.setSelectionRange(2, 2));
  await outside(page, 'Elsewhere', ['widgets', 'hero', 'settings', 'eyebrow']);
  await holds(box(page, 'widgets/hero/settings/eyebrow'), 'Elsewhere');
  await focused(input);
  expect(await input.evaluate((element: HTMLInputElement) => element.selectionStart)).toBe(2);
});

test('changes in two places are joined', async () => {
  const page = await hero('pace=real');
  await box(page, heading).fill('Mine');
  await outside(page, 'Theirs', ['widgets', 'hero', 'settings', 'eyebrow']);
  await saved(page, 'pages/index', title, 'Mine');
  await holds(box(page, 'widgets/hero/settings/eyebrow'), 'Theirs');
});

test('of a conflict mine is kept', async () => {
  const page = await conflicted();
  await at(page, 'keep-mine').click();
  await saved(page, 'pages/index', title, 'Mine');
  await gone(at(page, 'conflict'));
  expect(await box(page, heading).inputValue()).toBe('Mine');
});

test('of a conflict theirs is taken, and mine comes back by an undo', async () => {
  const page = await conflicted();
  await at(page, 'take-theirs').click();
  await gone(at(page, 'conflict'));
  await holds(box(page, heading), 'Theirs');
  await at(page, 'undo').click();
  await holds(box(page, heading), 'Mine');
});

test('both sides of a conflict are compared, and one is chosen there', async () => {
  const page = await conflicted();
  await at(page, 'compare').click();
  await at(page, 'diff').getByText('Theirs').waitFor();
  await at(page, 'diff').getByText('Mine').waitFor();
  await at(page, 'dialog-mine').click();
  await gone(at(page, 'compare-dialog'));
  await saved(page, 'pages/index', title, 'Mine');
});

test('a conflict that changes while it is compared is shown as it is now', async () => {
  const page = await conflicted();
  await at(page, 'compare').click();
  await at(page, 'diff').getByText('Theirs').waitFor();
  await outside(page, 'Newer');
  await at(page, 'diff').getByText('Newer').waitFor();
  await at(page, 'dialog-theirs').click();
  await gone(at(page, 'compare-dialog'));
  await holds(box(page, heading), 'Newer');
});

test('a page in conflict that gets another address leaves nothing behind', async () => {
  const page = await hero('pace=real');
  await at(page, 'document-pages/about').click();
  await box(page, 'name').fill('Mine');
  await page.evaluate(
    (id) => window.backlotFake.documents.changeOutside(id, 'pages/about', { path: ['name'], value: 'Theirs' }),
    first,
  );
  await state(page, 'conflict');
  await at(page, 'page-address-edit').click();
  await page.keyboard.insertText('us');
  await page.keyboard.press('Enter');
  await at(page, 'document-pages/us').waitFor();
  await gone(at(page, 'document-pages/about'));
  await gone(at(page, 'conflict'));
  await state(page, 'saved');
});

const removedOutside = async () => {
  const page = await hero('pace=real');
  await at(page, 'document-pages/about').click();
  await at(page, 'row-story').click();
  await box(page, storyHeading).fill('Mine');
  await page.evaluate((id) => window.backlotFake.documents.removeOutside(id, 'pages/about'), first);
  await see(at(page, 'conflict'), 'Our bakery was removed by another program');
  await state(page, 'conflict');
  return page;
};

test('a page with unsaved edits that another program removes stays, and mine is written again', async () => {
  const page = await removedOutside();
  expect(await box(page, storyHeading).inputValue()).toBe('Mine');
  // It can be left and come back to.
  await at(page, 'document-pages/menu').click();
  await see(page.locator('[aria-current="location"]'), 'Menu');
  await see(at(page, 'document-pages/about'), 'has a problem');
  await at(page, 'save-show').click();
  await at(page, 'compare').click();
  await at(page, 'compare-dialog').getByText('On disk: removed').waitFor();
  await page.keyboard.press('Escape');
  await at(page, 'keep-mine').click();
  await saved(page, 'pages/about', ['widgets', 'story', 'settings', 'title'], 'Mine');
  await gone(at(page, 'conflict'));
  await state(page, 'saved');
  await at(page, 'document-pages/about').filter({ hasNotText: 'has a problem' }).waitFor();
});

test('a removed page whose edits are not wanted goes, from the comparison too', async () => {
  for (const take of ['take-theirs', 'dialog-theirs']) {
    const page = await removedOutside();
    if (take === 'dialog-theirs') await at(page, 'compare').click();
    await at(page, take).click();
    await gone(at(page, 'document-pages/about'));
    await gone(at(page, 'conflict'));
    await see(page.locator('[aria-current="location"]'), /./);
    expect(await at(page, 'toast').count()).toBe(0);
    expect(await page.evaluate((id) => window.backlotFake.documents.onDisk(id, 'pages/about'), first)).toBeUndefined();
  }
});

test('a save that fails says why, keeps what was typed, and goes through once it can', async () => {
  const page = await hero();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() =>
    window.backlotFake.documents.failSaves({ code: 'DiskFull', message: 'The disk is full. Nothing was changed.' }),
  );
  await box(page, heading).fill('Kept');
  await see(at(page, 'failed'), 'The disk is full.');
  await state(page, 'failed');
  await told(page, 'The disk is full.');
  await at(page, 'copy-text').click();
  await see(at(page, 'toast'), 'Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('"Kept"');
  await page.evaluate(() => window.backlotFake.documents.failSaves(null));
  await at(page, 'retry').click();
  await gone(at(page, 'failed'));
  await saved(page, 'pages/index', title, 'Kept');
  await told(page, 'Home is saved.');
});

test('a host that does not answer for a while loses nothing', async () => {
  const page = await hero();
  await page.evaluate(() =>
    window.backlotFake.documents.refuseNext('changeDocument', { code: 'Locked', message: 'Another program has it.' }),
  );
  await box(page, heading).fill('Still here');
  await see(at(page, 'failed'), 'Another program has it.');
  await told(page, 'Home is not saved. Another program has it.');
  await at(page, 'save-retry').click();
  await saved(page, 'pages/index', title, 'Still here');
});

test('trouble in another demo is told, with a way there', async () => {
  const page = await hero('pace=real');
  await page.evaluate(() => window.backlotFake.documents.failSaves({ code: 'Io', message: 'The disk is gone.' }));
  await box(page, heading).fill('Lost?');
  await at(page, 'demo-row-ledgerline').click();
  await see(at(page, 'toast'), 'The disk is gone.');
  await at(page, 'toast').getByRole('button', { name: 'Show' }).click();
  await see(at(page, 'demo-name'), 'Nordlicht');
  await at(page, 'row-hero').click();
  await holds(box(page, heading), 'Lost?');
});

const storyTitle = ['widgets', 'story', 'settings', 'title'];
const leave = (page: Page, value: string) =>
  page.evaluate(([id, path, value]) => window.backlotFake.documents.leaveDraft(id, 'pages/about', { path, value }), [
    first,
    storyTitle,
    value,
  ] as const);

test('edits from before the program ended are compared and applied', async () => {
  const page = await openContent();
  await leave(page, 'Typed before');
  await see(at(page, 'drafts'), 'Our bakery');
  await at(page, 'draft-compare').click();
  await at(page, 'diff').getByText('Typed before').waitFor();
  await page.keyboard.press('Escape');
  await gone(at(page, 'compare-dialog'));
  await at(page, 'draft-apply').click();
  await gone(at(page, 'drafts'));
  await at(page, 'row-story').click();
  await holds(box(page, 'widgets/story/settings/title'), 'Typed before');
  await saved(page, 'pages/about', ['widgets', 'story', 'settings', 'title'], 'Typed before');
});

test('where edits are left of a time when the program ended is told at its start, and marked in the list', async () => {
  const page = await open('demos=4&left=2&pace=fast');
  await see(at(page, 'toast'), 'What is left of “Nordlicht Bäckerei” and 1 other demo can be applied or discarded.');
  await at(page, 'left-nordlicht-backerei').waitFor();
  await at(page, 'left-ida-holm-ceramics').waitFor();
  expect(await at(page, 'left-ledgerline').count()).toBe(0);
  await at(page, 'demo-row-ledgerline').click();
  await at(page, 'left-show').click();
  await see(at(page, 'demo-name'), 'Nordlicht');
  await at(page, 'draft-apply').click();
  await gone(at(page, 'left-nordlicht-backerei'));
  await saved(page, 'pages/index', ['name'], 'Typed before');
  await at(page, 'left-ida-holm-ceramics').waitFor();
});

test('who is at what is left already is not led there', async () => {
  const page = await open('demos=4&left=2&pace=fast');
  await at(page, 'toast').waitFor();
  await at(page, 'demo-row-nordlicht-backerei').click();
  await page.keyboard.press('Control+2');
  await at(page, 'drafts').waitFor();
  await gone(at(page, 'toast'));
});

test('nothing is told at the start when nothing is left', async () => {
  const page = await openContent();
  expect(await at(page, 'toast').count()).toBe(0);
});

test('edits from before the program ended are discarded, and an undo offers them again', async () => {
  const page = await openContent();
  await leave(page, 'Typed before');
  await at(page, 'draft-discard').click();
  await gone(at(page, 'drafts'));
  await at(page, 'undo-button').click();
  await see(at(page, 'drafts'), 'Our bakery');
  await at(page, 'left-nordlicht-backerei').waitFor();
  await at(page, 'draft-discard').click();
  await gone(at(page, 'drafts'));
  await gone(at(page, 'left-nordlicht-backerei'));
  await at(page, 'document-pages/about').click();
  await at(page, 'row-story').click();
  await holds(box(page, 'widgets/story/settings/title'), 'It began with a bucket and a garage');
});

test('a text that is found opens its page, its widget and its field', async () => {
  const page = await openContent();
  await page.keyboard.press('Control+Shift+f');
  await page.keyboard.type('laminate');
  await see(at(page, 'hit'), 'laminate dough');
  await page.keyboard.press('Enter');
  const bio = field(page, 'widgets/people/blocks/tomas/settings/bio').locator('textarea');
  await focused(bio);
  expect(await rows(page)).toContain('Person');
});

test('a text that is found in a menu opens its item, and the list is gone through by keys from there', async () => {
  const page = await openContent();
  await page.keyboard.press('Control+Shift+f');
  await page.keyboard.type('Our bakery');
  await at(page, 'hit').filter({ hasText: 'Main' }).first().click();
  await focused(box(page, 'items/2/label'));
  // By Escape back to the list, and on by arrows.
  await page.keyboard.press('Escape');
  await focused(at(page, 'item-2'));
  await page.keyboard.press('ArrowDown');
  await focused(at(page, 'item-3'));
});

test('a use of a picture in Media leads to its field', async () => {
  const page = await openContent();
  await page.keyboard.press('Control+3');
  await at(page, 'media').waitFor();
  await page.getByText('hero.jpg').first().click();
  await page.getByTestId('media-uses').getByRole('button', { name: /Home/ }).click();
  await field(page, 'widgets/hero/settings/image').waitFor();
  expect(await at(page, 'tab-content').getAttribute('aria-selected')).toBe('true');
});

test('another demo’s pages are another site', async () => {
  const page = await openContent();
  await at(page, 'demo-row-ida-holm-ceramics').click();
  await at(page, 'document-pages/work').click();
  await see(page.locator('[aria-current="location"]'), 'Work');
  expect((await onDisk(page, 'pages/work', second)).slug).toBe('work');
});

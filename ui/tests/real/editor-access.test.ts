/** axe finds nothing serious in the editor, in either light; and a long page is typed in without a wait. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  box,
  breakSaves,
  field,
  filled,
  leaveEdit,
  onDisk,
  openContent,
  outside,
  removeOutside,
  second,
  state,
  writeBroken,
  writeFields,
  writeLong,
  writeWidgets,
} from './editor-support';
import { at, open, see } from './support';

async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`));
  });
}

const fields = async () => {
  const page = await openContent({ demos: 3 }, writeFields);
  await at(page, 'document-pages/fields').click();
  await at(page, 'row-all').click();
  await at(page, 'rich-richtext').waitFor();
  return page;
};
const screens: Record<string, () => Promise<Page>> = {
  'overview with tabs': () => open({ demos: 3 }),
  'a page’s settings': () => openContent(),
  'a widget and its blocks': async () => {
    const page = await openContent();
    await at(page, 'row-today').focus();
    await page.keyboard.press('ArrowRight');
    return page;
  },
  'every field, some of them wrong': async () => {
    const page = await fields();
    await box(page, 'widgets/all/settings/number').fill('5');
    await box(page, 'widgets/all/settings/color').fill('blueish');
    await box(page, 'widgets/all/settings/hologram').fill('{');
    await at(page, 'rest').locator('summary').click();
    return page;
  },
  'the colour picker': async () => {
    const page = await fields();
    await at(page, 'swatch-color').click();
    await at(page, 'color-picker').waitFor();
    return page;
  },
  'the icon picker': async () => {
    const page = await fields();
    await field(page, 'widgets/all/settings/icon').getByRole('button').click();
    await at(page, 'icon-picker').waitFor();
    return page;
  },
  'a text that is no JSON yet': async () => {
    const page = await openContent();
    await at(page, 'raw-toggle').click();
    await at(page, 'raw-text').locator('.cm-content').click();
    await page.keyboard.insertText('x');
    await state(page, 'unfinished');
    return page;
  },
  'a page that another program removed': async () => {
    const page = await openContent();
    await filled(page, 'name', 'Mine');
    await removeOutside(page, 'pages/index');
    await at(page, 'conflict').waitFor();
    return page;
  },
  'edits that are left, and what links to a removed page': async () => {
    const page = await openContent({ demos: 3 }, async (session) => {
      await leaveEdit(session, 'pages/index', ['name'], 'Typed before');
      await leaveEdit(session, 'pages/index', ['name'], 'Typed before', second);
    });
    await at(page, 'drafts').waitFor();
    await at(page, 'document-pages/about').focus();
    await page.keyboard.press('Delete');
    await at(page, 'show-link').waitFor();
    return page;
  },
  'the name of a new menu': async () => {
    const page = await openContent();
    await at(page, 'add-menu').click();
    await page.keyboard.type('Hours');
    return page;
  },
  'a menu and its item': async () => {
    const page = await openContent();
    await at(page, 'document-menus/main-menu').click();
    await at(page, 'item-1').click();
    return page;
  },
  'the theme': async () => {
    const page = await openContent();
    await at(page, 'document-theme').click();
    await at(page, 'group-typography').click();
    return page;
  },
  'a menu of a row': async () => {
    const page = await openContent();
    await at(page, 'row-today').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Duplicate' }).waitFor();
    return page;
  },
  'adding a widget': async () => {
    const page = await openContent();
    await page.keyboard.press('Control+Shift+a');
    await at(page, 'add-search').waitFor();
    return page;
  },
  'searching texts': async () => {
    const page = await openContent();
    await page.keyboard.press('Control+Shift+f');
    await page.keyboard.type('bread');
    await at(page, 'hit').first().waitFor();
    return page;
  },
  'a conflict, compared': async () => {
    const page = await openContent();
    await filled(page, 'name', 'Mine');
    await outside(page, 'pages/index', ['name'], 'Theirs');
    await page.keyboard.press('Control+s');
    await at(page, 'compare').click();
    await at(page, 'diff').getByText('Theirs').waitFor();
    return page;
  },
  'not saved, and edits left over': async () => {
    const page = await openContent({ demos: 3 }, (session) => leaveEdit(session, 'pages/about', ['name'], 'Before'));
    await at(page, 'drafts').waitFor();
    await breakSaves(page);
    await box(page, 'name').fill('Mine');
    await see(at(page, 'failed'), 'Could not read');
    return page;
  },
  'a text that is no JSON': async () => {
    const page = await openContent({ demos: 3 }, writeBroken);
    await at(page, 'document-pages/broken').click();
    await at(page, 'raw-text').locator('.cm-content').waitFor();
    return page;
  },
  'long names and an empty page': async () => {
    const page = await openContent({ demos: 3, long: true }, writeLong);
    await at(page, 'document-pages/empty').click();
    return page;
  },
};

test.each(Object.entries(screens))('%s', async (_, visit) => {
  const page = await visit();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate(async () => {
      await new Promise(requestAnimationFrame);
      const ending = document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity);
      await Promise.all(ending.map((one) => one.finished));
    });
    expect(await serious(page), colorScheme).toEqual([]);
  }
});

/** Types, and answers how many elements each key changed. */
async function type(page: Page, text: string): Promise<number[]> {
  await page.evaluate(() => {
    const counts: number[] = [];
    let changed = new Set<Node>();
    const observer = new MutationObserver((records) => records.forEach(({ target }) => changed.add(target)));
    const next = () => {
      observer.takeRecords().forEach(({ target }) => changed.add(target));
      counts.push(changed.size);
      changed = new Set();
    };
    observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    addEventListener('beforeinput', next, true);
    const end = () => {
      removeEventListener('beforeinput', next, true);
      next();
      observer.disconnect();
      // What was changed before the first key.
      return counts.slice(1);
    };
    Object.assign(window, { endOfTyping: end });
  });
  await page.keyboard.type(text);
  await see(at(page, 'row-w50'), text.trim().slice(-24));
  return page.evaluate(() => (window as unknown as { endOfTyping: () => number[] }).endOfTyping());
}

// How long a key takes is measured in the real window (`cargo xtask bench busy`); here, that it is no work for the whole page.
test('on a page of a hundred widgets a key changes what it is about and nothing else', async () => {
  const page = await openContent({ demos: 3 }, (session) => writeWidgets(session, 100));
  await at(page, 'document-pages/many').click();
  await at(page, 'row-w50').click();
  const input = box(page, 'widgets/w50/settings/title');
  await input.focus();
  await page.keyboard.press('End');
  const text = ' and then some words that are typed without a pause between them';
  const changed = await type(page, text);
  expect(changed).toHaveLength(text.length);
  expect(Math.max(...changed)).toBeLessThan(20);
  await state(page, 'saved');
  const { widgets } = (await onDisk(page, 'pages/many')) as unknown as {
    widgets: Record<string, { settings: { title: string } }>;
  };
  expect(widgets.w50!.settings.title).toBe(`Widget 50${text}`);
});

/** What is chosen for the whole workspace. */
import { expect, test } from 'vitest';
import { at, gone, open, see, session } from './support';

test('how long edits wait is chosen by keys alone, and what cannot be is said where it is typed', async () => {
  const page = await open({ demos: 3 });
  await page.keyboard.press('Control+,');
  const seconds = at(page, 'save-after');
  await seconds.waitFor();
  expect(await seconds.evaluate((input: HTMLInputElement) => [input === document.activeElement, input.value])).toEqual([
    true,
    '1',
  ]);
  for (const [typed, told] of [
    ['soon', 'A whole number'],
    ['61', 'not 61'],
  ] as const) {
    await page.keyboard.press('Control+a');
    await page.keyboard.type(typed);
    await page.keyboard.press('Enter');
    await see(at(page, 'settings-error'), told);
  }
  await page.keyboard.press('Control+a');
  await page.keyboard.type('30');
  expect(await at(page, 'settings-error').count()).toBe(0);
  await page.keyboard.press('Enter');
  await gone(at(page, 'settings'));
  const chosen = () => session(page).cli('settings', 'get');
  expect(await chosen()).toEqual({ save_after_seconds: 30, preview_private: 'auto' });
  await at(page, 'settings-open').click();
  expect(await seconds.inputValue()).toBe('30');
  const privacy = at(page, 'preview-private');
  expect(await privacy.inputValue()).toBe('');
  await privacy.selectOption('on');
  await at(page, 'settings-save').click();
  await gone(at(page, 'settings'));
  expect(await chosen()).toEqual({ save_after_seconds: 30, preview_private: 'on' });
  await at(page, 'settings-open').click();
  await seconds.waitFor();
  await page.keyboard.press('Escape');
  await gone(at(page, 'settings'));
});

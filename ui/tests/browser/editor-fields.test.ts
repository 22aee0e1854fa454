/** Every kind of setting: what its field shows, what it writes, and what it refuses to write. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { box, field, first, onDisk, openContent, saved } from './editor-support';
import { at, focused, gone, holds, see } from './support';

const home = 'widgets/all/settings';
const path = (id: string) => `${home}/${id}`;
const keys = (id: string) => path(id).split('/');
const fields = async (): Promise<Page> => {
  const page = await openContent('pace=fast&fields=1');
  await at(page, 'document-pages/fields').click();
  await at(page, 'row-all').click();
  await box(page, path('text')).waitFor();
  return page;
};
const valueOf = async (page: Page, id: string) => {
  const { widgets } = (await onDisk(page, 'pages/fields')) as unknown as {
    widgets: { all: { settings: Record<string, unknown> } };
  };
  return widgets.all.settings[id];
};
const now = (page: Page, id: string, wanted: unknown) => saved(page, 'pages/fields', keys(id), wanted as never);

test('text, text area and code', async () => {
  const page = await fields();
  await box(page, path('text')).fill('Good morning');
  await now(page, 'text', 'Good morning');
  expect(await box(page, path('textarea')).getAttribute('placeholder')).toBe('Write here');
  await box(page, path('textarea')).fill('Two\nlines');
  await now(page, 'textarea', 'Two\nlines');
  await box(page, path('code')).fill('a { b: c }');
  await now(page, 'code', 'a { b: c }');
  const about = await box(page, path('text')).getAttribute('aria-describedby');
  expect(await page.locator(`[id="${about}"]`).textContent()).toBe('A line of text.');
});

test('a number is checked as it is typed, and what is none is not saved', async () => {
  const page = await fields();
  const input = box(page, path('number'));
  expect(await input.getAttribute('placeholder')).toBe('40');
  await input.fill('60');
  await now(page, 'number', 60);
  await input.fill('5');
  await see(field(page, path('number')).getByRole('alert'), 'From 10 to 120. It is not saved.');
  expect(await input.getAttribute('aria-invalid')).toBe('true');
  await input.fill('many');
  await see(field(page, path('number')).getByRole('alert'), 'not a number');
  expect(await valueOf(page, 'number')).toBe(60);
  await input.fill('61');
  await gone(field(page, path('number')).getByRole('alert'));
  await page.keyboard.press('ArrowUp');
  await now(page, 'number', 62);
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect.poll(() => input.inputValue()).not.toBe('62');
});

test('a range goes by its slider and by its number', async () => {
  const page = await fields();
  const slider = field(page, path('range')).getByRole('slider');
  expect(await slider.inputValue()).toBe('50');
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await now(page, 'range', 55);
  await field(page, path('range')).getByRole('textbox').fill('70');
  await now(page, 'range', 70);
  expect(await slider.inputValue()).toBe('70');
});

test('checkbox, select and radio begin with their defaults', async () => {
  const page = await fields();
  const check = field(page, path('checkbox')).getByRole('checkbox', { name: 'Checkbox' });
  expect(await check.isChecked()).toBe(true);
  await check.click();
  await now(page, 'checkbox', false);
  const select = field(page, path('select')).getByRole('combobox');
  expect(await select.locator('option:checked').textContent()).toBe('Left');
  await select.selectOption({ label: 'In the middle' });
  await now(page, 'select', 'middle');
  const group = page.getByRole('radiogroup', { name: 'Radio' });
  expect(await group.getByLabel('Left').isChecked()).toBe(true);
  await group.getByLabel('Right').click();
  await now(page, 'radio', 'right');
});

test('a choice that the theme does not offer any more stays until another is made', async () => {
  const page = await fields();
  await page.evaluate(
    ([id, path]) => window.backlotFake.documents.changeOutside(id, 'pages/fields', { path, value: 'diagonal' }),
    [first, keys('select')] as const,
  );
  const chosen = field(page, path('select')).locator('option:checked');
  await expect.poll(() => chosen.textContent()).toBe('diagonal (no choice of the theme)');
});

test('a colour is typed, picked by keys, or taken from the theme', async () => {
  const page = await fields();
  const input = box(page, path('color'));
  await input.fill('#abc');
  await now(page, 'color', '#abc');
  await input.fill('rgb(1 2 3 / 50%)');
  await now(page, 'color', 'rgb(1 2 3 / 50%)');
  await input.fill('blueish');
  await see(field(page, path('color')).getByRole('alert'), 'This is no colour.');
  await at(page, 'swatch-color').click();
  await focused(page.getByRole('slider', { name: 'Saturation' }));
  await at(page, 'theme-color-1').click();
  await now(page, 'color', '#c9622d');
  await gone(field(page, path('color')).getByRole('alert'));
  await page.getByRole('slider', { name: 'Saturation' }).focus();
  await page.keyboard.press('Shift+ArrowLeft');
  await expect.poll(() => valueOf(page, 'color')).not.toBe('#c9622d');
  await page.keyboard.press('Escape');
  await gone(at(page, 'color-picker'));
  await focused(at(page, 'swatch-color'));
});

test('an image is chosen from the library, taken away, and brought from this machine', async () => {
  const page = await fields();
  await at(page, 'choose-image').click();
  await at(page, 'media-picker').waitFor();
  await at(page, 'media-picker').getByRole('option').first().dblclick();
  await gone(at(page, 'media-picker'));
  await expect.poll(() => valueOf(page, 'image')).toMatch(/^\/uploads\/images\//);
  await field(page, path('image')).locator('img').waitFor();
  await at(page, 'clear-image').click();
  await now(page, 'image', '');
  await page.evaluate(() => (window.backlotFake.picks.files = ['/home/mira/Pictures/new shop.png']));
  await at(page, 'import-image').click();
  await now(page, 'image', '/uploads/images/new-shop.png');
  await page.evaluate(() => (window.backlotFake.picks.files = ['/home/mira/broken.png']));
  await at(page, 'import-image').click();
  await see(field(page, path('image')).getByRole('alert'), 'cannot be read');
});

test('a file of another kind is not put where a video belongs', async () => {
  const page = await fields();
  await page.evaluate(() => (window.backlotFake.picks.files = ['/home/mira/only a picture.png']));
  await at(page, 'import-video').click();
  await see(field(page, path('video')).getByRole('alert'), 'not of the kind video');
  expect(await valueOf(page, 'video')).toBeUndefined();
  await page.evaluate(() => (window.backlotFake.picks.files = ['/home/mira/terms.pdf']));
  await at(page, 'import-file').click();
  await now(page, 'file', '/uploads/files/terms.pdf');
  await page.evaluate(() => (window.backlotFake.picks.files = ['/home/mira/bell ring.mp3']));
  await at(page, 'import-audio').click();
  await now(page, 'audio', '/uploads/audios/bell-ring.mp3');
});

test('a link leads to a page, an address, an email or a phone, and keeps what is not known here', async () => {
  const page = await fields();
  const link = field(page, path('link'));
  await holds(link.getByLabel('Address'), 'https://example.com');
  await link.getByLabel('Leads to').selectOption('page');
  await link.getByLabel('Page', { exact: true }).selectOption({ label: 'Visit' });
  await now(page, 'link', {
    href: 'contact.html',
    text: 'Example',
    target: '_self',
    track: 'x1',
    pageUuid: '05d7a664-d346-41d8-b030-9d4e7d034069',
  });
  await link.getByLabel('Leads to').selectOption('email');
  await link.getByLabel('Email').fill('me');
  await see(link.getByRole('alert').or(field(page, path('link')).getByRole('alert')), 'not a whole email');
  await link.getByLabel('Email').fill('me@shop.example');
  await link.getByLabel('Opens in a new tab').check();
  await link.getByLabel('Text').fill('Write');
  await now(page, 'link', { href: 'mailto:me@shop.example', text: 'Write', target: '_blank', track: 'x1' });
  await link.getByLabel('Leads to').selectOption('none');
  await now(page, 'link', { href: '', text: 'Write', target: '_blank', track: 'x1' });
});

test('a menu is chosen, and is one step away', async () => {
  const page = await fields();
  await field(page, path('menu')).getByRole('combobox').selectOption({ label: 'Main menu' });
  await now(page, 'menu', 'main-menu');
  await at(page, 'edit-menu').click();
  await at(page, 'menu-tree').waitFor();
});

test('an icon is found by its name and chosen with keys', async () => {
  const page = await fields();
  const button = field(page, path('icon')).getByRole('button', { name: 'Icon: check' });
  await button.click();
  await page.keyboard.type('whea');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await now(page, 'icon', 'wheat');
  await gone(at(page, 'icon-picker'));
});

test('a font is a family with a weight', async () => {
  const page = await fields();
  const font = field(page, path('font'));
  await font.getByLabel('Weight').selectOption('700');
  await now(page, 'font', { stack: 'Georgia, serif', weight: 700 });
  await font.getByLabel('Family').selectOption({ label: 'Fraunces' });
  await expect.poll(async () => JSON.stringify(await valueOf(page, 'font'))).toContain('Fraunces');
  await font.getByLabel('Family').selectOption('own');
  await font.getByLabel('Families, in order').fill('Iowan Old Style, serif');
  await now(page, 'font', { stack: 'Iowan Old Style, serif', weight: 700 });
});

test('a setting of an unknown kind and a value without a setting are JSON', async () => {
  const page = await fields();
  const hologram = box(page, path('hologram'));
  await holds(hologram, JSON.stringify({ depth: 3, layers: ['a', 'b'] }, null, 2));
  await hologram.fill('{"depth": 4');
  await see(field(page, path('hologram')).getByRole('alert'), 'not JSON yet');
  expect(await valueOf(page, 'hologram')).toEqual({ depth: 3, layers: ['a', 'b'] });
  await hologram.fill('{"depth": 4}');
  await now(page, 'hologram', { depth: 4 });
  await at(page, 'rest').locator('summary').click();
  await box(page, path('leftover')).fill('7');
  await now(page, 'leftover', 7);
});

/** The engine tells of a new selection a little later. */
const frame = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
const rich = (page: Page) => at(page, 'rich-richtext');

test('rich text is written, made bold, listed and linked, and its undo is the document’s', async () => {
  const page = await fields();
  await rich(page).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' And more');
  await now(page, 'richtext', '<p>One <strong>bold</strong> word. And more</p>');
  for (let letter = 0; letter < 4; letter += 1) await page.keyboard.press('Shift+ArrowLeft');
  await frame(page);
  await page.keyboard.press('Control+i');
  await now(page, 'richtext', '<p>One <strong>bold</strong> word. And <em>more</em></p>');
  await page.getByRole('button', { name: 'Bulleted list' }).click();
  await now(page, 'richtext', '<ul><li><p>One <strong>bold</strong> word. And <em>more</em></p></li></ul>');
  await page.keyboard.press('Control+End');
  await frame(page);
  await page.keyboard.press('Enter');
  await page.keyboard.type('Two');
  await now(page, 'richtext', '<ul><li><p>One <strong>bold</strong> word. And <em>more</em></p></li><li>Two</li></ul>');
  await page.keyboard.press('Shift+Home');
  await frame(page);
  await page.keyboard.press('Control+Shift+k');
  await at(page, 'rich-link').getByLabel('Leads to').selectOption('page');
  await page.keyboard.press('Escape');
  await expect.poll(() => valueOf(page, 'richtext')).toContain('<a href="index.html">Two</a>');
  await rich(page).focus();
  await page.keyboard.press('Control+z');
  await expect.poll(() => valueOf(page, 'richtext')).not.toContain('<a');
  await gone(rich(page).locator('a'));
});

test('HTML that the editor would change is edited as it is', async () => {
  const page = await fields();
  const odd = field(page, path('odd'));
  await see(odd, 'is edited as it is');
  expect(await odd.locator('textarea').inputValue()).toContain('<custom-card a="1">');
  await odd.locator('textarea').fill('<p class="lead" style="color: red">Now <b>plain</b></p>');
  await at(page, 'rich-odd').waitFor();
  await see(at(page, 'rich-odd'), 'Now plain');
  await at(page, 'rich-odd').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('!');
  await now(page, 'odd', '<p class="lead" style="color: red">Now <b>plain!</b></p>');
});

test.each([
  ['<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>', true],
  ['Bare words', true],
  ['<p>a</p>\n\n<p>b<br>c &amp; d&nbsp;e</p>', true],
  ['<p><em><strong>both</strong></em> <a href="x.html" target="_blank" rel="noopener" data-y="1">l</a></p>', true],
  ['<h2 id="t">T</h2><ol start="3"><li><p>x</p><p>y</p></li></ol><blockquote><p>q</p></blockquote><hr>', true],
  ['<p>H<sub>2</sub>O <span class="x">s</span> <u>u</u> <s>s</s> <code>c</code></p>', true],
  ['<div>block</div>', false],
  ['<p>a <img src="/uploads/images/a.jpg"> b</p>', false],
  ['<table><tr><td>1</td></tr></table>', false],
  ['<p>a</p><!-- note -->', false],
  ['<p>a <script>1</script></p>', false],
  ['<ul>stray<li>x</li></ul>', false],
  ['<pre>  kept\n  lines</pre>', false],
])('rich text knows what it can keep: %s', async (html, isKept) => {
  const page = await fields();
  await page.evaluate(
    ([id, path, value]) =>
      window.backlotFake.documents.changeOutside(id, 'pages/fields', {
        path: path as string[],
        value: value as string,
      }),
    [first, keys('odd'), html] as const,
  );
  const odd = field(page, path('odd'));
  if (isKept) await at(page, 'rich-odd').waitFor();
  else await expect.poll(() => odd.locator('textarea').inputValue()).toBe(html);
});

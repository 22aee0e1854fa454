/**
 * Takes a picture of every screen, in both sizes and both lights: `npm run looks -- [folder] [name part] [sizes]`, where
 * the sizes are as in `1280x800,700x600`.
 */
import { mkdir } from 'node:fs/promises';
import { build, preview } from 'vite';
import { launch } from './chromium.mjs';
import { serveSite } from './site.mjs';

const folder = process.argv[2] ?? 'tests/.artifacts/looks';
const only = process.argv[3] ?? '';
const sizes = (process.argv[4] ?? '1440x900,900x600').split(',').map((size) => size.split('x').map(Number));
await mkdir(folder, { recursive: true });
const outDir = 'tests/.artifacts/dist';
await build({ mode: 'fake', logLevel: 'error', build: { outDir, emptyOutDir: true } });
const server = await preview({ preview: { port: 0, host: '127.0.0.1' }, build: { outDir }, logLevel: 'error' });
const address = server.resolvedUrls.local[0];
const site = await serveSite();
const browser = await launch();

const id = (name) => `[data-testid="${name}"]`;
const create = async (page, url, name) => {
  await page.click(id('new-demo'));
  await page.click(id('from-url'));
  await page.fill(id('url-input'), url);
  await page.fill(id('name-input'), name);
  await page.waitForFunction(() => document.querySelector('[data-testid="slug-input"]').value !== '');
  await page.click(id('create-button'));
  await page.waitForSelector(id('progress'));
};

const content = async (page) => {
  await page.click(id('tab-content'));
  await page.waitForSelector(id('row-self'));
};

/** The preview runs beside the form, or in its place. */
const live = async (page) => {
  await content(page);
  await page.click(id('preview-here'));
  await page.waitForSelector(`${id('preview-frame')}[data-ready="true"]`);
};

const screens = {
  empty: ['', async () => {}],
  create: [
    'demos=4&added=1',
    async (page) => {
      await page.click(id('new-demo'));
      await page.click(id('template-card-bakery'));
      await page.fill(id('name-input'), 'Nordlicht Bäckerei');
      await page.fill(id('slug-input'), 'nordlicht-backerei');
      await page.waitForSelector(id('slug-suggestion'));
    },
  ],
  brief: [
    'demos=4',
    async (page) => {
      await page.click(id('new-demo'));
      await page.click(id('from-url'));
      await page.fill(id('url-input'), 'http://example.com/theme.git');
      await page.click(id('brief-toggle'));
      await page.fill(id('brief-email'), 'nobody');
      await page.fill(id('brief-primary_color'), '#7a3e1d');
      await page.click(id('asset-add'));
      await page.waitForSelector(id('asset'));
      await page.click(id('create-button'));
    },
  ],
  ready: ['demos=10', async (page) => page.click(id('demo-row-ida-holm-ceramics'))],
  toast: [
    'demos=10',
    async (page) => {
      await page.click(id('delete-button'));
      await page.waitForSelector(id('undo-button'));
    },
  ],
  progress: [
    'demos=10&pace=manual',
    async (page) => {
      await create(page, 'https://git.example.com/agency/lighthouse.git', 'Lighthouse Bistro');
      await page.evaluate(() => window.backlotFake.step(7));
      await page.getByText('Objects').waitFor();
    },
  ],
  failed: [
    'demos=10&pace=manual',
    async (page) => {
      await create(page, 'https://fail.example.com/agency/lighthouse.git', 'Lighthouse Bistro');
      await page.evaluate(() => window.backlotFake.step(4));
      await page.waitForSelector(id('retry-button'));
    },
  ],
  long: ['demos=30&long=1', async () => {}],
  thousand: [
    'demos=1000',
    async (page) => {
      await page.fill(id('search-input'), 'rye');
      await page.selectOption(id('filter-tag'), 'client');
      await page.focus(id('demo-list'));
      await page.keyboard.press('ArrowDown');
    },
  ],
  trash: [
    'demos=6',
    async (page) => {
      for (let i = 0; i < 3; i += 1) await page.click(id('delete-button'));
      await page.click(id('trash-open'));
      await page.waitForSelector('[data-testid^="restore-"]');
    },
  ],
  palette: [
    'demos=10',
    async (page) => {
      await page.keyboard.press('Control+k');
      await page.waitForSelector(id('palette-input'));
    },
  ],
  settings: [
    'demos=10',
    async (page) => {
      await page.keyboard.press('Control+,');
      await page.fill(id('save-after'), '90');
      await page.keyboard.press('Enter');
      await page.waitForSelector(id('settings-error'));
    },
  ],
  media: [
    'demos=6',
    async (page) => {
      await page.click(id('tab-media'));
      await page.locator(`${id('media-hero.jpg')} img.shown`).waitFor();
    },
  ],
  'media-chosen': [
    'demos=6',
    async (page) => {
      await page.click(id('tab-media'));
      await page.click(id('media-hero.jpg'));
      await page.locator(`${id('media-uses')} li`).waitFor();
    },
  ],
  'media-import': [
    'demos=6&pace=manual',
    async (page) => {
      await page.click(id('tab-media'));
      const drop = (...names) => ({ kind: 'drop', x: 500, y: 300, files: names.map((name) => `/a/${name}`) });
      await page.evaluate((one) => window.backlotFake.library.drag(one), drop('a.jpg', 'hero.jpg', 'huge.png'));
      await page.evaluate(() => window.backlotFake.library.step(3));
      await page.click(id('media-summary-more'));
      await page.evaluate((one) => window.backlotFake.library.drag(one), drop('b.jpg', 'c.jpg'));
      await page.waitForSelector(id('media-import'));
    },
  ],
  'media-in-use': [
    'demos=6',
    async (page) => {
      await page.click(id('tab-media'));
      await page.click(id('media-shop-front.jpg'));
      await page.click(id('media-delete'));
      await page
        .locator(`${id('media-places')} li`)
        .first()
        .waitFor();
    },
  ],
  'media-check': [
    'demos=6',
    async (page) => {
      await page.click(id('tab-media'));
      await page.click(id('media-check'));
      await page.waitForSelector(id('finding-orphan'));
    },
  ],
  'media-empty': ['demos=6&items=0', async (page) => page.click(id('tab-media'))],
  // It is kept for the screens that follow.
  'media-list': [
    'demos=6&long=1',
    async (page) => {
      await page.click(id('tab-media'));
      await page.click(id('media-look-list'));
      await page.focus(id('media-list'));
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Shift+ArrowDown');
    },
  ],
  editor: ['demos=6', content],
  'editor-widget': [
    'demos=6',
    async (page) => {
      await content(page);
      await page.click(id('row-today'));
      await page.keyboard.press('ArrowRight');
      await page.waitForSelector(id('row-country-loaf'));
    },
  ],
  'editor-fields': [
    'demos=6&fields=1',
    async (page) => {
      await content(page);
      await page.click(id('document-pages/fields'));
      await page.click(id('row-all'));
      await page.click(id('swatch-color'));
      await page.waitForSelector(id('color-picker'));
    },
  ],
  'editor-conflict': [
    'demos=6&pace=fast',
    async (page) => {
      await content(page);
      await page.evaluate(() => {
        const { documents } = window.backlotFake;
        const demo = '01930000-0000-7000-8000-000000000000';
        documents.leaveDraft(demo, 'pages/about', { path: ['name'], value: 'Before' });
        documents.failSaves({
          code: 'DiskFull',
          message: 'The disk is full. Nothing was changed. Make room and retry.',
        });
      });
      await page.fill(`[data-path="name"] input`, 'Mine');
      await page.waitForSelector(id('failed'));
    },
  ],
  'editor-raw': [
    'demos=6&broken=1',
    async (page) => {
      await content(page);
      await page.click(id('document-pages/broken'));
      await page.locator(`${id('raw-text')} .cm-content`).waitFor();
    },
  ],
  'editor-unfinished': [
    'demos=6&pace=fast',
    async (page) => {
      await content(page);
      await page.click(id('raw-toggle'));
      await page.locator(`${id('raw-text')} .cm-content`).click();
      await page.keyboard.press('Control+Home');
      await page.keyboard.insertText('{\n  "name": "Half,\n');
      await page.waitForSelector(`${id('save-state')}[data-state="unfinished"]`);
    },
  ],
  'editor-removed': [
    'demos=6',
    async (page) => {
      await content(page);
      await page.click(id('document-pages/about'));
      await page.fill(`[data-path="name"] input`, 'Our bakery, since 1974');
      await page.evaluate(() => {
        const { documents } = window.backlotFake;
        documents.removeOutside('01930000-0000-7000-8000-000000000000', 'pages/about');
      });
      await page.waitForSelector(id('conflict'));
    },
  ],
  'editor-links': [
    'demos=6',
    async (page) => {
      await content(page);
      await page.focus(id('document-pages/about'));
      await page.keyboard.press('Delete');
      await page.waitForSelector(id('show-link'));
    },
  ],
  'editor-left': [
    'demos=6&left=2',
    async (page) => {
      await page.waitForSelector(id('left-show'));
      await content(page);
      await page.evaluate(() => {
        const { documents } = window.backlotFake;
        documents.leaveUnfinished('01930000-0000-7000-8000-000000000000', 'pages/about', '{\n  "name": "Half\n');
      });
      await page.waitForSelector(id('draft-take-up'));
    },
  ],
  'editor-menus': [
    'demos=6',
    async (page) => {
      await content(page);
      await page.click(id('document-menus/main-menu'));
      await page.click(id('add-menu'));
      await page.keyboard.type('Opening hours');
    },
  ],
  'media-drop': [
    'demos=6',
    async (page) => {
      await page.evaluate(() => window.backlotFake.library.drag({ kind: 'over', x: 500, y: 300, count: 3 }));
      await page.waitForSelector(id('media-drop'));
    },
  ],
  'media-drop-nowhere': [
    'demos=6',
    async (page) => {
      await page.click(id('trash-open'));
      await page.evaluate(() => window.backlotFake.library.drag({ kind: 'over', x: 500, y: 300, count: 1 }));
      await page.waitForSelector(id('media-drop'));
    },
  ],
  'editor-long': [
    'demos=30&long=1',
    async (page) => {
      await content(page);
      await page.click(id('document-pages/empty'));
      await page.locator('[aria-current="location"]').filter({ hasText: 'Öffnungszeiten' }).waitFor();
    },
  ],
  preview: [
    'demos=6',
    async (page) => {
      await live(page);
      await page.click(id('row-today'));
    },
  ],
  'preview-phone': [
    'demos=6',
    async (page) => {
      await live(page);
      await page.click(id('device-tablet'));
      await page.waitForSelector(id('preview-scale'));
    },
  ],
  'preview-hint': ['demos=6', content],
  'preview-log': [
    'demos=6&pace=fast',
    async (page) => {
      await page.evaluate(() =>
        window.backlotFake.servers.own('01930000-0000-7000-8000-000000000000', { decision: 'trusted' }),
      );
      await live(page);
      await page.click(id('preview-log-toggle'));
      await page.waitForSelector(id('preview-log'));
    },
  ],
  'preview-trust': [
    'demos=6',
    async (page) => {
      await page.evaluate(() => window.backlotFake.servers.own('01930000-0000-7000-8000-000000000000'));
      await page.click(id('preview-start'));
      await page.waitForSelector(id('trust-dialog'));
    },
  ],
  'preview-failed': [
    'demos=6',
    async (page) => {
      await page.evaluate(() =>
        window.backlotFake.servers.refuseNext('startPreview', {
          code: 'CommandFailed',
          message: 'The site’s command ended with exit code 1 before it answered. Look at what it said, then retry.',
        }),
      );
      await page.click(id('preview-start'));
      await page.waitForSelector(id('preview-trouble'));
    },
  ],
  unreachable: ['snapshot=fail', async (page) => page.waitForSelector(id('snapshot-retry'))],
};

for (const scheme of ['light', 'dark'])
  for (const [width, height] of sizes) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
    for (const [name, [query, prepare]] of Object.entries(screens)) {
      if (only && !name.includes(only)) continue;
      const page = await context.newPage();
      page.on('pageerror', (error) => console.error(name, error));
      await page.goto(`${address}?${query}&site=${encodeURIComponent(site.address)}`);
      await page.waitForSelector('main');
      await prepare(page);
      await page.evaluate(() =>
        Promise.all(
          [...document.getAnimations()].map((a) => a.effect.getTiming().iterations === Infinity || a.finished),
        ),
      );
      await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png` });
      await page.close();
    }
    await context.close();
  }
await browser.close();
await server.close();
await site.close();

/** The script that every previewed page is given, in a browser: it shows what changed and loses no place. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launch } from '../chromium.mjs';

const read = (name: string) => readFile(new URL(`../../../src-tauri/preview/${name}`, import.meta.url), 'utf8');
const [script, worker] = await Promise.all([read('live.js'), read('live-worker.js')]);
let browser: Browser;
let page: Page;
let site: Site;
let app: Server;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  app = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><body></body>'),
  );
  await new Promise<void>((done) => app.listen(0, '127.0.0.1', done));
  site = await Site.start([origin(app)]);
  page = await (await browser.newContext({ viewport: { width: 800, height: 600 } })).newPage();
  page.setDefaultTimeout(5000);
});
afterEach(async () => {
  await page.context().close();
  site.server.closeAllConnections();
  site.server.close();
  app.close();
});

const marked = (name: string, html: string) => `<!--backlot:${name}-->${html}<!--/backlot:${name}-->`;
const origin = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** A site as the preview serves it, whose changes the test tells. */
class Site {
  version = 1;
  loads = 0;
  color = 'rgb(255, 0, 0)';
  hero = '<section id="hero"><a href="/elsewhere">one</a></section>';
  script = '';
  /** The pages that said that they are open, by every connection or call that did. */
  heardOf: string[] = [];
  /** Whether the browser may have the worker that listens for all tabs. */
  hasWorker = true;
  private pages: ServerResponse[] = [];

  private constructor(readonly server: Server) {}

  static async start(parents: string[]): Promise<Site> {
    const site: Site = new Site(createServer((request, response) => site.answer(request.url!, response, parents)));
    await new Promise<void>((done) => site.server.listen(0, '127.0.0.1', done));
    return site;
  }

  private answer(url: string, response: ServerResponse, parents: string[]) {
    const send = (type: string, text: string) => response.setHeader('content-type', type).end(text);
    if (url === '/__backlot/live.js') send('text/javascript', script.replace('__PARENTS__', parents.join(' ')));
    else if (url === '/__backlot/live-worker.js' && this.hasWorker) send('text/javascript', worker);
    else if (url.startsWith('/__backlot/live/pages?')) {
      const query = new URL(url, 'http://127.0.0.1').searchParams;
      const shared = this.pages[Number(query.get('id'))];
      if (query.has('page')) this.heardOf.push(...query.getAll('page'));
      shared?.write(`data: ${this.hello(Number(query.get('id')), Number(query.get('call')))}\n\n`);
      response.writeHead(shared ? 204 : 404).end();
    } else if (url.startsWith('/__backlot/live?')) {
      const page = new URL(url, 'http://127.0.0.1').searchParams.get('page');
      if (page !== null) this.heardOf.push(page);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const count = this.pages.push(response);
      response.write(`retry: 100\ndata: ${this.hello(count - 1, 0)}\n\n`);
    } else if (url.startsWith('/site.css')) send('text/css', `h1 { color: ${this.color} }`);
    else if (url === '/favicon.ico') response.writeHead(204).end();
    else {
      this.loads += 1;
      const tag = `<script src="/__backlot/live.js" data-version="${this.version}"></script>`;
      send(
        'text/html',
        `<!doctype html><title>Site</title><link rel="stylesheet" href="/site.css"><h1>Title</h1><div style="height:1500px"></div>` +
          `${marked('widget:hero', this.hero)}<div style="height:1500px"></div>${this.script}${tag}`,
      );
    }
  }

  private hello = (listener: number, call: number) =>
    JSON.stringify({ kind: 'hello', version: String(this.version), listener, call });

  /** How many connections are open on which changes are heard. */
  get connections(): number {
    return this.pages.filter((each) => !each.writableEnded && !each.destroyed).length;
  }

  /** Tells that the hero is another one, as the host does. */
  paint(html: string, page = '/') {
    this.tell({ kind: 'parts', page, parts: [{ name: 'widget:hero', before: this.hero, html }] });
    if (page === '/') this.hero = html;
  }

  tell(change: Record<string, unknown>) {
    this.version += 1;
    for (const each of this.pages.filter((page) => !page.writableEnded))
      each.write(`data: ${JSON.stringify({ version: String(this.version), ...change })}\n\n`);
  }

  /** Lets go of every page, which will come again. */
  cut() {
    this.heardOf = [];
    for (const each of this.pages) each.end();
  }

  async heard(count = 1) {
    await expect.poll(() => this.heardOf.length).toBeGreaterThanOrEqual(count);
  }
}

async function openSite(path = '/') {
  await page.goto(origin(site.server) + path);
  await site.heard();
  await page.evaluate(() => Object.assign(window, { before: true }));
}
const isSamePage = () => page.evaluate(() => 'before' in window);
const scrolled = () => page.evaluate(() => Math.round(scrollY));

test('a reload keeps the place on the page', async () => {
  await openSite();
  await page.evaluate(() => scrollTo(0, 900));
  site.tell({ kind: 'all' });
  await page.waitForFunction(() => !('before' in window));
  await expect.poll(scrolled).toBe(900);
  expect(site.loads).toBe(2);
  await site.heard(2);
  expect(await isSamePage()).toBe(false);
});

test('a page reloads for itself and not for others', async () => {
  await openSite('/about.html');
  site.tell({ kind: 'page', page: '/' });
  site.tell({ kind: 'style' });
  await expect.poll(() => page.locator('link').getAttribute('href')).toContain('backlot=');
  expect(await isSamePage()).toBe(true);
  site.tell({ kind: 'page', page: '/about' });
  await page.waitForFunction(() => !('before' in window));
});

test('style sheets are swapped without a reload', async () => {
  await openSite();
  await page.evaluate(() => scrollTo(0, 700));
  const color = () => page.locator('h1').evaluate((title) => getComputedStyle(title).color);
  expect(await color()).toBe('rgb(255, 0, 0)');
  for (const next of ['rgb(0, 128, 0)', 'rgb(0, 0, 255)']) {
    site.color = next;
    site.tell({ kind: 'style' });
    await expect.poll(color).toBe(next);
    await expect.poll(() => page.locator('link').count()).toBe(1);
  }
  expect([await isSamePage(), await scrolled(), site.loads]).toEqual([true, 700, 1]);
});

test('a part is brought to what it is now, and what scripts made of it stays', async () => {
  site.hero = '<section id="hero" class="a b"><h2>one</h2><p>same</p><input value="x"></section>';
  await openSite();
  expect(site.heardOf).toEqual(['/']);
  await page.evaluate(() => {
    scrollTo(0, 1300);
    document.querySelector('#hero')!.classList.add('is-seen');
    document.querySelector('#hero p')!.setAttribute('data-touched', '');
    document.querySelector<HTMLInputElement>('#hero input')!.value = 'typed';
    document.querySelector<HTMLInputElement>('#hero input')!.focus();
    Object.assign(window, { section: document.querySelector('#hero') });
  });
  site.paint('<section id="hero" class="b c" lang="de"><h2>two &amp; more</h2><p>same</p><input value="x"></section>');
  await page.getByText('two & more').waitFor();
  const seen = await page.evaluate(() => {
    const section = document.querySelector('#hero')!;
    const input = document.querySelector<HTMLInputElement>('#hero input')!;
    return {
      classes: section.className,
      lang: section.getAttribute('lang'),
      isSame: (window as unknown as { section: Element }).section === section,
      isTouched: document.querySelector('#hero p')!.hasAttribute('data-touched'),
      typed: [input.value, document.activeElement === input],
    };
  });
  expect(seen).toEqual({ classes: 'b is-seen c', lang: 'de', isSame: true, isTouched: true, typed: ['typed', true] });
  expect([await scrolled(), await isSamePage(), site.loads]).toEqual([1300, true, 1]);
  site.paint('<section id="hero">elsewhere</section>', '/about');
  site.paint('<p>a</p><p>b</p>');
  await page.getByText('b', { exact: true }).waitFor();
  expect([await isSamePage(), await page.getByText('elsewhere').count()]).toEqual([true, 0]);
  site.paint('');
  await page.getByText('b', { exact: true }).waitFor({ state: 'detached' });
  site.paint('<p>again</p>');
  await page.getByText('again').waitFor();
  expect(await isSamePage()).toBe(true);
});

test('one more item in the middle leaves the others as they are', async () => {
  const list = (...names: string[]) => `<ul>${names.map((name) => `<li>${name}</li>`).join('')}</ul>`;
  site.hero = list('a', 'b', 'c');
  await openSite();
  await page.evaluate(() => document.querySelectorAll('li').forEach((item) => item.setAttribute('data-known', '')));
  site.paint(list('a', 'new', 'b', 'c'));
  await page.getByText('new').waitFor();
  const known = () => page.locator('li').evaluateAll((all) => all.map((one) => one.hasAttribute('data-known')));
  expect(await known()).toEqual([true, false, true, true]);
  site.paint(list('new', 'c'));
  await expect.poll(known).toEqual([false, true]);
  expect(await isSamePage()).toBe(true);
});

test('a page whose scripts may miss what was replaced is loaded once it is quiet; a new script runs', async () => {
  site.script = '<script>document.title = document.querySelector("#hero").textContent</script>';
  await openSite();
  site.paint('<section id="hero"><b>two</b><i>!</i></section>');
  await page.locator('#hero i').waitFor();
  await page.waitForFunction(() => !('before' in window));
  expect(await page.title()).toBe('two!');
  await site.heard(2);
  await page.evaluate(() => Object.assign(window, { before: true }));
  site.paint('<section id="hero">three</section><script>document.body.id = "ran"</script>');
  await page.waitForFunction(() => !('before' in window) && document.body?.id === 'ran');
});

test('what is not on the page as it was told is loaded', async () => {
  await openSite();
  site.tell({ kind: 'parts', page: '/', parts: [{ name: 'widget:new', before: '', html: '<p>new</p>' }] });
  await page.waitForFunction(() => !('before' in window));
});

test('files concern the pages that name them', async () => {
  site.hero = '<img src="/uploads/images/a%20b.jpg">';
  await openSite();
  site.tell({ kind: 'files', files: ['uploads/images/other.jpg'] });
  site.tell({ kind: 'style' });
  await expect.poll(() => page.locator('link').getAttribute('href')).toContain('backlot=');
  expect(await isSamePage()).toBe(true);
  site.tell({ kind: 'files', files: ['uploads/images/a b.jpg'] });
  await page.waitForFunction(() => !('before' in window));
});

test('a page that missed something finds out when it is back, and reloads once', async () => {
  await openSite();
  site.cut();
  site.version += 5;
  await page.waitForFunction(() => !('before' in window));
  await site.heard();
  await page.evaluate(() => Object.assign(window, { before: true }));
  site.cut();
  await site.heard();
  expect([await isSamePage(), site.loads]).toEqual([true, 2]);
});

async function openFrame(around: Server): Promise<Frame> {
  await page.goto(origin(around));
  await page.evaluate(
    (src) => {
      const heard: unknown[] = [];
      Object.assign(window, { heard });
      addEventListener('message', (event) => heard.push({ ...event.data, origin: event.origin }));
      const frame = document.createElement('iframe');
      frame.sandbox.value = 'allow-scripts allow-forms allow-same-origin';
      frame.style.cssText = 'width:700px;height:500px';
      frame.src = src;
      document.body.append(frame);
    },
    origin(site.server) + '/',
  );
  await site.heard();
  return page.frames()[1]!;
}
const heard = () => page.evaluate(() => (window as unknown as { heard: Record<string, unknown>[] }).heard);
const say = (message: unknown) => page.evaluate((data) => frames[0]!.postMessage(data, '*'), message);

test('the app around the frame chooses widgets by clicks, and points at them', async () => {
  const frame = await openFrame(app);
  await expect.poll(heard).toContainEqual({ backlot: 'ready', page: '/', title: 'Site', origin: origin(site.server) });
  await say({ backlot: 'select', widget: 'hero' });
  const select = frame.locator('[data-backlot-outline="select"]');
  await expect.poll(() => frame.evaluate(() => scrollY)).toBeGreaterThan(500);
  await select.waitFor();
  await say({ backlot: 'select', widget: null });
  await select.waitFor({ state: 'hidden' });
  await say({ backlot: 'select-mode', on: true });
  await frame.locator('#hero a').hover();
  await frame.locator('[data-backlot-outline="hover"]').waitFor();
  await frame.locator('#hero a').click();
  await expect
    .poll(heard)
    .toContainEqual({ backlot: 'selected', page: '/', widget: 'hero', origin: origin(site.server) });
  expect(site.loads, 'the link was not followed').toBe(1);
  // The outline goes with a widget that is painted anew.
  site.paint('<section id="hero"><a href="/elsewhere">new</a></section>');
  await frame.getByText('new').waitFor();
  await select.waitFor();
  await say({ backlot: 'select-mode', on: false });
  await frame.locator('#hero a').click();
  await expect.poll(() => site.loads).toBe(2);
});

const typed = (text: string, before: string, rest: Record<string, unknown> = {}) =>
  say({
    backlot: 'type',
    page: '/',
    texts: [{ widget: 'hero', block: null, setting: 'title', before, text, ...rest }],
  });
const made = (title: string, item = 'Item') =>
  `<section id="hero"><h2 data-setting="title"> ${title} </h2><i data-setting="loud">LOUD</i>` +
  `<ul><li data-block-id="b1"><b data-setting="title"><i>${item}</i></b></li></ul></section>`;

test('what is typed is shown where it stands as it is, and then what the site makes of it', async () => {
  site.hero = made('Bread');
  const frame = await openFrame(app);
  const seen = () => frame.locator('#hero').evaluate((hero) => hero.textContent!.replace(/\s+/g, ' ').trim());
  await expect.poll(heard).not.toEqual([]);
  await typed('Breads', 'Bread');
  await expect.poll(seen).toBe('Breads LOUDItem');
  await typed('One', 'Item', { block: 'b1' });
  await expect.poll(seen).toBe('Breads LOUDOne');
  // Neither what the template shows in another way, nor what is shown nowhere.
  await typed('quiet', 'loud', { setting: 'loud' });
  await typed('x', 'Breads', { block: 'none' });
  await typed('$& more', 'Breads');
  await expect.poll(seen).toBe('$& more LOUDOne');
  // The site is behind: what it says of the last but one takes nothing back, and what another edit made comes as well.
  site.paint(made('Breads').replace('LOUD', 'SOUND'));
  await expect.poll(seen).toBe('$& more SOUNDOne');
  site.paint(made('$&amp; more', 'One').replace('LOUD', 'SOUND'));
  await expect.poll(seen).toBe('$& more SOUNDOne');
  // What the site says at last stands.
  await typed('Cakes', '$& more');
  await expect.poll(seen).toBe('Cakes SOUNDOne');
  site.paint(made('CAKES!', 'One'));
  await expect.poll(seen).toBe('CAKES! LOUDOne');
  expect(site.loads).toBe(1);
});

test('what is typed and never made by the site is taken back', async () => {
  site.hero = made('Bread');
  const frame = await openFrame(app);
  const heading = frame.locator('h2');
  await expect.poll(heard).not.toEqual([]);
  await typed('Breads', 'Bread');
  await expect.poll(() => heading.textContent()).toBe(' Breads ');
  await expect.poll(() => heading.textContent(), { timeout: 10_000 }).toBe(' Bread ');
  await typed('elsewhere', 'Bread', { widget: 'other' });
  await say({ backlot: 'type', page: '/about', texts: [] });
  await typed('Buns', 'Bread');
  await expect.poll(() => heading.textContent()).toBe(' Buns ');
});

test('nobody else around the frame is heeded or told anything', async () => {
  const stranger = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><body></body>'),
  );
  await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done));
  const frame = await openFrame(stranger);
  await say({ backlot: 'hello' });
  await say({ backlot: 'select-mode', on: true });
  await frame.locator('#hero a').click();
  await expect.poll(() => site.loads).toBe(2);
  expect(await heard()).toEqual([]);
  stranger.close();
});

/** As many tabs of one browser, each with its page loaded and listening. */
async function openTabs(count: number): Promise<Page[]> {
  const tabs = [page];
  while (tabs.length < count) tabs.push(await page.context().newPage());
  for (const [number, tab] of tabs.entries()) {
    tab.setDefaultTimeout(5000);
    await tab.goto(`${origin(site.server)}/page-${number}`);
    await expect.poll(() => site.heardOf).toContain(`/page-${number}`);
    await tab.evaluate(() => Object.assign(window, { before: true }));
  }
  return tabs;
}
const loadedAnew = (tabs: Page[]) => Promise.all(tabs.map((tab) => tab.waitForFunction(() => !('before' in window))));

test('eight tabs share one connection; all of them load, and all of them hear what changes', async () => {
  const tabs = await openTabs(8);
  expect(site.connections).toBe(1);
  expect(new Set(site.heardOf).size, 'each of their pages is known').toBe(8);
  // Each of them is still answered.
  const answers = await Promise.all(tabs.map((tab) => tab.evaluate(async () => (await fetch('/again')).status)));
  expect(answers).toEqual(Array(8).fill(200));
  site.heardOf = [];
  site.tell({ kind: 'all' });
  await loadedAnew(tabs);
  await expect.poll(() => new Set(site.heardOf).size).toBe(8);
  expect(site.connections).toBe(1);
  // Only the page that is meant is loaded.
  await Promise.all(tabs.map((tab) => tab.evaluate(() => Object.assign(window, { before: true }))));
  site.tell({ kind: 'page', page: '/page-5' });
  await loadedAnew([tabs[5]!]);
  expect(await tabs[4]!.evaluate(() => 'before' in window)).toBe(true);
});

test('tabs that missed something find out when their connection is back, and the others go on when one is closed', async () => {
  const tabs = await openTabs(3);
  await tabs[2]!.close();
  const left = tabs.slice(0, 2);
  site.cut();
  site.version += 5;
  await loadedAnew(left);
  await site.heard(2);
  await Promise.all(left.map((tab) => tab.evaluate(() => Object.assign(window, { before: true }))));
  site.tell({ kind: 'all' });
  await loadedAnew(left);
});

test('a browser without such workers listens from each page', async () => {
  for (const refuse of [
    () => (site.hasWorker = false),
    () => page.addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker')),
    () =>
      page.addInitScript(() =>
        Object.assign(window, {
          SharedWorker: function () {
            throw new DOMException('refused', 'SecurityError');
          },
        }),
      ),
  ]) {
    await refuse();
    site.heardOf = [];
    await openSite('/about');
    expect(site.heardOf).toEqual(['/about']);
    site.tell({ kind: 'page', page: '/about' });
    await page.waitForFunction(() => !('before' in window));
    site.hasWorker = true;
  }
});

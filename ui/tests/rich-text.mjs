/**
 * What rich texts do in a browser: `node rich-text.mjs list.json`, where the list holds `{ name, before, page, fragment }`: the
 * text as it was written, and the page and the part of it that the site makes of it. Prints one JSON object: of each, whether anything
 * ran and which other hosts were asked, of the text as it is (none if that was not tried) and of what the site made. `tests/integration/rich_text.rs`
 * makes the list and judges the answer.
 */
import { readFile } from 'node:fs/promises';
import { launch } from './chromium.mjs';

const SITE = 'http://corpus.test';
const list = JSON.parse(await readFile(process.argv[2], 'utf8'));
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 300, height: 300 } });
context.setDefaultTimeout(20_000);
// The texts call it, in whichever frame they get to run.
await context.addInitScript(() => Object.assign(window, { ran: () => console.log('ran') }));

/** Lets what was asked for happen. By the clock: a page that another one covers is given no frames. */
const settle = (page) => page.evaluate(() => new Promise((done) => setTimeout(() => done(null), 60)));

/** Everything that a reader could do, done to every element. A page that is left behind by it has asked for another. */
async function use(page) {
  await settle(page);
  await page.evaluate(() => {
    for (const element of document.querySelectorAll('*')) {
      element.focus?.();
      for (const kind of ['click', 'focus', 'mouseover', 'mousedown', 'pointerdown', 'error', 'load'])
        element.dispatchEvent(new MouseEvent(kind, { bubbles: false, cancelable: true, view: window }));
    }
  });
  await page.mouse.click(25, 25);
  await settle(page);
}

/** Puts a part into the page as scripts do: parsed apart, in other elements, and read and written again. */
const reuse = (page, fragment) =>
  page.evaluate((html) => {
    const holder = document.createElement('template');
    holder.innerHTML = html;
    document.body.append(holder.content.cloneNode(true));
    for (const name of ['div', 'p', 'td', 'li', 'button', 'h2']) {
      const element = document.createElement(name);
      document.body.append(element);
      element.innerHTML = html;
      for (let time = 0; time < 3; time += 1) element.innerHTML = String(element.innerHTML);
    }
    const svg = document.createElement('div');
    svg.innerHTML = `<svg><foreignObject>${html}</foreignObject></svg>`;
    document.body.append(svg);
  }, fragment);

/** What a text does; one that takes too long keeps its page busy, which is harm as well. */
async function visit(html, fragment) {
  const page = await context.newPage();
  const seen = { ran: false, requests: [] };
  const late = setTimeout(() => (seen.requests.push('no end'), page.close()), 30_000);
  await watch(page, seen, html, fragment).catch(() => undefined);
  clearTimeout(late);
  await page.close();
  return seen;
}

async function watch(page, seen, html, fragment) {
  await page.route('**/*', (route) => {
    const url = route.request().url();
    if (url === `${SITE}/`) return route.fulfill({ contentType: 'text/html; charset=utf-8', body: html });
    if (!url.startsWith(`${SITE}/`) && !url.startsWith('data:image/')) seen.requests.push(url);
    return route.fulfill({ status: 404, body: '' });
  });
  page.on('console', (message) => (seen.ran ||= message.text() === 'ran'));
  page.on('dialog', (dialog) => dialog.dismiss());
  // A page may send its reader elsewhere at once, and a link that was clicked leads somewhere.
  const leaves = () => undefined;
  await page.goto(`${SITE}/`).catch(leaves);
  await use(page).catch(leaves);
  if (fragment !== undefined) {
    // Nothing is clicked yet: whoever is sent elsewhere now did not ask for it.
    await page
      .goto(`${SITE}/`)
      // A link that was clicked may still have been on its way.
      .catch(() => page.goto(`${SITE}/`))
      .then(() => reuse(page, fragment))
      .catch(() => seen.requests.push('the page was left'));
    await use(page).catch(leaves);
  }
}

const does = ({ ran, requests }) => ran || requests.length > 0;
const cleaned = (ones) => ones.map(({ fragment }) => `<div>${fragment}</div>`).join('');
const results = list.map(({ name }) => ({ name, before: null, after: { ran: false, requests: [] } }));
const classes = new Map();
list.forEach(({ name }, at) => classes.set(name, [...(classes.get(name) ?? []), at]));
const all = [...classes.values()];
let next = 0;
const work = async () => {
  while (next < all.length) {
    const places = all[next++];
    // As they are, which takes long, since many of them hang: only to see that each class does harm.
    if (process.env.BACKLOT_TORTURE)
      for (const at of places)
        results[at].before = await visit(`<!doctype html><main><div>${list[at].before}</div></main>`);
    // What the site made of all of them at once; one by one only to find out which it was.
    const ones = places.map((at) => list[at]);
    const together = await visit(`<!doctype html><title>x</title><main>${cleaned(ones)}</main>`, cleaned(ones));
    if (!does(together) && !process.env.BACKLOT_TORTURE) continue;
    for (const at of places) results[at].after = await visit(list[at].page, list[at].fragment);
    if (!places.some((at) => does(results[at].after))) results[places[0]].after = together;
  }
};
await work();
// That harm is seen where there is some.
const control = await visit('<!doctype html><img src="x" onerror="ran()"><img src="http://elsewhere.test/x.png">');
await browser.close();
console.log(JSON.stringify({ control, results }));

/**
 * What rich texts do in a browser: `node rich-text.mjs list.json`, where the list holds `{ name, before, page, fragment }`: the
 * text as it was written, and the page and the part of it that the site makes of it. Prints one JSON object: of each, whether
 * anything ran and which other hosts were asked, of the text as it is (none if that was not tried) and of what the site made.
 * `tests/integration/rich_text.rs` makes the list and judges the answer.
 *
 * Every host below `test`, where all of the texts lead, is a server of this program: nothing has to be intercepted, nothing
 * waits for a network, and what the browser itself asks for (an update of its own, say) is not taken for a text's. What a
 * reader could do is done by the page itself: a page that sends its reader elsewhere cannot keep this program waiting.
 */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { launch } from './chromium.mjs';

const SITE = 'corpus.test';
/** How long a page has to say that it is through, in milliseconds. */
const PATIENCE = 10_000;
const list = JSON.parse(await readFile(process.argv[2], 'utf8'));

/** What is served and what was asked for, of the visit that is under way. */
let now = { html: '', fragment: '', requests: [] };
const server = createServer((request, response) => {
  const { host } = request.headers;
  const path = host === SITE ? request.url : undefined;
  if (path === undefined) now.requests.push(`http://${host}${request.url}`);
  const found = { '/': now.html, '/fragment': now.fragment }[path];
  response.writeHead(found === undefined ? 404 : 200, { 'Content-Type': 'text/html; charset=utf-8' }).end(found);
});
// Requests by https, which this server does not speak.
server.on('clientError', (_, socket) => {
  now.requests.push('a request that is not http');
  socket.destroy();
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const browser = await launch([`--host-resolver-rules=MAP *.test 127.0.0.1:${server.address().port}, MAP * ~NOTFOUND`]);
const context = await browser.newContext({ viewport: { width: 300, height: 300 } });

await context.addInitScript(() => {
  // The texts call it, in whichever frame they get to run.
  Object.assign(window, { ran: () => console.log('ran') });
  if (window !== top) return;
  const settle = () => new Promise((done) => setTimeout(done, 60));
  /** Everything that a reader could do, done to every element; links are left to be followed only if they run something. */
  const use = async () => {
    await settle();
    for (const element of document.querySelectorAll('*')) {
      element.focus?.();
      for (const kind of ['click', 'focus', 'mouseover', 'mousedown', 'pointerdown', 'error', 'load'])
        element.dispatchEvent(new MouseEvent(kind, { bubbles: false, cancelable: true, view: window }));
    }
    await settle();
  };
  /** Puts a part into the page as scripts do: parsed apart, in other elements, and read and written again. */
  const reuse = (html) => {
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
  };
  const stay = (event) => {
    const link = event.composedPath().find((part) => part.href !== undefined);
    if (link && link.protocol !== 'javascript:') event.preventDefault();
  };
  addEventListener('click', stay, true);
  addEventListener('load', async (event) => {
    // Those that are made up do not count.
    if (!event.isTrusted) return;
    await use();
    const fragment = await fetch('/fragment').then((answer) => answer.text());
    if (fragment) {
      reuse(fragment);
      await use();
    }
    console.log('through');
  });
});

/** What a text does. One whose page is not through in time has sent its reader elsewhere, or keeps the page busy. */
async function visit(html, fragment = '') {
  const seen = { ran: false, requests: [] };
  now = { html, fragment, requests: seen.requests };
  const page = await context.newPage();
  page.on('dialog', (dialog) => dialog.dismiss());
  const through = new Promise((done) => {
    const late = setTimeout(() => done(false), PATIENCE);
    page.on('console', (message) => {
      seen.ran ||= message.text() === 'ran';
      if (message.text() !== 'through') return;
      clearTimeout(late);
      done(true);
    });
  });
  void page.goto(`http://${SITE}/`).catch(() => undefined);
  if (!(await through) && !does(seen)) seen.requests.push('no end');
  await page.close();
  return seen;
}

const does = ({ ran, requests }) => ran || requests.length > 0;
const isTorture = Boolean(process.env.BACKLOT_TORTURE);
const results = list.map(({ name }) => ({ name, before: null, after: { ran: false, requests: [] } }));
const classes = new Map(list.map(({ name }) => [name, []]));
list.forEach(({ name }, at) => classes.get(name).push(at));
for (const places of classes.values()) {
  // As they are, until one of the class does harm: what harmless texts would become proves nothing.
  for (const at of places) {
    results[at].before = await visit(`<!doctype html><main><div>${list[at].before}</div></main>`);
    if (!isTorture && does(results[at].before)) break;
  }
  // What the site made of all of them at once; one by one only to find out which it was.
  const cleaned = places.map((at) => `<div>${list[at].fragment}</div>`).join('');
  const together = await visit(`<!doctype html><title>x</title><main>${cleaned}</main>`, cleaned);
  if (!does(together) && !isTorture) continue;
  for (const at of places) results[at].after = await visit(list[at].page, list[at].fragment);
  if (!places.some((at) => does(results[at].after))) results[places[0]].after = together;
}
// That harm is seen where there is some.
const control = await visit('<!doctype html><img src="x" onerror="ran()"><img src="http://elsewhere.test/x.png">');
await browser.close();
server.close();
console.log(JSON.stringify({ control, results }));

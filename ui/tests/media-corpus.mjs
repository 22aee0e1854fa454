/**
 * Compares images before and after their import as a browser shows them: `node media-corpus.mjs list.json`, where the list
 * holds `{ name, before, after, channel, pixels, attacks }` with paths of files. Two images are the same when at most `pixels` pixels
 * have a channel that is more than `channel` apart. Prints one JSON array: for each what is different, and whether anything ran
 * or was loaded. `tests/integration/media_corpus.rs` makes the list and judges the answer.
 */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { launch } from './chromium.mjs';

const SITE = 'http://corpus.test';
const SIDE = 120;
const TYPES = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
};

const list = JSON.parse(await readFile(process.argv[2], 'utf8'));
const browser = await launch();
const context = await browser.newContext({
  viewport: { width: SIDE, height: SIDE },
  colorScheme: 'light',
  locale: 'en-US',
});
context.setDefaultTimeout(20_000);

/** A page that shows `body` at `path`, and knows what it asked for besides `path` and the files in `served`. */
async function visit(path, served) {
  const page = await context.newPage();
  const requests = [];
  await page.route('**/*', (route) => {
    const url = route.request().url();
    const answer = served[url.slice(SITE.length)];
    if (url.startsWith(SITE) && answer) return route.fulfill(answer);
    if (!url.endsWith('/favicon.ico')) requests.push(url);
    // An answer without content leaves the page where it is: what is clicked while a page gives way to another is answered by neither.
    if (route.request().isNavigationRequest()) return route.fulfill({ status: 204 });
    return route.fulfill({ status: 404, body: '' });
  });
  const result = { page, requests, ran: false };
  // What runs says so; a page that is left meanwhile has said it too.
  page.on('console', (message) => (result.ran ||= message.text() === 'ran'));
  page.on('dialog', (dialog) => dialog.dismiss());
  await page.goto(SITE + path);
  return result;
}

/** Lets what was asked for happen: two frames, and what was queued behind them; or a second, where no frame is made. */
const settle = (page) =>
  page.evaluate(
    () =>
      new Promise((done) => {
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(null), 0)));
        setTimeout(() => done(null), 1000);
      }),
  );

/** Stops all animations at half a second. */
const freeze = (page) =>
  page.evaluate(() => {
    for (const svg of document.querySelectorAll('svg')) {
      svg.pauseAnimations?.();
      svg.setCurrentTime?.(0.5);
    }
    for (const animation of document.getAnimations()) {
      animation.pause();
      animation.currentTime = 500;
    }
  });

/** Clicks everywhere; what a click leads to is asked for, and the page stays. */
async function click(page) {
  for (let x = 15; x < SIDE; x += 30) for (let y = 15; y < SIDE; y += 30) await page.mouse.click(x, y);
  await page.evaluate(() => {
    for (const element of document.querySelectorAll('*'))
      for (const kind of ['click', 'focus', 'mouseover', 'load', 'error'])
        element.dispatchEvent(new Event(kind, { bubbles: true, cancelable: true }));
  });
  await settle(page);
}

/** The pixels of an image as a page shows it in `<img>`. */
async function shown(file) {
  const html = `<!doctype html><style>body{margin:0}img{width:${SIDE}px;height:${SIDE}px;object-fit:contain}</style><img src="/file">`;
  const visited = await visit('/page', {
    '/page': { contentType: 'text/html', body: html },
    '/file': { contentType: file.type, body: file.bytes },
  });
  if (file.type === TYPES['.svg']) await visited.page.evaluate(() => document.images[0].decode().catch(() => {}));
  else await visited.page.evaluate(firstFrame);
  visited.pixels = await visited.page.screenshot();
  await visited.page.close();
  return visited;
}

/** Replaces an image that may move by its first frame, which is what a canvas draws of it. */
async function firstFrame() {
  const image = document.images[0];
  await image.decode().catch(() => {});
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: image.naturalWidth, height: image.naturalHeight });
  canvas.style.cssText = 'width:100%;height:100vh;object-fit:contain';
  if (image.naturalWidth > 0) canvas.getContext('2d').drawImage(image, 0, 0);
  image.replaceWith(canvas);
}

/** The pixels of an SVG that is a page of its own, and what becomes of it when it is used. */
async function opened(file, isUsed) {
  const visited = await visit('/file', { '/file': { contentType: file.type, body: file.bytes } });
  await freeze(visited.page);
  await settle(visited.page);
  visited.pixels = await visited.page.screenshot();
  if (isUsed) await click(visited.page).catch(() => {});
  await visited.page.close();
  return visited;
}

/** What becomes of an SVG whose text a theme puts into a page. */
async function inlined(file) {
  const body = `<!doctype html><body>${file.bytes.toString('utf8')}</body>`;
  const visited = await visit('/page', { '/page': { contentType: 'text/html; charset=utf-8', body } });
  await freeze(visited.page);
  await click(visited.page).catch(() => {});
  await visited.page.close();
  return visited;
}

const canvas = await context.newPage();

/** How many pixels of two screenshots have a channel that is more than `channel` apart. */
const difference = (one, other, channel) =>
  one.equals(other)
    ? 0
    : canvas.evaluate(
        async ([urls, limit]) => {
          const [a, b] = await Promise.all(
            urls.map(async (url) => {
              const image = new Image();
              image.src = url;
              await image.decode();
              const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
              context.drawImage(image, 0, 0);
              return context.getImageData(0, 0, image.width, image.height).data;
            }),
          );
          let count = 0;
          for (let at = 0; at < a.length; at += 4)
            if ([0, 1, 2].some((each) => Math.abs(a[at + each] - b[at + each]) > limit)) count += 1;
          return count;
        },
        [[one, other].map((png) => `data:image/png;base64,${png.toString('base64')}`), channel],
      );

const read = async (path) => ({ bytes: await readFile(path), type: TYPES[extname(path)] });
/** Compares one image. What it did before is looked into only where something is expected: it proves that this can see it. */
async function compare({ name, before, after, channel, pixels, attacks }) {
  const [was, is] = [await read(before), await read(after)];
  const result = { name, different: [], before: { ran: false, requests: [] }, after: { ran: false, requests: [] } };
  const note = (side, visited) => {
    side.ran ||= visited.ran;
    side.requests.push(...visited.requests);
    return visited.pixels;
  };
  const isDrawing = is.type === TYPES['.svg'];
  const moves = isDrawing && /<(\w+:)?(animate|set)|@keyframes/.test(is.bytes.toString('latin1'));
  for (const [way, look] of Object.entries(isDrawing ? { image: shown, document: opened } : { image: shown })) {
    const first = note(result.before, await look(was, attacks));
    const second = note(result.after, await look(is, true));
    if (way === 'image' && moves) continue;
    if ((await difference(first, second, channel)) > pixels) result.different.push(way);
  }
  if (isDrawing && attacks) note(result.before, await inlined(was));
  if (isDrawing) note(result.after, await inlined(is));
  return result;
}

const results = new Array(list.length);
let next = 0;
const work = async () => {
  while (next < list.length) {
    const at = next++;
    results[at] = await compare(list[at]);
  }
};
await Promise.all([work(), work(), work()]);
await browser.close();
console.log(JSON.stringify(results));

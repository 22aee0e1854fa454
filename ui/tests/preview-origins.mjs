/**
 * What one preview can do to another in a browser: `node preview-origins.mjs ONE TWO` with the addresses of two. Prints one
 * JSON object. `tests/integration/preview/origins.rs` starts the previews and judges the answer.
 */
import { launch } from './chromium.mjs';

const [one, two] = process.argv.slice(2);
const browser = await launch();
const context = await browser.newContext();
context.setDefaultTimeout(20_000);
const page = await context.newPage();
const visit = async (url) => {
  const answer = await page.goto(`${url}/`);
  return { status: answer.status(), text: await page.evaluate(() => document.body.innerText) };
};

const first = await visit(one);
const kept = await page.evaluate(async () => {
  document.cookie = 'plain=1; Path=/; Max-Age=3600';
  document.cookie = 'wide=1; Domain=localhost; Path=/; Max-Age=3600';
  document.cookie = 'dotted=1; Domain=.localhost; Path=/; Max-Age=3600';
  localStorage.setItem('key', 'one');
  await caches?.open('one');
  const worker = await navigator.serviceWorker.register('/sw.js').then(
    () => 'registered',
    (error) => String(error),
  );
  const registrations = await navigator.serviceWorker.getRegistrations();
  return { cookies: document.cookie, worker, registrations: registrations.length };
});

const second = await visit(two);
const seen = await page.evaluate(async (other) => {
  const read = (options) =>
    fetch(`${other}/`, options).then(
      (answer) => answer.type,
      () => 'refused',
    );
  const script = new Promise((done) => {
    const element = document.createElement('script');
    element.src = `${other}/assets/a.js`;
    element.onload = () => done('ran');
    element.onerror = () => done('refused');
    document.head.append(element);
  });
  return {
    cookies: document.cookie,
    stored: localStorage.getItem('key'),
    caches: await caches?.keys(),
    fetched: await read({}),
    plainly: await read({ mode: 'no-cors', credentials: 'include' }),
    script: await script,
  };
}, one);

/** Both again, after the first has set that many large cookies. */
async function flood(from, to) {
  await visit(one);
  await page.evaluate(
    ([low, high]) => {
      for (let at = low; at < high; at += 1) document.cookie = `large${at}=${'x'.repeat(4000)}; Path=/; Max-Age=3600`;
    },
    [from, to],
  );
  return { cookies: await page.evaluate(() => document.cookie.length), own: await visit(one), other: await visit(two) };
}
const flooded = { some: await flood(0, 40), many: await flood(40, 120) };

await browser.close();
console.log(JSON.stringify({ first, kept, second, seen, flooded }));

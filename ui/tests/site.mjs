/** A site in the place of a preview's: the pages of a starter on a free port, which speak with the window as a host's do. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const starter = new URL('../../starters/bakery/', import.meta.url);
const text = (value) => String(value ?? '').replace(/[<>&"]/g, (one) => `&#${one.charCodeAt(0)};`);
const part = (id, inside) => `<section data-backlot-widget="${text(id)}">${inside}</section>`;

function speak() {
  const page = () => decodeURIComponent(location.pathname).replace(/\/+$/, '') || '/';
  const say = (message) => parent.postMessage({ page: page(), ...message }, '*');
  const show = ({ widget, block, setting, before, text }) => {
    const shown = document.querySelector(`[data-backlot-widget="${widget}"] :is(h1, h2)`);
    if (block === null && setting === 'title' && shown.textContent === before) shown.textContent = text;
  };
  let isSelecting = false;
  addEventListener('message', ({ data, source }) => {
    if (source !== parent) return;
    if (data.backlot === 'hello') say({ backlot: 'ready', title: document.title });
    if (data.backlot === 'select-mode') isSelecting = data.on;
    document.body.dataset.selecting = isSelecting;
    if (data.backlot === 'type' && data.page === page()) data.texts.forEach(show);
    if (data.backlot !== 'select') return;
    for (const one of document.querySelectorAll('[data-backlot-widget]')) {
      const is = one.getAttribute('data-backlot-widget') === data.widget;
      one.toggleAttribute('data-selected', is);
      if (is && data.scroll !== false) one.scrollIntoView({ block: 'nearest' });
    }
  });
  addEventListener(
    'click',
    (event) => {
      const widget = event.target.closest('[data-backlot-widget]');
      if (!isSelecting || !widget) return;
      event.preventDefault();
      say({ backlot: 'selected', widget: widget.getAttribute('data-backlot-widget') });
    },
    true,
  );
  say({ backlot: 'ready', title: document.title });
}
const style = `
  body { margin: 0; font: 16px/1.5 Georgia, serif; color: #2b211a; background: #fffaf2; }
  section { padding: 48px 8vw; border-bottom: 1px solid #eadfce; }
  section:first-of-type { display: flex; gap: 24px; padding: 16px 8vw; background: #3a2a1e; color: #fff; }
  section:first-of-type a { color: #ffe2ae; }
  h1, h2 { margin: 0 0 8px; line-height: 1.15; }
  h1 { font-size: 40px; }
  [data-selected] { outline: 2px solid #d97706; outline-offset: -2px; }
`;

async function pageAt(path) {
  const slug = path.replace(/^\/+|\/+$/g, '') || 'index';
  const page = JSON.parse(await readFile(new URL(`pages/${slug}.json`, starter), 'utf8'));
  const parts = page.widgetsOrder.map((id, index) => {
    const { settings = {} } = page.widgets[id];
    const level = index === 0 ? 'h1' : 'h2';
    const words = `<${level}>${text(settings.title ?? settings.heading ?? id)}</${level}>`;
    return part(id, `${words}<p>${text(settings.text ?? settings.subtitle ?? settings.eyebrow)}</p>`);
  });
  const links = '<b>Morrow &amp; Rye</b><a href="/">Home</a><a href="/about">About</a>';
  return `<!doctype html><html lang="en"><head><title>${text(page.name)}</title><style>${style}</style></head>
    <body>${part('header', links)}${parts.join('')}${part('footer', 'Baked daily')}<script>(${speak})()</script></body></html>`;
}

/** Its address, and what ends it. */
export async function serveSite() {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://site').pathname);
    const html = await pageAt(path).catch(() => null);
    response.writeHead(html === null ? 404 : 200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(html ?? '<!doctype html><title>Not here</title><p>There is no such page.</p>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://demo-1.localhost:${server.address().port}`,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

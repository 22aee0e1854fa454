/** Files that are dropped on the window. */
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { drag, drop, heard, openMedia, openWithMedia, tile } from './media-support';
import { at, createFromUrl, gone, open, see, session } from './support';

test('files over an open library are met with where they would go, and taken', async () => {
  const page = await openMedia();
  await drag(page, { kind: 'over', x: 400, y: 300, count: 3 });
  await see(at(page, 'media-drop'), 'Drop to add to Nordlicht Bäckerei');
  await see(at(page, 'media-drop'), '3 files');
  await drag(page, { kind: 'leave' });
  await gone(at(page, 'media-drop'));
  await drag(page, { kind: 'over', x: 400, y: 300, count: 1 });
  await drop(page, 'dropped.jpg');
  await gone(at(page, 'media-drop'));
  await see(at(page, 'media-summary'), '1 file added.');
});

test('files that are dropped elsewhere on a demo’s page go to its library, which is shown', async () => {
  const page = await openWithMedia({ demos: 3 });
  for (const tab of ['overview', 'content']) {
    await at(page, `tab-${tab}`).click();
    await drag(page, { kind: 'over', x: 500, y: 300, count: 2 });
    await see(at(page, 'media-drop'), 'Drop to add to the media of Nordlicht Bäckerei');
    await drop(page, `${tab}-a.jpg`, `${tab}-b.jpg`);
    await gone(at(page, 'media-drop'));
    await tile(page, `${tab}-b.jpg`).waitFor();
    expect(await at(page, 'tab-media').getAttribute('aria-selected')).toBe('true');
  }
  // Once, not by the library as well.
  await drop(page, 'again.jpg');
  await tile(page, 'again.jpg').waitFor();
  expect(await session(page).calls('import_media')).toBe(3);
});

/** Where a creation from a URL goes on and on: a server that says nothing. */
async function silence(): Promise<{ address: string; end: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const end = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { address: `https://127.0.0.1:${(server.address() as { port: number }).port}`, end };
}

test('where files can be dropped is said when no demo is open that takes them', async () => {
  const silent = await silence();
  const page = await open({ demos: 3 });
  await at(page, 'trash-open').click();
  await drag(page, { kind: 'over', x: 500, y: 300, count: 1 });
  await see(at(page, 'media-drop'), 'open one first');
  await drop(page, 'a.jpg');
  await gone(at(page, 'media-drop'));
  await see(at(page, 'toast'), 'Nothing was added. Drop the files again on a demo that is open.');
  await createFromUrl(page, `${silent.address}/agency/lighthouse.git`, 'Lighthouse', 'lighthouse');
  await drop(page, 'a.jpg');
  await see(at(page, 'toast'), 'Nothing was added. Drop the files again once “Lighthouse” is ready.');
  expect(await session(page).calls('import_media')).toBe(0);
  silent.end();
});

test('files that are dropped on the form of a new demo are added to it', async () => {
  const page = await open({ demos: 1 });
  await at(page, 'new-demo').click();
  await drag(page, { kind: 'over', x: 500, y: 300, count: 2 });
  await see(at(page, 'media-drop'), 'Drop to add to the new demo');
  await drop(page, 'logo.svg', 'shop.jpg');
  await gone(at(page, 'media-drop'));
  await see(at(page, 'asset').first(), 'logo.svg');
  await see(at(page, 'asset').last(), 'shop.jpg');
});

test('what a dialog asks is answered before files are taken', async () => {
  const page = await open({ demos: 1 });
  await page.keyboard.press('Control+k');
  await at(page, 'palette-input').waitFor();
  await drag(page, { kind: 'over', x: 500, y: 300, count: 1 });
  await drop(page, 'a.jpg');
  await heard(page);
  await page.keyboard.press('Escape');
  await gone(at(page, 'palette-input'));
  expect(await session(page).calls('import_media')).toBe(0);
});

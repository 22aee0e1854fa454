/** What journeys in the Media tab need. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { FileDrag, MediaItem } from '../../src/lib/backend/types';
import type { Scenario, Session } from './host';
import { at, focused, open, see, session } from './support';

/** The newest demo, whose library the journeys are in. */
export const slug = 'nordlicht-backerei';
export const demoId = '01930000-0000-7000-8000-000000000000';

interface Opening extends Scenario {
  /** What is in the library, instead of the usual. */
  fill?: (session: Session) => Promise<unknown>;
  /** What else is done before the window is there. */
  prepare?: (session: Session) => Promise<unknown>;
}

/** A window of the real backend, with a library in its newest demo. */
export const openWithMedia = ({ fill = usual, prepare, ...scenario }: Opening = {}): Promise<Page> =>
  open({ demos: 2, ...scenario }, async (session) => {
    await fill(session);
    await prepare?.(session);
  });

/** A window with the Media tab of the newest demo open. */
export async function openMedia(opening?: Opening): Promise<Page> {
  const page = await openWithMedia(opening);
  await at(page, 'tab-media').click();
  await at(page, 'media').waitFor();
  return page;
}

export const tile = (page: Page, name: string): Locator => at(page, `media-${name}`);
export const list = (page: Page): Locator => at(page, 'media-list');
export const options = (page: Page): Locator => list(page).getByRole('option');

/** The names of what is chosen, in their order. */
export const chosen = (page: Page): Promise<string[]> =>
  list(page)
    .locator('[aria-selected="true"]')
    .evaluateAll((all) => all.map((one) => one.getAttribute('title') ?? ''));
export async function seeChosen(page: Page, ...names: string[]): Promise<void> {
  await page.waitForFunction((wanted) => {
    const all = document.querySelectorAll('[data-testid="media-list"] [aria-selected="true"]');
    return [...all].map((one) => one.getAttribute('title')).join() === wanted;
  }, names.join());
}

/** Goes to the list with the first item as where the keyboard is. */
export async function intoList(page: Page): Promise<void> {
  await list(page).focus();
  await focused(list(page));
}

export const count = async (locator: Locator, wanted: number): Promise<void> => {
  await expect.poll(() => locator.count(), { timeout: 5_000 }).toBe(wanted);
};

/** The items of the library, as another process reads them. */
export const listed = async (page: Page): Promise<MediaItem[]> =>
  (await session(page).cli<{ files: MediaItem[] }>('media', 'list', slug)).files;

// Files that a person has elsewhere.

export const drag = (page: Page, what: FileDrag) => session(page).drag(what);
/** Files beside the workspace, whose names say what they are. */
export const filesOf = (session: Session, ...names: string[]): Promise<string[]> =>
  Promise.all(names.map(async (name) => session.file(name, await bytesOf(session, name))));
/** Lets go of files that were dragged over the window. */
export const drop = async (page: Page, ...names: string[]): Promise<unknown> =>
  drag(page, { kind: 'drop', x: 500, y: 300, files: await filesOf(session(page), ...names) });
/** Waits until the page has heard of everything so far: what is told later is told after it. */
export async function heard(page: Page): Promise<void> {
  await session(page).call('rename_demo', { demo: demoId, name: 'Nordlicht, heard' });
  await see(at(page, `demo-row-${slug}`), 'Nordlicht, heard');
}
/** The next dialog answers with these files. */
export const picks = async (page: Page, ...names: string[]): Promise<unknown> =>
  session(page).pick(...(await filesOf(session(page), ...names)));

/** Whatever changes the demo waits until the function that comes along is called, for at most the ten seconds of a lock. */
export async function holdDemo(session: Session): Promise<() => Promise<void>> {
  const locks = join(session.workspace, 'state', 'locks');
  await mkdir(locks, { recursive: true });
  const holder = spawn('flock', [join(locks, `demo-${demoId}.lock`), 'sh', '-c', 'echo; cat']);
  await once(holder.stdout, 'data');
  return async () => {
    holder.stdin.end();
    await once(holder, 'exit');
  };
}

// Real files, small, and different wherever their names are.

/** As a library has it: a huge picture, a program, a drawing with a script, or what the ending says. */
async function bytesOf(session: Session, name: string): Promise<Uint8Array> {
  const ending = name.split('.').pop()!;
  if (name === 'hero.jpg') return readFile(join(session.site(slug), 'uploads/images/hero.jpg'));
  if (name === 'huge.png') return png(name, 20_600, 20_000, false);
  // A second of decoding: few bytes, many pixels, and of such only one at a time.
  if (name.startsWith('slow')) return png(name, 8_000, 8_000);
  return made[ending]!(name);
}
const made: Record<string, (name: string) => Uint8Array> = {
  png: (name) => png(name, 64, 48),
  jpg: (name) => jpeg(name, 64, 48),
  gif: () => Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64'),
  svg: (name) =>
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><title>${name}</title>` +
        `${name.startsWith('evil') ? '<script>alert(1)</script>' : ''}<path d="M0 0h64v48H0z"/></svg>`,
    ),
  mp3: (name) => sound(name.length),
  mp4: (name) => Buffer.concat([box('ftyp', Buffer.from('isom\0\0\0\0isom')), box('mdat', Buffer.from(name))]),
  pdf: (name) => Buffer.from(`%PDF-1.4\n% ${name}\n%%EOF\n`),
  exe: () => Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1'),
};

/** A PNG of black and white stripes; one that is not whole ends after it has said how large it is. */
function png(name: string, width: number, height: number, isWhole = true): Uint8Array {
  const part = (kind: string, data: Buffer) => {
    const all = Buffer.concat([Buffer.alloc(4), Buffer.from(kind), data, Buffer.alloc(4)]);
    all.writeUInt32BE(data.length);
    all.writeUInt32BE(crc32(all.subarray(4, -4)), all.length - 4);
    return all;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head[8] = 1;
  // Each row is its filter, none, and eight pixels to the byte.
  const row = Buffer.alloc(1 + Math.ceil(width / 8));
  row.write(name, 1);
  const rows = isWhole ? Buffer.alloc(row.length * height, row) : row;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    part('IHDR', head),
    part('IDAT', deflateSync(rows, { level: 1 })),
    part('IEND', Buffer.alloc(0)),
  ]);
}

/** A grey baseline JPEG with EXIF data, whose name stands in its table of quantization. */
function jpeg(name: string, width: number, height: number): Uint8Array {
  const part = (marker: number, ...bytes: number[]) => {
    const length = bytes.length + 2;
    return [0xff, marker, length >> 8, length & 0xff, ...bytes];
  };
  const table = Array.from({ length: 64 }, (_, at) => 1 + (name.charCodeAt(at % name.length) % 255));
  const two = (number: number) => [number >> 8, number & 0xff];
  // One code, of one bit, for “nothing changes”; each block is two of it.
  const only = [1, ...Array<number>(15).fill(0), 0];
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const exif = Buffer.from('Exif\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\x04\0\0\0Cam\0\0\0\0\0', 'latin1');
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...part(0xe1, ...exif),
    ...part(0xdb, 0, ...table),
    ...part(0xc0, 8, ...two(height), ...two(width), 1, 1, 0x11, 0),
    ...part(0xc4, 0x00, ...only),
    ...part(0xc4, 0x10, ...only),
    ...part(0xda, 1, 1, 0, 0, 63, 0),
    ...Array<number>(Math.ceil(blocks / 4)).fill(0),
    ...[0xff, 0xd9],
  ]);
}

/** An MP3 of silence. */
function sound(frames: number): Uint8Array {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0xc4]);
  return Buffer.concat(Array<Buffer>(frames).fill(frame));
}

function box(kind: string, data: Buffer): Buffer {
  const all = Buffer.concat([Buffer.alloc(4), Buffer.from(kind), data]);
  all.writeUInt32BE(all.length);
  return all;
}

// Libraries.

/** A catalogue that says what the given items say, the newest first. */
async function catalogue(session: Session, items: Partial<MediaItem>[], demo = slug): Promise<void> {
  const files = items.map((item, at) => ({
    originalName: item.filename,
    metadata: { alt: '', title: '', caption: '' },
    usedIn: [],
    ...item,
    uploaded: new Date(Date.UTC(2026, 8, 1, 9) - at * 2_820_000).toISOString(),
  }));
  await session.write(demo, 'uploads/media.json', JSON.stringify({ files }, null, 2));
}

const types = { gif: 'image/gif', webp: 'image/webp', mp4: 'video/mp4', mp3: 'audio/mpeg', pdf: 'application/pdf' };
const folders: Record<string, string> = { image: 'images', video: 'videos', audio: 'audios', application: 'files' };

/**
 * Six pictures of the starter, and what else a library may have: thirteen items, three of them pictures without alt text.
 * A file is missing, one is not listed, two are the same, and of one the list of places is out of date.
 */
export async function usual(session: Session): Promise<void> {
  const site = session.site(slug);
  const { files } = JSON.parse((await session.read(slug, 'uploads/media.json'))!) as { files: MediaItem[] };
  const known = (filename: string, change: Partial<MediaItem> = {}): Partial<MediaItem> => {
    const item = files.find((one) => one.filename === filename)!;
    return { ...item, ...change };
  };
  const more = async (
    filename: string,
    make: (place: string) => Promise<unknown>,
    alt = '',
  ): Promise<Partial<MediaItem>> => {
    const type = types[filename.split('.').pop() as keyof typeof types];
    const path = `uploads/${folders[type.split('/')[0]!]}/${filename}`;
    await mkdir(join(site, path, '..'), { recursive: true });
    await make(join(site, path));
    const { length } = await readFile(join(site, path));
    return {
      id: `media-${filename.split('.')[0]}`,
      filename,
      path: `/${path}`,
      type,
      size: length,
      metadata: { alt, title: '', caption: '' },
    };
  };
  const from = (filename: string) => (place: string) => copyFile(join(site, 'uploads/images', filename), place);
  const bytes = (name: string) => async (place: string) => writeFile(place, await bytesOf(session, name));
  const items = [
    known('hero.jpg'),
    known('country-loaf.webp', { usedIn: ['index'] }),
    known('butter-croissants.webp', { metadata: { alt: '', title: 'Butter croissants', caption: '' } }),
    known('baker-tomas.webp'),
    known('shop-front.jpg'),
    known('logo.svg'),
    { ...(await more('pattern.webp', from('map.webp'))), width: 1400, height: 900 },
    { ...(await more('oven.gif', bytes('oven.gif'), 'Bread rising in the oven')), width: 1, height: 1 },
    await more('baking-at-dawn.mp4', async (place) => {
      await bytes('baking-at-dawn.mp4')(place);
      await truncate(place, 2_000_000);
    }),
    await more('doorbell.mp3', bytes('doorbell.mp3')),
    await more('menu-spring.pdf', bytes('menu-spring.pdf')),
    await more('price-list.pdf', bytes('price-list.pdf')),
    { ...(await more('butter-croissants-copy.webp', from('butter-croissants.webp'))), width: 1100, height: 1100 },
  ];
  await catalogue(session, items);
  await rm(join(site, 'uploads/files/price-list.pdf'));
  await session.write(slug, 'uploads/images/old-banner.jpg', await bytesOf(session, 'old-banner.jpg'));
  // The other pictures of the starter go, and the pages do without them.
  const others = files.filter(({ filename }) => !items.some((item) => item.filename === filename));
  await Promise.all(others.map(({ path }) => session.remove(slug, path)));
  for (const page of ['index', 'about', 'contact', 'menu']) {
    const text = (await session.read(slug, `pages/${page}.json`))!;
    const without = others.reduce((left, { path }) => left.replaceAll(`"${path}"`, '""'), text);
    await session.write(slug, `pages/${page}.json`, without);
  }
}

/** A library without anything in it. */
export async function nothing(session: Session): Promise<void> {
  await session.remove(slug, 'uploads');
  await catalogue(session, []);
}

/** So many drawings. */
export const many =
  (number: number) =>
  async (session: Session): Promise<void> => {
    const folder = join(session.site(slug), 'uploads/images');
    const names = Array.from({ length: number }, (_, at) => `drawing-${at + 1}.svg`);
    for (const name of names) await writeFile(join(folder, name), made.svg!(name));
    const items = names.map((filename) => ({
      id: filename,
      filename,
      path: `/uploads/images/${filename}`,
      type: 'image/svg+xml',
      size: made.svg!(filename).length,
      width: 64,
      height: 48,
    }));
    await catalogue(session, items);
  };

/** A library that cannot be read. */
export const unreadable = async (session: Session): Promise<void> => {
  await usual(session);
  await session.write(slug, 'uploads/media.json', '{"files": [');
};

/** Pictures with names and texts without end, in the newest demo of a workspace where all names are long. */
export async function longNames(session: Session): Promise<void> {
  const demo = `${slug}-mit-einem-sehr-langen-ordnernamen-1`;
  const stem =
    'Internationale-Gesellschaft-fuer-handwerkliche-Sauerteigbrote-und-Konditoreiwaren-am-Gendarmenmarkt-Zweigniederlassung-Sued';
  const alt =
    'Eine sehr lange Beschreibung eines Bildes, die jemand aus einer Pressemitteilung übernommen hat und die niemals in eine einzige Zeile passen wird';
  const items: Partial<MediaItem>[] = [];
  for (let at = 1; at <= 13; at += 1) {
    const filename = `${stem}-${at}.png`;
    const path = `uploads/images/${filename}`;
    const bytes = made.png!(`${at}`);
    await session.write(demo, path, bytes);
    const metadata = { alt, title: '', caption: '' };
    items.push({
      id: `long-${at}`,
      filename,
      path: `/${path}`,
      type: 'image/png',
      size: bytes.length,
      width: 64,
      height: 48,
      metadata,
    });
  }
  await catalogue(session, items, demo);
}

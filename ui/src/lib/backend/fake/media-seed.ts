/** What a fake demo's library holds at the start, and the drawings that stand for its pictures. */
import type { MediaItem, MediaUse } from '../media';

export interface Seeded {
  item: MediaItem;
  uses: MediaUse[];
}

const minute = 60_000;

/** A place in the pages of the bakery starter. */
function on(document: string, name: string, widget: string, block?: string): MediaUse {
  const inside = block ? ['blocks', block] : [];
  return {
    document: `pages/${document}`,
    name,
    path: ['widgets', widget, ...inside, 'settings', 'image'],
    widget,
    ...(block && { block }),
  };
}
const home = (widget: string, block?: string) => on('index', 'Home', widget, block);
const about = (widget: string, block?: string) => on('about', 'Our bakery', widget, block);
const visit = (widget: string) => on('contact', 'Visit', widget);
const inTheme: MediaUse = {
  document: 'theme',
  name: 'Theme settings',
  path: ['settings', 'global', 'general', '0', 'value'],
};

type Row = [file: string, type: string, size: number, alt: string, width?: number, height?: number, uses?: MediaUse[]];

const rows: Row[] = [
  ['hero.jpg', 'image/jpeg', 412_300, 'Loaves on the shelf behind the counter', 2400, 1350, [home('hero')]],
  [
    'country-loaf.webp',
    'image/webp',
    286_100,
    'A round country loaf, cut open',
    1600,
    1200,
    [home('today', 'country-loaf'), on('menu', 'Menu', 'bread')],
  ],
  ['butter-croissants.webp', 'image/webp', 198_700, '', 1600, 1067, [home('today', 'croissant')]],
  ['baker-tomas.webp', 'image/webp', 344_900, 'Tomas at the oven', 2000, 1333, [about('people', 'tomas')]],
  [
    'shop-front.jpg',
    'image/jpeg',
    1_204_000,
    'The shop from across the street',
    1200,
    900,
    [home('hours'), about('pictures', 'pic-shop'), visit('opening')],
  ],
  ['logo.svg', 'image/svg+xml', 4_210, 'Nordlicht', 320, 120, [inTheme]],
  ['pattern.webp', 'image/webp', 22_800, '', 800, 800],
  ['oven.gif', 'image/gif', 940_200, 'Bread rising in the oven', 480, 640],
  ['baking-at-dawn.mp4', 'video/mp4', 18_420_000, '', 1920, 1080],
  ['doorbell.mp3', 'audio/mpeg', 61_300, ''],
  ['menu-spring.pdf', 'application/pdf', 233_400, ''],
  ['price-list.pdf', 'application/pdf', 118_900, ''],
  ['butter-croissants-copy.webp', 'image/webp', 198_700, '', 1600, 1067],
];

const longStem =
  'Internationale-Gesellschaft-für-handwerkliche-Sauerteigbrote-und-Konditoreiwaren-am-Gendarmenmarkt-Zweigniederlassung-Süd';
const longAlt =
  'Eine sehr lange Beschreibung eines Bildes, die jemand aus einer Pressemitteilung übernommen hat und die niemals in eine einzige Zeile passen wird';

export interface Seeding {
  count: number;
  long: boolean;
  now: number;
}

export function seedMedia({ count, long, now }: Seeding): Seeded[] {
  return Array.from({ length: count }, (_, index) => seededAt(index, long, now));
}

/** As many as `media.json` of a demo has when nobody asks for more. */
export const usualCount = rows.length;

function seededAt(index: number, long: boolean, now: number): Seeded {
  const [file, type, size, alt, width, height, uses = []] = rows[index % rows.length]!;
  const round = Math.floor(index / rows.length);
  const dot = file.lastIndexOf('.');
  const stem = long ? `${longStem}-${index + 1}` : round === 0 ? file.slice(0, dot) : `${file.slice(0, dot)}-${round}`;
  const item = itemOf(
    `media-${String(index + 1).padStart(5, '0')}`,
    `${stem}${file.slice(dot)}`,
    type,
    size + round,
    new Date(now - (index + 1) * 47 * minute - index * index * 900).toISOString(),
  );
  item.metadata = { alt: long && alt ? longAlt : alt, title: '', caption: '' };
  if (width && height) Object.assign(item, sized(item, width, height));
  return { item, uses: round === 0 ? structuredClone(uses) : [] };
}

export function itemOf(id: string, filename: string, type: string, size: number, uploaded: string): MediaItem {
  const path = `/uploads/${folderOf(type)}/${filename}`;
  return { id, filename, originalName: filename, type, size, uploaded, path, metadata: {}, usedIn: [] };
}

function sized(item: MediaItem, width: number, height: number): Partial<MediaItem> {
  if (item.type === 'image/svg+xml' || !item.type.startsWith('image/')) return { width, height };
  const dot = item.path.lastIndexOf('.');
  const at = (name: string, most: number) => {
    const scale = Math.min(1, most / Math.max(width, height));
    const path = `${item.path.slice(0, dot)}-${name}${item.path.slice(dot)}`;
    return { path, width: Math.round(width * scale), height: Math.round(height * scale) };
  };
  return { width, height, sizes: { thumb: at('thumb', 150), medium: at('medium', 1024) } };
}

const types: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  svg: 'image/svg+xml',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  pdf: 'application/pdf',
  txt: 'text/plain',
};
/** The media type that a file of this name has; none when a site has no use for it. */
export const typeOf = (file: string): string | undefined => types[file.split('.').pop()?.toLowerCase() ?? ''];

function folderOf(type: string): string {
  const head = type.split('/')[0];
  return head === 'image' ? 'images' : head === 'video' ? 'videos' : head === 'audio' ? 'audios' : 'files';
}

const palettes = [
  ['#f6dfb8', '#d98e3f', '#7a3e1d', '#fbf3e6'],
  ['#cfe0e3', '#5f96a0', '#23474f', '#f0f6f6'],
  ['#f3d3c6', '#c96a4b', '#65261a', '#fdf1ec'],
  ['#dfe3c8', '#8b9a4d', '#404a20', '#f6f8ec'],
  ['#2c2e45', '#7f7bd1', '#f2d9a0', '#15161f'],
  ['#e9d9ea', '#9a6aa0', '#4a2450', '#faf4fb'],
] as const;

function hash(text: string): number {
  let value = 7;
  for (let at = 0; at < text.length; at += 1) value = (value * 31 + text.charCodeAt(at)) >>> 0;
  return value;
}

/** A data URL of a drawing; the same path and time always give the same one. */
export function drawingOf(path: string, uploaded: string): string {
  const seed = hash(path + uploaded);
  const [sky, mid, dark, pale] = palettes[seed % palettes.length]!;
  const isMark = path.endsWith('.svg');
  const tall = /oven/.test(path);
  const [w, h] = isMark ? [320, 120] : tall ? [480, 640] : /pattern/.test(path) ? [400, 400] : [640, 400];
  const inside = isMark ? mark(dark, mid) : scene(seed, w, h, [sky, mid, dark, pale]);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">${inside}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const mark = (dark: string, mid: string): string =>
  `<path d="M24 96V48L60 18l36 30v48z" fill="${mid}"/><rect x="48" y="60" width="24" height="36" fill="${dark}"/>` +
  `<rect x="120" y="44" width="170" height="16" rx="8" fill="${mid}"/><rect x="120" y="70" width="110" height="10" rx="5" fill="${mid}" opacity=".6"/>`;

function scene(seed: number, w: number, h: number, [sky, mid, dark, pale]: readonly string[]): string {
  const x = (part: number) => Math.round(w * part);
  const y = (part: number) => Math.round(h * part);
  const sun = 0.2 + ((seed >>> 3) % 60) / 100;
  const ground = `<rect width="${w}" height="${h}" fill="${sky}"/>`;
  const kinds = [
    `<circle cx="${x(sun)}" cy="${y(0.34)}" r="${y(0.14)}" fill="${pale}"/><path d="M0 ${y(0.7)}L${x(0.3)} ${y(0.42)} ${x(0.52)} ${y(0.66)} ${x(0.74)} ${y(0.38)} ${w} ${y(0.64)}V${h}H0z" fill="${mid}"/><path d="M0 ${y(0.86)}Q${x(0.4)} ${y(0.66)} ${w} ${y(0.84)}V${h}H0z" fill="${dark}"/>`,
    `<rect y="${y(0.72)}" width="${w}" height="${y(0.28)}" fill="${dark}"/><ellipse cx="${x(0.5)}" cy="${y(0.62)}" rx="${x(0.27)}" ry="${y(0.22)}" fill="${mid}"/><path d="M${x(0.34)} ${y(0.56)}q${x(0.16)} -${y(0.16)} ${x(0.32)} 0M${x(0.34)} ${y(0.66)}q${x(0.16)} -${y(0.16)} ${x(0.32)} 0" stroke="${pale}" stroke-width="${y(0.02)}" fill="none" stroke-linecap="round"/>`,
    `<rect x="${x(0.12)}" y="${y(0.28)}" width="${x(0.34)}" height="${y(0.72)}" fill="${mid}"/><rect x="${x(0.52)}" y="${y(0.16)}" width="${x(0.36)}" height="${y(0.84)}" fill="${dark}"/><g fill="${pale}"><rect x="${x(0.58)}" y="${y(0.26)}" width="${x(0.08)}" height="${y(0.16)}"/><rect x="${x(0.74)}" y="${y(0.26)}" width="${x(0.08)}" height="${y(0.16)}"/><rect x="${x(0.2)}" y="${y(0.4)}" width="${x(0.18)}" height="${y(0.2)}"/></g>`,
    `<circle cx="${x(0.3)}" cy="${y(0.5)}" r="${y(0.26)}" fill="${mid}"/><circle cx="${x(0.62)}" cy="${y(0.56)}" r="${y(0.3)}" fill="${dark}" opacity=".9"/><circle cx="${x(0.5)}" cy="${y(0.3)}" r="${y(0.14)}" fill="${pale}"/>`,
  ];
  return ground + kinds[(seed >>> 7) % kinds.length]!;
}

// Media items and their addresses.
import { safeUrl } from './text.js';
import { address, site } from './state.js';

const FOLDER = '/uploads/';

/** The catalogue's item of a path or file name. */
export function mediaItem(path) {
  if (typeof path !== 'string') return undefined;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const item = Object.hasOwn(site.media, name) ? site.media[name] : undefined;
  return item !== null && typeof item === 'object' ? item : undefined;
}

/**
 * A path as a URL has it: a file's name may have what would end the path, and white space would end it in a list. What follows
 * the name of a known file is a query.
 */
function written(path) {
  if (path.includes('%') && mediaItem(path)) path = path.replaceAll('%', '%25');
  const encoded = path.replace(/\s/g, encodeURIComponent);
  return /[?#]/.test(path) && !mediaItem(path.replace(/[?#].*$/s, ''))
    ? encoded.replace(/[?#]/g, encodeURIComponent)
    : encoded;
}

/** The address of an upload. What stands on another host, or in the page itself, keeps its own. */
export function mediaAddress(path) {
  if (path.startsWith(FOLDER)) return address(written(path.slice(1)));
  if (path.includes('/') || path.includes(':')) return safeUrl(path) || (/^data:image\//i.test(path) ? path : '');
  return address(written(`uploads/images/${path}`));
}

export const isSvg = (path, item) => item?.type === 'image/svg+xml' || /\.svg$/i.test(path);

/** `{path, width, height}` of an image in a size; the original where there is no such size. */
export function variant(path, item, size) {
  const original = { path: item?.path ?? path, width: item?.width, height: item?.height };
  if (isSvg(path, item)) return { path: original.path };
  const sizes = item?.sizes ?? {};
  const found = Object.hasOwn(sizes, size) ? sizes[size] : undefined;
  return typeof found?.path === 'string' ? found : original;
}

/** The widths there are of an image, smallest first, for `srcset`; nothing where there is no choice. */
export function candidates(path, item) {
  if (!item || isSvg(path, item)) return [];
  const byWidth = new Map();
  const add = (of) =>
    typeof of?.path === 'string' &&
    typeof of.width === 'number' &&
    !byWidth.has(of.width) &&
    byWidth.set(of.width, of.path);
  for (const [name, size] of Object.entries(item.sizes ?? {})) if (name !== 'thumb') add(size);
  // The largest size is the largest that visitors get; without one it is the original.
  if (!item.sizes?.large?.path && item.width > Math.max(0, ...byWidth.keys())) add(item);
  return byWidth.size < 2 ? [] : [...byWidth].sort(([a], [b]) => a - b);
}

/** Where a picture that is cropped must be seen, for its style; nothing if nobody said. The catalogue has it as 0 to 1. */
export function focus(path, item) {
  const { x, y } = item?.metadata?.focalPoint ?? {};
  const isShare = (value) => typeof value === 'number' && value >= 0 && value <= 1;
  if (!isShare(x) || !isShare(y) || isSvg(path, item)) return undefined;
  const percent = (share) => `${Number((share * 100).toFixed(2))}%`;
  return `object-position: ${percent(x)} ${percent(y)}`;
}

// The filters that themes use besides LiquidJS's own.
import { toValue } from 'liquidjs';
import { fromBase64, hex, hmac, sha256, toBase64, utf8 } from './platform.js';
import { formatDate, handle, isBlankRichText, safeUrl, textOfRichText } from './text.js';
import { mediaItem } from './media.js';
import { site, view } from './state.js';

/** As LiquidJS turns a value into text. */
const textOf = (given) => {
  const value = toValue(given);
  return value === null || value === undefined ? '' : Array.isArray(value) ? value.map(textOf).join('') : String(value);
};

export function registerFilters(liquid) {
  const filters = {
    safe_url: (value) => (typeof value === 'string' ? safeUrl(value) : ''),
    rte_text: textOfRichText,
    rte_blank: isBlankRichText,
    handleize: handle,
    format_date: (value, format) => formatDate(value, (typeof format === 'string' && format) || view.dateFormat),
    media_meta: (path, key) => {
      const metadata = mediaItem(path)?.metadata ?? {};
      return key ? (Object.hasOwn(metadata, key) ? metadata[key] : '') : metadata;
    },
    collection: (type, ...options) => collection(type, options),
    // LiquidJS's own need a browser for these.
    base64_encode: (value) => toBase64(textOf(value)),
    base64_decode: (value) => fromBase64(textOf(value)),
    sha256: (value) => hex(sha256(utf8(textOf(value)))),
    hmac_sha256: (value, key) => hex(hmac(textOf(value), textOf(key))),
  };
  for (const [name, filter] of Object.entries(filters)) liquid.registerFilter(name, filter);
}

/** The items of a collection: `'news' | collection: limit: 6, offset: 2, sort: 'date_desc'`. */
function collection(type, options) {
  if (typeof type !== 'string' || !Object.hasOwn(site.collections, type)) return [];
  const { items, orders, sort: usual } = site.collections[type];
  // LiquidJS hands over named arguments as pairs.
  const wanted = Object.fromEntries(options.filter((option) => Array.isArray(option) && option.length === 2));
  const order = Object.hasOwn(orders, wanted.sort) ? orders[wanted.sort] : orders[usual];
  const whole = (value) =>
    value === null || value === undefined || value === '' ? 0 : Math.max(0, Math.trunc(Number(value)) || 0);
  const offset = whole(wanted.offset);
  const limit = whole(wanted.limit);
  return order.slice(offset, limit > 0 ? offset + limit : undefined).map((place) => items[place]);
}

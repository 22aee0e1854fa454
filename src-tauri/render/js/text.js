// Small rules about text that tags and filters share.

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as it may stand in HTML, attributes included. */
export function escape(value) {
  const text = String(value ?? '');
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (character) => ENTITIES[character]) : text;
}

/** ` name="value"` for each attribute that has a value; only the name where it is `true`. */
export function attributes(pairs) {
  return pairs
    .filter(([, value]) => value !== undefined && value !== null && value !== false && value !== '')
    .map(([name, value]) => (value === true ? ` ${name}` : ` ${name}="${escape(value)}"`))
    .join('');
}

/** An address as a browser reads it: without line breaks in it and control characters around it. */
// eslint-disable-next-line no-control-regex
const asRead = (url) => url.replace(/[\t\n\r]/g, '').replace(/^[\0- ]+|[\0- ]+$/g, '');

/** The address if following it cannot run anything: relative ones, web, mail and telephone. Otherwise nothing. */
export function safeUrl(url) {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(asRead(url));
  return !scheme || ['http', 'https', 'mailto', 'tel'].includes(scheme[1].toLowerCase()) ? url : '';
}

/** Elements that stand in lines of their own: what they hold runs into nothing beside it. */
const BLOCKS = /<\/?(?:address|blockquote|br|d[dlt]|div|fig\w+|h[1-6r]|li|[ou]l|p|pre|t[dhr]|table)\b[^>]*>/gi;

/** What a reader sees of rich text, in one line. */
export function textOfRichText(html) {
  if (typeof html !== 'string') return '';
  return html
    .replace(BLOCKS, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(nbsp|#160|#xa0);/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Whether rich text shows nothing: an editor leaves `<p></p>` where a person sees an empty field. */
export const isBlankRichText = (html) =>
  textOfRichText(html) === '' && !/<(img|iframe|video|audio|hr|svg)\b/i.test(String(html ?? ''));

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** A day such as `2026-03-01` in words. Its parts are taken as they stand: no time zone can move it to the day before. */
export function formatDate(value, format) {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!day) return '';
  const [year, month, date] = day.slice(1).map(Number);
  if (month < 1 || month > 12 || date < 1 || date > new Date(Date.UTC(year, month, 0)).getUTCDate()) return '';
  const parts = {
    YYYY: day[1],
    MMMM: MONTHS[month - 1],
    MMM: MONTHS[month - 1].slice(0, 3),
    MM: day[2],
    M: month,
    DD: day[3],
    D: date,
  };
  // A day has no time, whatever the format asks for.
  const days = (format || 'MMMM D, YYYY').replace(/[ ,T]*[Hh]{1,2}:mm.*$/, '');
  return days.replace(/YYYY|MMMM|MMM|MM|M|DD|D/g, (part) => parts[part]);
}

/** Letters that are not a Latin one with a mark, as they are commonly spelled. */
const SPELLED = {
  ...pairs('ßæœøđðþłıħŋ', 'ss ae oe o d d th l i h n'),
  ...pairs('αβγδεζηθικλμνξοπρσςτυφχψω', 'a b g d e z h 8 i k l m n 3 o p r s s t y f x ps w'),
  ...pairs(
    'абвгдеёжзийклмнопрстуфхцчшщъыьэюяєіїґ',
    'a b v g d e yo zh z i j k l m n o p r s t u f h c ch sh sh u y  e yu ya ye i yi g',
  ),
};

function pairs(letters, spelled) {
  const words = spelled.split(' ');
  return Object.fromEntries([...letters].map((letter, index) => [letter, words[index]]));
}

/** Text as a name for anchors and classes: `Über uns & Öle` is `uber-uns-ole`. */
export function handle(text) {
  if (typeof text !== 'string') return '';
  const letters = [...text.toLowerCase()].map(
    (letter) => SPELLED[letter] ?? [...letter.normalize('NFKD')].map((part) => SPELLED[part] ?? part).join(''),
  );
  return letters
    .join('')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9\s_-]/g, '')
    .replace(/[\s_-]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** Numbers, times and names as a person reads them. */

const counts = new Intl.NumberFormat('en');
const sizes = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export const count = (value: number): string => counts.format(value);

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(value) / 3));
  return `${sizes.format(value / 1000 ** power)} ${units[power - 1]}`;
}

export function moment(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '–' : dates.format(date);
}

const minute = 60_000;
const spans: [limit: number, unit: number, suffix: string][] = [
  [60 * minute, minute, 'min'],
  [24 * 60 * minute, 60 * minute, 'h'],
  [14 * 24 * 60 * minute, 24 * 60 * minute, 'd'],
  [60 * 24 * 60 * minute, 7 * 24 * 60 * minute, 'wk'],
  [730 * 24 * 60 * minute, 30.44 * 24 * 60 * minute, 'mo'],
];

/** How long ago, in one short word for a list. */
export function age(at: string, now: number): string {
  const past = now - Date.parse(at);
  if (Number.isNaN(past)) return '';
  if (past < minute) return 'now';
  for (const [limit, unit, suffix] of spans) if (past < limit) return `${Math.floor(past / unit)} ${suffix}`;
  return `${Math.floor(past / (365.25 * 24 * 60 * minute))} yr`;
}

export const shortCommit = (commit: string): string => commit.slice(0, 8);

/** Where a template comes from, for a person: no `starter:`, no `.git`. */
export const sourceName = (url: string): string =>
  url
    .replace(/^starter:/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split(/[/:\\]/)
    .pop() ?? url;

/** The last part of a path on this machine: the name of the file or folder. */
export const lastName = (path: string): string => path.split(/[/\\]/).filter(Boolean).pop() ?? path;

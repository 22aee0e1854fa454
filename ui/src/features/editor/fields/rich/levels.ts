/** What a rich text setting allows. */
import type { Setting } from '$lib/backend';
import { objectAt } from '$lib/content/json';

/** The levels of headings that are offered: those that the setting names, or the usual ones. */
export function levelsOf({ raw }: Pick<Setting, 'raw'>): number[] {
  const { headings } = objectAt(raw, []);
  if (headings === false) return [];
  const named = Array.isArray(headings) ? headings.map((one) => Number(String(one).replace(/^h/i, ''))) : [2, 3, 4];
  return named.filter((level) => level >= 1 && level <= 6);
}

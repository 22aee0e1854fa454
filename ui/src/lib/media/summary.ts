/** What became of an import, in one sentence. */
import type { MediaImport } from '$lib/backend';
import { count } from '$lib/demo/format';
import { files } from './kinds';

export function summaryOf({ state, total, done, added, duplicates, failed }: MediaImport): string {
  const parts = [`${files(added.length)} added`];
  if (duplicates.length > 0)
    parts.push(`${count(duplicates.length)} ${duplicates.length === 1 ? 'was' : 'were'} there already`);
  if (failed.length > 0) parts.push(`${count(failed.length)} refused`);
  const text = parts.join(', ');
  return state === 'cancelled' ? `Cancelled after ${count(done)} of ${files(total)}: ${text}.` : `${text}.`;
}

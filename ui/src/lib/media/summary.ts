/** What became of an import: one sentence, and what was done to its files. */
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

/** What was done to the files that were added: each note once, with the files that it is about. */
export function notesOf({ notes }: Pick<MediaImport, 'notes'>): { message: string; files: string[] }[] {
  const byMessage = new Map<string, string[]>();
  for (const one of notes)
    for (const { message } of one.notes) byMessage.set(message, [...(byMessage.get(message) ?? []), one.file]);
  return [...byMessage].map(([message, files]) => ({ message, files }));
}

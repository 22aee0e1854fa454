/** What is said of a page that took the window along. */
import type { Restored } from '$lib/backend';

const happened: Record<Restored['why'], string> = {
  unresponsive: 'stopped responding',
  memory: 'used too much memory',
  crashed: 'crashed',
};

/** `name` is that of the demo whose page was shown, if one was. */
export function stoppedText(why: Restored['why'], name: string | undefined): string {
  const what = name === undefined ? 'The window' : `The page of “${name}”`;
  const then = name === undefined ? 'was loaded again' : 'was closed';
  return `${what} ${happened[why]} and ${then}. Your edits are safe.`;
}

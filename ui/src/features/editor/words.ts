/** What the editor says, and how it says it. */
import { age } from '$lib/demo/format';

export function savedWord(at: string | undefined, now: number): string {
  if (!at) return 'Saved';
  const seconds = Math.round((now - Date.parse(at)) / 1_000);
  if (Number.isNaN(seconds)) return 'Saved';
  if (seconds < 3) return 'Saved just now';
  return seconds < 60 ? `Saved ${seconds} s ago` : `Saved ${age(at, now)} ago`;
}

/** The setting that a text belongs to, as words. */
export function spotWords({ path }: { path: readonly string[] }): string {
  const key = path.findLast((part) => !/^\d+$/.test(part) && part !== 'value') ?? '';
  const words = key.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
}

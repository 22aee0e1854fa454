/** Widgets and blocks on the clipboard of the system, as JSON; in memory where the system's cannot be used. */
import type { Clip } from '$lib/backend';
import { isObject } from '$lib/content/json';

let kept: { clip: Clip; isOnlyHere: boolean } | null = null;

export function clipOf(text: string): Clip | null {
  if (!text.includes('"backlot"')) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || !isObject(value.content)) return null;
    if (value.backlot !== 'widget' && value.backlot !== 'block') return null;
    const of = typeof value.of === 'string' ? { of: value.of } : {};
    return { backlot: value.backlot, ...of, content: value.content };
  } catch {
    return null;
  }
}

export async function putClip(clip: Clip): Promise<void> {
  kept = { clip, isOnlyHere: true };
  try {
    await navigator.clipboard.writeText(JSON.stringify(clip, null, 2));
    kept = { clip, isOnlyHere: false };
  } catch {
    // It can still be pasted in this window.
  }
}
/** What the text of a paste means; what was copied here when the system's clipboard never got it. */
export function takeClip(text: string | null): Clip | null {
  if (text === null || kept?.isOnlyHere) return kept?.clip ?? null;
  return clipOf(text);
}
export async function readClip(): Promise<Clip | null> {
  try {
    return takeClip(await navigator.clipboard.readText());
  } catch {
    return takeClip(null);
  }
}
export const forgetClip = (): void => void (kept = null);

/** What is typed in a field for a number. */
import type { Setting } from '$lib/backend';

export type Read = { value: number } | { value: undefined } | { problem: string };

/** An empty field has no value; a comma is as good as a point. */
export function readNumber(typed: string, { min, max, unit }: Pick<Setting, 'min' | 'max' | 'unit'>): Read {
  const text = typed
    .trim()
    .replace(',', '.')
    .replace(unit ?? '', '')
    .trim();
  if (text === '') return { value: undefined };
  if (!/^[-+]?(\d+\.?\d*|\.\d+)$/.test(text)) return { problem: 'This is not a number. It is not saved.' };
  const value = Number(text);
  if (min !== undefined && max !== undefined && (value < min || value > max))
    return { problem: `From ${min} to ${max}. It is not saved.` };
  if (min !== undefined && value < min) return { problem: `At least ${min}. It is not saved.` };
  if (max !== undefined && value > max) return { problem: `At most ${max}. It is not saved.` };
  return { value };
}

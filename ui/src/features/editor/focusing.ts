/** Puts focus on a setting's field, which may only just be there. */
import type { Path } from '$lib/content/json';

const fields =
  'input:not([type="hidden"]):not(:disabled), textarea, select, [contenteditable="true"], button:not([tabindex="-1"], [data-aside])';

/** The field at `path`, or of what the path leads into; or the first of the form. */
function fieldIn(form: HTMLElement, wanted: Path | 'first'): HTMLElement | null {
  if (wanted === 'first') return form.querySelector<HTMLElement>('[data-path]');
  for (let length = wanted.length; length > 0; length -= 1) {
    const path = wanted.slice(0, length).join('/');
    const row = form.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`);
    if (row) return row;
  }
  return null;
}

/** Says whether it found a place; what is loaded late is waited for a little. */
export async function focusField(form: HTMLElement, wanted: Path | 'first', selectsText = true): Promise<boolean> {
  for (let turn = 0; turn < 40; turn += 1) {
    const row = fieldIn(form, wanted);
    const rich = row?.querySelector('[data-rich]') ? row.querySelector<HTMLElement>('[contenteditable="true"]') : null;
    const isLate = row?.querySelector('[data-rich]') && !rich;
    const field = rich ?? row?.querySelector<HTMLElement>(fields);
    if (row && field && !isLate) {
      row.closest('details')?.setAttribute('open', '');
      row.scrollIntoView({ block: 'nearest' });
      field.focus({ preventScroll: true });
      if (selectsText && field instanceof HTMLInputElement && field.type === 'text') field.select();
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
    if (!form.isConnected) return false;
  }
  return false;
}

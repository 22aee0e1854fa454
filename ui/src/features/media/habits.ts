/** How the library is looked at is a habit of the window on this machine, not part of a demo. */
import type { Look } from '$lib/media/browse.svelte';
import type { Order } from '$lib/media/filter';

const look = 'backlot.media-look';
const order = 'backlot.media-order';

function kept(name: string): string {
  try {
    return localStorage.getItem(name) ?? '';
  } catch {
    return '';
  }
}
function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A window without storage starts with what is usual.
  }
}

export const keptLook = (): Look => (kept(look) === 'list' ? 'list' : 'grid');
export const keepLook = (value: Look): void => keep(look, value);

export function keptOrder(): Order | '' {
  const value = kept(order);
  return value === 'name' || value === 'size' || value === 'oldest' ? value : '';
}
export const keepOrder = (value: Order | ''): void => keep(order, value);

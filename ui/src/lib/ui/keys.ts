/** Shortcuts, written once: `Mod` is Ctrl, and Command on a Mac. */

export const isMac = typeof navigator !== 'undefined' && /Mac/.test(navigator.platform);

export function matches(shortcut: string, event: KeyboardEvent): boolean {
  const parts = shortcut.split('+');
  const key = parts.pop()!.toLowerCase();
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const other = isMac ? event.ctrlKey : event.metaKey;
  return (
    event.key.toLowerCase() === key &&
    mod === parts.includes('Mod') &&
    event.shiftKey === parts.includes('Shift') &&
    event.altKey === parts.includes('Alt') &&
    !other
  );
}

const symbols: Record<string, string> = { Mod: isMac ? '⌘' : 'Ctrl', Shift: isMac ? '⇧' : 'Shift', Delete: 'Del' };

export function keyNames(shortcut: string): string[] {
  return shortcut.split('+').map((part) => symbols[part] ?? part);
}
export const keyText = (shortcut: string): string => keyNames(shortcut).join(isMac ? '' : '+');

/** Whether keys typed here are text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !['radio', 'checkbox', 'button', 'color'].includes(target.type);
}

/** The list's width is a habit of the window on this machine, not part of the workspace. */
const name = 'backlot.list-width';
const usual = 300;

export function keptWidth(): number {
  try {
    const kept = Number(localStorage.getItem(name));
    return kept >= 264 && kept <= 420 ? kept : usual;
  } catch {
    return usual;
  }
}

export function keepWidth(width: number): void {
  try {
    localStorage.setItem(name, String(width));
  } catch {
    // A window without storage starts at the usual width.
  }
}

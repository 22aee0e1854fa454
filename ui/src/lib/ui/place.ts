/** Where something that floats stands: below what it belongs to, or above it, and never outside the window. */

export interface Box {
  left: number;
  top: number;
  bottom: number;
  right: number;
}
export interface Size {
  width: number;
  height: number;
}
const gap = 4;
const edge = 8;

export function placeBy(anchor: Box, float: Size, window: Size): { left: number; top: number } {
  const below = anchor.bottom + gap;
  const above = anchor.top - gap - float.height;
  const fitsBelow = below + float.height <= window.height - edge;
  const top = fitsBelow || above < edge ? Math.min(below, window.height - edge - float.height) : above;
  const left = Math.min(anchor.left, window.width - edge - float.width);
  return { left: Math.max(edge, left), top: Math.max(edge, top) };
}

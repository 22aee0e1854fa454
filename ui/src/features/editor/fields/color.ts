/** Colours as they are typed, and as hue, saturation and value for picking. */

export interface Hsv {
  /** 0 to 360, and twice 0 to 1. */
  h: number;
  s: number;
  v: number;
}

/** `#rrggbb` or `#rrggbbaa` for what is a hex colour; else nothing. */
export function hexOf(text: string): string | undefined {
  const digits = /^#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(text.trim())?.[1]?.toLowerCase();
  if (!digits) return undefined;
  return `#${digits.length <= 4 ? digits.replace(/./g, '$&$&') : digits}`;
}

export function hsvOf(hex: string): Hsv {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255) as [number, number, number];
  const v = Math.max(r, g, b);
  const span = v - Math.min(r, g, b);
  const turn = span === 0 ? 0 : v === r ? ((g - b) / span) % 6 : v === g ? (b - r) / span + 2 : (r - g) / span + 4;
  return { h: (turn * 60 + 360) % 360, s: v === 0 ? 0 : span / v, v };
}
export function hexFrom({ h, s, v }: Hsv): string {
  const part = (n: number) => {
    const k = (n + h / 60) % 6;
    const value = v - v * s * Math.max(0, Math.min(k, 4 - k, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${part(5)}${part(3)}${part(1)}`;
}

/** Whether the engine knows it as a colour; custom properties are taken on trust. */
export function isColor(text: string): boolean {
  if (/^var\(--[\w-]+.*\)$/.test(text)) return true;
  return typeof CSS === 'undefined' ? hexOf(text) !== undefined : CSS.supports('color', text);
}

/** The questions about the business, and what their answers must look like. */
import type { Brief } from '$lib/backend';

export type BriefKey = keyof Brief;
export type BriefAnswers = Record<BriefKey, string>;

interface Question {
  key: BriefKey;
  label: string;
  kind: 'text' | 'long' | 'color';
  placeholder?: string;
  wide?: boolean;
}

export const questions: readonly Question[] = [
  { key: 'business', label: 'Business', kind: 'text' },
  { key: 'tagline', label: 'Tagline', kind: 'text' },
  { key: 'description', label: 'Description', kind: 'long', wide: true },
  { key: 'email', label: 'Email', kind: 'text', placeholder: 'hello@example.com' },
  { key: 'phone', label: 'Phone', kind: 'text' },
  { key: 'address', label: 'Address', kind: 'text', wide: true },
  { key: 'primary_color', label: 'Primary colour', kind: 'color', placeholder: '#rrggbb' },
  { key: 'accent_color', label: 'Accent colour', kind: 'color', placeholder: '#rrggbb' },
  { key: 'font', label: 'Font', kind: 'text', placeholder: 'A font family' },
];

export const noAnswers = (): BriefAnswers => ({
  business: '',
  tagline: '',
  description: '',
  email: '',
  phone: '',
  address: '',
  primary_color: '',
  accent_color: '',
  font: '',
});

export function answerProblem(key: BriefKey, answer: string): string | undefined {
  const text = answer.trim();
  if (text === '') return undefined;
  if (key === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text)) return 'This is not an email address.';
  if ((key === 'primary_color' || key === 'accent_color') && !/^#[0-9a-f]{6}$/i.test(text))
    return 'Use six hex digits, such as #7a3e1d.';
  if (key === 'phone' && !/^[+()\d\s./-]{3,}$/.test(text)) return 'This is not a phone number.';
  return undefined;
}

export function briefOf(answers: BriefAnswers): Brief {
  const given = Object.entries(answers).map(([key, answer]) => [key, answer.trim()] as const);
  return Object.fromEntries(given.filter(([, answer]) => answer !== ''));
}

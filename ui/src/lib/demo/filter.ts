/** Which demos a search and the filters leave. */
import type { DemoView } from '$lib/backend';
import { badgeOf, type Badge } from './states';

export interface Criteria {
  text: string;
  state: Badge | '';
  template: string;
  tag: string;
}

export const everything: Criteria = { text: '', state: '', template: '', tag: '' };

export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
}

/** A demo is replaced whole when it changes, so its searchable text can be kept by identity. */
const folded = new WeakMap<DemoView, string>();

function searchable(demo: DemoView): string {
  let text = folded.get(demo);
  if (text === undefined) {
    const { name, slug, tags, template, brief } = demo;
    text = fold([name, slug, ...tags, template.key, brief.business ?? ''].join('\n'));
    folded.set(demo, text);
  }
  return text;
}

export function filterDemos(demos: readonly DemoView[], { text, state, template, tag }: Criteria): readonly DemoView[] {
  const words = fold(text).split(/\s+/).filter(Boolean);
  if (words.length === 0 && !state && !template && !tag) return demos;
  return demos.filter(
    (demo) =>
      (!state || badgeOf(demo) === state) &&
      (!template || demo.template.key === template) &&
      (!tag || demo.tags.includes(tag)) &&
      words.every((word) => searchable(demo).includes(word)),
  );
}

/** The demo that the letters typed so far lead to, looking from `from` on and around. */
export function typeAhead(demos: readonly DemoView[], typed: string, from: number): number {
  const start = fold(typed);
  for (let offset = 0; offset < demos.length; offset += 1) {
    const index = (from + offset) % demos.length;
    if (fold(demos[index]!.name).startsWith(start)) return index;
  }
  return -1;
}

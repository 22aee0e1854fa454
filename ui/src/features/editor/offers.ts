/** What can be added: the widgets of the theme, or the blocks of one widget. */
import { fold } from '$lib/demo/filter';
import type { Acts } from './acts';

export interface Offer {
  type: string;
  label: string;
  about: string;
  searched: string;
  add: () => void;
}

export function offersOf(acts: Acts, of: { blocksOf: string | null } | null): Offer[] {
  if (of)
    return (acts.typeAt(of.blocksOf)?.blocks ?? []).map(({ type, label }) => ({
      type,
      label,
      about: '',
      searched: fold(`${label} ${type}`),
      add: () => void acts.addBlock(of.blocksOf, type),
    }));
  return (acts.site.content?.widgetTypes ?? [])
    .filter(({ global }) => !global)
    .map((type) => ({
      type: type.type,
      label: type.label,
      about: type.description ?? type.aliases.join(', '),
      searched: fold([type.label, type.type, ...type.aliases].join(' ')),
      add: () => void acts.addWidget(type),
    }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

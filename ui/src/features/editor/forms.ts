/** Which fields the form shows for what is selected. */
import type { Content, Json, Setting, WidgetType } from '$lib/backend';
import { at, objectAt, type Path } from '$lib/content/json';
import { placeOf } from './documents';

export interface FormField {
  setting: Setting;
  path: Path;
}
export interface Part {
  widget: WidgetType | undefined;
  /** What it is called; its type where the theme does not know it. */
  title: string;
  about?: string;
  /** Why there are only raw values. */
  problem?: string;
  settings: readonly Setting[];
  /** Where its values stand. */
  home: string[];
  fields: FormField[];
}

export const bareSetting = (type: string, id: string, label: string, more: Partial<Setting> = {}): Setting => ({
  type,
  id,
  label,
  options: [],
  raw: {},
  ...more,
});

const fieldsOf = (settings: readonly Setting[], home: Path): FormField[] =>
  settings.map((setting) => ({ setting, path: [...home, setting.id] }));
/** Values under keys that no setting has, each as JSON. */
export function restOf(values: Json | undefined, settings: readonly Setting[], home: Path): FormField[] {
  const known = new Set(settings.map(({ id }) => id));
  return Object.keys(objectAt(values, []))
    .filter((key) => !known.has(key))
    .map((key) => ({ setting: bareSetting('json', key, key), path: [...home, key] }));
}

/** A widget of the type, or a block of it: of the widget there, `blockType` tells the block's. */
export function partOf(
  type: WidgetType | undefined,
  typeName: string,
  { widget, block }: { widget: string | null; block: string | null },
  blockType: string,
): Part {
  const known = block === null ? type : type?.blocks.find((one) => one.type === blockType);
  const name = block === null ? typeName : blockType;
  const home = [...placeOf(widget, block), 'settings'];
  const settings = type?.problem ? [] : (known?.settings ?? []);
  const what = block === null ? 'widget' : 'block';
  const problem =
    type?.problem ?? (known ? undefined : `The theme has no ${what} “${name}”. Its values are kept as they are.`);
  return {
    widget: type,
    title: known?.label ?? (name || what),
    ...(block === null && type?.description && { about: type.description }),
    ...(problem && { problem }),
    settings,
    home,
    fields: fieldsOf(settings, home),
  };
}

/** What search engines and shared links show of a page. */
const seo: Setting[] = [
  bareSetting('textarea', 'description', 'Description', { description: 'One or two sentences, for search engines.' }),
  bareSetting('text', 'og_title', 'Title when shared'),
  bareSetting('image', 'og_image', 'Picture when shared'),
  bareSetting('text', 'canonical_url', 'Canonical address', {
    description: 'Only when this page is a copy of another.',
  }),
  bareSetting('select', 'robots', 'Search engines', {
    default: 'index,follow',
    options: [
      { value: 'index,follow', label: 'List the page, follow its links' },
      { value: 'noindex,follow', label: 'Do not list it, follow its links' },
      { value: 'index,nofollow', label: 'List it, do not follow its links' },
      { value: 'noindex,nofollow', label: 'Neither' },
    ],
  }),
];

export function pageFields(content: Json | undefined): { fields: FormField[]; rest: FormField[] } {
  const name = { setting: bareSetting('text', 'name', 'Name'), path: ['name'] };
  const head = { setting: bareSetting('header', '', 'Search and sharing'), path: [] };
  return {
    fields: [name, head, ...fieldsOf(seo, ['seo'])],
    rest: restOf(at(content, ['seo']), seo, ['seo']),
  };
}

/** The settings of one group of the theme. They stand in the document itself, each with its value. */
export function themeFields(listing: Content, content: Json | undefined, group: string): FormField[] {
  const settings = listing.themeGroups.find(({ key }) => key === group)?.settings ?? [];
  const stored = at(content, ['settings', 'global', group]);
  const ids = Array.isArray(stored) ? stored.map((one) => at(one, ['id'])) : [];
  return settings.flatMap((setting, order) => {
    const index = setting.id ? ids.indexOf(setting.id) : order;
    if (index < 0) return [];
    return [{ setting, path: ['settings', 'global', group, String(index), 'value'] }];
  });
}

/** Pages that no starter has, for what is hard to see otherwise. */
import type { Files } from './site';

export interface Examples {
  /** A page with this many widgets. */
  widgets?: number;
  /** A page with a widget of every kind of setting. */
  fields?: boolean;
  /** A page that is not JSON, and one with a widget that the theme does not know. */
  broken?: boolean;
  long?: boolean;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const longName = 'Öffnungszeiten, Lieferbedingungen und handwerkliche Sauerteigkurse am Gendarmenmarkt und in Potsdam';

const page = (name: string, slug: string, widgets: Record<string, unknown>): string =>
  json({ name, slug, id: slug, uuid: `uuid-${slug}`, seo: {}, widgets, widgetsOrder: Object.keys(widgets) });

export function examplesFor(files: Files, { widgets = 0, fields, broken, long }: Examples): void {
  if (widgets > 0) files.set('pages/many.json', manyWidgets(widgets));
  if (fields) {
    files.set('widgets/everything/schema.json', json(everything));
    files.set('pages/fields.json', page('Fields', 'fields', { all: { type: 'everything', settings: given } }));
  }
  if (broken) {
    files.set('pages/broken.json', '{\n  "name": "Broken",\n  "widgets": {,\n}\n');
    const strange = { type: 'carousel-3d', settings: { speed: 4, title: 'Spins' }, blocks: {}, blocksOrder: [] };
    files.set('pages/strange.json', page('Strange', 'strange', { strange }));
  }
  if (long) {
    const home = files.get('pages/index.json');
    if (home) files.set('pages/index.json', home.replace('"name": "Home"', `"name": "${longName}"`));
    files.set('pages/empty.json', page(longName, 'oeffnungszeiten-lieferbedingungen-und-handwerkliche-kurse', {}));
  }
}

function manyWidgets(count: number): string {
  const types = ['rich-text', 'cta', 'faq', 'stats'];
  const widgets = Array.from({ length: count }, (_, index) => {
    const type = types[index % types.length]!;
    const question = { type: 'question', settings: { question: 'Is it open?', answer: '<p>It is.</p>' } };
    const settings = { title: `Widget ${index + 1}`, intro: 'A few words '.repeat(20).trim() };
    const blocks = { first: question, second: question, third: question };
    return [`w${index + 1}`, { type, settings, blocks, blocksOrder: Object.keys(blocks) }] as const;
  });
  return page('Many', 'many', Object.fromEntries(widgets));
}

const options = [
  { value: 'left', label: 'Left' },
  { value: 'middle', label: 'In the middle' },
  { value: 'right', label: 'Right' },
];
const settings = [
  { type: 'header', id: 'h1', label: 'Words' },
  { type: 'text', id: 'text', label: 'Text', default: 'A default', description: 'A line of text.' },
  { type: 'textarea', id: 'textarea', label: 'Text area', placeholder: 'Write here' },
  { type: 'richtext', id: 'richtext', label: 'Rich text', default: '<p>Rich</p>' },
  { type: 'richtext', id: 'odd', label: 'Odd HTML' },
  { type: 'code', id: 'code', label: 'Code', language: 'css' },
  { type: 'header', id: 'h2', label: 'Choices' },
  { type: 'number', id: 'number', label: 'Number', default: 40, min: 10, max: 120, unit: 's' },
  { type: 'range', id: 'range', label: 'Range', default: 50, min: 0, max: 100, step: 5, unit: '%' },
  { type: 'checkbox', id: 'checkbox', label: 'Checkbox', default: true },
  { type: 'select', id: 'select', label: 'Select', default: 'left', options },
  { type: 'radio', id: 'radio', label: 'Radio', default: 'left', options },
  { type: 'header', id: 'h3', label: 'Pickers' },
  { type: 'color', id: 'color', label: 'Colour', default: '#c9622d' },
  { type: 'image', id: 'image', label: 'Image' },
  { type: 'video', id: 'video', label: 'Video' },
  { type: 'audio', id: 'audio', label: 'Audio' },
  { type: 'file', id: 'file', label: 'File' },
  { type: 'link', id: 'link', label: 'Link', description: 'Where the button leads.' },
  { type: 'menu', id: 'menu', label: 'Menu' },
  { type: 'icon', id: 'icon', label: 'Icon', default: 'check' },
  { type: 'font_picker', id: 'font', label: 'Font', default: { stack: 'Georgia, serif', weight: 400 } },
  { type: 'hologram', id: 'hologram', label: 'Hologram' },
];
const everything = { type: 'everything', displayName: 'Everything', aliases: ['all'], settings };

const given = {
  text: 'Hello',
  odd: '<p class="lead">Kept <mark data-x="1">as it is</mark></p><custom-card a="1"></custom-card>',
  richtext: '<p>One <strong>bold</strong> word.</p>',
  link: { href: 'https://example.com', text: 'Example', target: '_self', track: 'x1' },
  hologram: { depth: 3, layers: ['a', 'b'] },
  leftover: { of: 'an older schema' },
};

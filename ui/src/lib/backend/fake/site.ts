/** The files of fake demos: those of the starters, read as the host would read them. */
import type {
  BlockType,
  Choice,
  Content,
  DocumentInfo,
  Json,
  PageInfo,
  Setting,
  ThemeGroup,
  WidgetType,
} from '../content';
import { isObject, objectAt, type JsonObject } from '../../content/json';

const sources = import.meta.glob<string>(
  [
    '../../../../../starters/*/{pages,menus}/**/*.json',
    '../../../../../starters/*/theme.json',
    '../../../../../starters/*/widgets/**/schema.json',
    '../../../../../starters/*/assets/icons.json',
  ],
  { query: '?raw', import: 'default', eager: true },
);

/** What a site is made of, by path from its root. */
export type Files = Map<string, string>;

/** A fresh copy of a starter's files. */
export function filesOf(starter: string): Files {
  const folder = `/starters/${starter}/`;
  const files: Files = new Map();
  for (const [path, text] of Object.entries(sources)) {
    const from = path.indexOf(folder);
    if (from >= 0) files.set(path.slice(from + folder.length), text);
  }
  return files;
}

export const pathOf = (document: string): string => `${document}.json`;
export function documentsOf(files: Files): string[] {
  const isDocument = (path: string) => /^(pages\/[^/]+|pages\/global\/[^/]+|menus\/[^/]+|theme)\.json$/.test(path);
  return [...files.keys()]
    .filter(isDocument)
    .map((path) => path.replace(/\.json$/, '').replace(/^pages\/global\//, 'global/'));
}
export const fileOf = (document: string): string =>
  pathOf(document.startsWith('global/') ? `pages/${document}` : document);

export function parse(text: string | undefined): Json | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}

/** Why a document cannot be edited by a form. */
export function problemOf(document: string, text: string): string | undefined {
  const problem = textProblem(text);
  if (problem) return problem;
  const value = parse(text);
  if (!isObject(value)) return 'It is JSON, but not an object.';
  if (document.startsWith('pages/') && !isObject(value.widgets)) return 'A page must have an object named “widgets”.';
  if (document.startsWith('menus/') && !Array.isArray(value.items)) return 'A menu must have a list named “items”.';
  return undefined;
}
/** Why a text is not the JSON that a host takes: in that each key stands once. */
export function textProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch (thrown) {
    return `It is not JSON: ${(thrown as Error).message}`;
  }
  const open: Set<string>[] = [];
  for (const [token, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (colon) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string;
      if (open.at(-1)!.has(key)) return `The key “${key}” is there twice.`;
      open.at(-1)!.add(key);
    }
  }
  return undefined;
}

export function contentOf(files: Files, textOf: (document: string) => string): Content {
  const documents = documentsOf(files);
  const infos = (prefix: string) =>
    documents.filter((document) => document.startsWith(prefix)).map((document) => infoOf(document, textOf(document)));
  const theme = parse(files.get('theme.json'));
  const pages = documents
    .filter((document) => document.startsWith('pages/'))
    .map((document) => pageOf(document, textOf(document)))
    .sort((a, b) => Number(b.slug === 'index') - Number(a.slug === 'index') || a.name.localeCompare(b.name));
  return {
    pages,
    globals: infos('global/').sort((a, b) => b.name.localeCompare(a.name)),
    menus: infos('menus/').sort((a, b) => a.name.localeCompare(b.name)),
    ...(theme !== undefined && { theme: { document: 'theme', name: 'Theme settings' } }),
    themeGroups: Object.entries(objectAt(theme, ['settings', 'global'])).map(([key, group]): ThemeGroup => {
      return { key, label: words(key), settings: settingsOf(group) };
    }),
    widgetTypes: [...files.entries()].flatMap(([path, text]) => widgetTypeOf(path, text)),
    icons: Object.entries(objectAt(parse(files.get('assets/icons.json')), ['icons'])).map(([name, icon]) => {
      return { name, svg: isObject(icon) ? String(icon.body) : String(icon) };
    }),
  };
}

export function pageOf(document: string, text: string): PageInfo {
  const value = objectAt(parse(text), []);
  const slug = document.slice('pages/'.length);
  const problem = problemOf(document, text);
  return {
    document,
    slug,
    name: typeof value.name === 'string' && value.name ? value.name : slug,
    ...(typeof value.uuid === 'string' && { uuid: value.uuid }),
    widgets: Object.keys(objectAt(value, ['widgets'])).length,
    ...(problem && { problem }),
  };
}
export function infoOf(document: string, text: string): DocumentInfo {
  const value = objectAt(parse(text), []);
  const problem = problemOf(document, text);
  const name = typeof value.name === 'string' ? value.name : words(document.split('/')[1] ?? document);
  return { document, name, ...(problem && { problem }) };
}

function widgetTypeOf(path: string, text: string): WidgetType[] {
  const found = /^widgets\/(global\/)?([^/]+)\/schema\.json$/.exec(path);
  if (!found) return [];
  const schema = parse(text);
  const type = found[2]!;
  const common = { type, aliases: [], settings: [], blocks: [], global: found[1] !== undefined };
  if (!isObject(schema)) return [{ ...common, label: words(type), problem: 'Its schema.json is not JSON.' }];
  const aliases = Array.isArray(schema.aliases) ? schema.aliases.map(String) : [];
  const blocks = Array.isArray(schema.blocks) ? schema.blocks.filter(isObject) : [];
  return [
    {
      ...common,
      label: word(schema.displayName, type),
      ...(typeof schema.description === 'string' && { description: schema.description }),
      aliases,
      settings: settingsOf(schema.settings),
      blocks: blocks.map((block): BlockType => {
        const name = String(block.type);
        return { type: name, label: word(block.displayName, name), settings: settingsOf(block.settings) };
      }),
      ...(typeof schema.maxBlocks === 'number' && { maxBlocks: schema.maxBlocks }),
    },
  ];
}

function settingsOf(list: Json | undefined): Setting[] {
  return Array.isArray(list) ? list.filter(isObject).map(settingOf) : [];
}
function settingOf(raw: JsonObject): Setting {
  const id = raw.type === 'header' ? '' : String(raw.id ?? '');
  const text = (key: string) => (typeof raw[key] === 'string' ? { [key]: raw[key] } : {});
  const number = (key: string) => (typeof raw[key] === 'number' ? { [key]: raw[key] } : {});
  const options = Array.isArray(raw.options) ? raw.options : [];
  return {
    type: String(raw.type),
    id,
    label: word(raw.label, id),
    ...text('description'),
    ...text('placeholder'),
    ...(raw.default !== undefined && { default: raw.default }),
    options: options.map((option): Choice => {
      if (!isObject(option)) return { value: option, label: String(option) };
      return { value: option.value ?? null, label: word(option.label, String(option.value)) };
    }),
    ...number('min'),
    ...number('max'),
    ...number('step'),
    ...text('unit'),
    raw,
  };
}

const word = (given: Json | undefined, name: string): string =>
  typeof given === 'string' && given ? given : words(name);
function words(name: string): string {
  const spaced = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1).toLowerCase();
}

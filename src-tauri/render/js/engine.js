// The renderer's engine: LiquidJS with the tags and filters that themes use, behind a few functions for the Rust side.
//
// It reads nothing by itself: templates, media and settings are handed in as text. What a render needs to know lies in
// `site` (shared by renders) and `view` (of this render); templates see only what `scopeOf` puts together.
import { Liquid } from 'liquidjs';
import './platform.js';
import './tokenizer.js';
import { describe } from './errors.js';
import { registerFilters } from './filters.js';
import { site, startView, view } from './state.js';
import { registerTags } from './tags.js';

/** Texts of templates by file, and what was parsed of them. */
const texts = new Map();
const parsed = new Map();

/** Snippets by the names they are rendered with. No prototype: a snippet named `constructor` is one that is not there. */
const snippets = Object.create(null);
const parsedSnippets = new Map();

const liquid = new Liquid({
  templates: snippets,
  outputEscape: 'escape',
  cache: {
    read: (key) => parsedSnippets.get(key),
    write: (key, value) => void parsedSnippets.set(key, value),
    remove: (key) => void parsedSnippets.delete(key),
  },
});
registerTags(liquid);
registerFilters(liquid);

const SNIPPET = /^snippets\/(.+)\.liquid$/;

/** Makes a template known under the name of its file, or a snippet, or forgets it when there is no text. */
function define(file, text) {
  const snippet = SNIPPET.exec(file)?.[1];
  if (snippet === undefined) {
    parsed.delete(file);
    if (text === null) texts.delete(file);
    else texts.set(file, text);
    return;
  }
  // Any other snippet may hold what was parsed of this one.
  parsedSnippets.clear();
  for (const name of [snippet, `${snippet}.liquid`]) {
    if (text === null) delete snippets[name];
    else snippets[name] = text;
  }
}

/** Sets a part of what renders share: `media`, `icons`, `theme`, `collections`, and `view`, of which each has its own besides. */
function put(part, json) {
  site[part] = JSON.parse(json);
}

/** Renders one template. `job` is JSON: `{file, scope, view}`. */
function render(job) {
  const { file, scope, view: wanted } = JSON.parse(job);
  startView({ ...site.view, ...wanted });
  let html = '';
  let problem = null;
  try {
    let template = parsed.get(file);
    if (template === undefined) {
      const text = texts.get(file);
      if (text === undefined) throw new Error(`There is no ${file}.`);
      template = liquid.parse(text, file);
      parsed.set(file, template);
    }
    const globals = globalsOf();
    html = liquid.renderSync(template, scopeOf(scope, globals), { globals });
  } catch (error) {
    problem = describe(error, file);
  }
  // Half a surrogate pair, as `slice` may leave one, has no place in UTF-8.
  return [
    html.toWellFormed(),
    JSON.stringify({ problem, assets: [...view.assets], used: [...view.used] }).toWellFormed(),
  ];
}

/** What every template sees, snippets too. */
function globalsOf() {
  return {
    renderMode: view.mode,
    outputPathPrefix: view.root,
    currentCanonicalPath: view.path,
    exportVersion: view.version,
    dateFormat: view.dateFormat,
    icons: site.icons.icons,
    iconPrefix: site.icons.prefix,
    imagePath: `${view.root}uploads/images`,
    videoPath: `${view.root}uploads/videos`,
    audioPath: `${view.root}uploads/audios`,
    filePath: `${view.root}uploads/files`,
    projectId: '',
    apiUrl: '',
    formSubmitUrl: '',
    turnstileSiteKey: '',
  };
}

/** What the template itself sees besides. An object of its own: `increment` writes into it. */
function scopeOf(scope, globals) {
  return {
    theme: site.theme,
    mediaFiles: site.media,
    site_icons: view.siteIcons,
    globals,
    ...globals,
    ...scope,
  };
}

globalThis.backlot = { define, put, render };

// Templates have no way to code, and code has no way to make more of it.
for (const some of [function () {}, function* () {}, async function () {}, async function* () {}]) {
  delete Object.getPrototypeOf(some).constructor;
}
delete globalThis.eval;
delete globalThis.Function;

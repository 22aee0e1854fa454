// The tags that themes use besides LiquidJS's own.
import { Hash, Tag, toValueSync } from 'liquidjs';
import { candidates, focus, isSvg, mediaAddress, mediaItem, variant } from './media.js';
import { address, view } from './state.js';
import { attributes, escape } from './text.js';
import { youtube } from './youtube.js';

export function registerTags(liquid) {
  const tags = {
    asset,
    enqueue_style: (options, folder) => enqueue('style', options, folder),
    enqueue_script: (options, folder) => enqueue('script', options, folder),
    enqueue_preload: (options, folder) => enqueue('preload', options, folder),
    header_assets: () => enqueued('header'),
    footer_assets: () => enqueued('footer'),
    image,
    placeholder_image: placeholder,
    youtube,
  };
  for (const name of ['seo', 'fonts', 'theme_settings', 'custom_css', 'custom_head_scripts', 'custom_footer_scripts']) {
    tags[name] = () => view.ready[name] ?? '';
  }
  for (const [name, show] of Object.entries(tags)) liquid.registerTag(name, tagOf(show));
}

/** A tag whose arguments are `name: value` pairs, and which shows what a function makes of them. */
function tagOf(show) {
  return class extends Tag {
    constructor(token, remaining, engine) {
      super(token, remaining, engine);
      this.options = new Hash(token.args, engine.options.keyValueSeparator);
    }

    render(context) {
      // A snippet stands in no widget's folder, whoever renders it.
      const folder = context.environments.widget === undefined ? '' : view.folder;
      return show(toValueSync(this.options.render(context)), folder);
    }
  };
}

/** A file of the theme, or of the widget that asks for it, where it stands. */
function asset({ src, defer, async, crossorigin, integrity, media, id, alt, theme, class: classes }, folder) {
  if (!src) return '';
  const url = versioned(assetAddress(src, theme === true ? '' : folder));
  const common = [
    ['id', id],
    ['crossorigin', crossorigin],
    ['integrity', integrity],
  ];
  if (/\.css$/i.test(src)) return `<link rel="stylesheet"${attributes([['href', url], ...common, ['media', media]])}>`;
  if (/\.m?js$/i.test(src)) {
    return `<script${attributes([['src', url], ...common, ['defer', defer === true], ['async', async === true]])}></script>`;
  }
  if (/\.(jpe?g|png|gif|webp|avif|svg)$/i.test(src)) {
    return `<img${attributes([['src', url], ...common, ['class', classes]]).concat(` alt="${escape(alt)}"`)}>`;
  }
  return escape(url);
}

/** Where an asset is: beside the widget that asks, or in the theme's own folder; never outside the site. */
function assetAddress(src, folder = '') {
  const path = [];
  for (const part of `${folder || 'assets'}/${src}`.split('/')) {
    if (part === '..') path.pop();
    else if (part !== '.' && part !== '') path.push(part);
  }
  return address(path.join('/'));
}

const versioned = (url) =>
  view.version && /\.(css|m?js)$/i.test(url) ? `${url}?v=${encodeURIComponent(view.version)}` : url;

/** Notes what the layout is to load; of several with one address the last counts, in the first one's place. */
function enqueue(kind, { src, theme, ...options }, folder) {
  if (!src || (kind === 'preload' && !options.as)) return '';
  const from = theme === true ? '' : folder;
  const url = kind === 'preload' ? preloadAddress(String(src), from) : versioned(assetAddress(src, from));
  if (kind === 'preload' && options.imagesrcset) options.imagesrcset = preloadList(options.imagesrcset, from);
  view.assets.set(`${kind} ${url}`, { kind, url, ...options });
  return '';
}

/** Folders of the site that addresses of its own begin with. */
const OURS = /^(assets|uploads|widgets)\//;

/**
 * A file that is loaded ahead. By its mere name it is an asset, and stands where any other would that is enqueued there; what
 * another tag gave, or begins at the site's root, keeps its place, and so does everything on another host.
 */
function preloadAddress(src, folder) {
  if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(src)) return src;
  const root = src.startsWith('/') ? '/' : view.root;
  const path = src.startsWith(root) ? src.slice(root.length) : src;
  if (OURS.test(path)) return address(path);
  return src.startsWith('/') ? src : versioned(assetAddress(src, folder));
}

/** The same of each address in an `imagesrcset`, with the width or density behind it. */
function preloadList(list, folder) {
  const candidates = String(list).matchAll(/([^\s,]\S*[^\s,]|[^\s,])(\s[^,]*)?(,|$)/g);
  const turned = [...candidates].map(([, src, size = '']) => `${preloadAddress(src, folder)} ${size.trim()}`.trim());
  return turned.join(', ');
}

/** Everything enqueued for a place of the layout: preloads, styles, scripts, each by priority. */
function enqueued(place) {
  const chosen = [...view.assets.values()].filter(
    ({ kind, location }) => (location ?? (kind === 'script' ? 'footer' : 'header')) === place,
  );
  const priority = ({ priority }) => (Number.isFinite(Number(priority ?? 50)) ? Number(priority ?? 50) : 50);
  const some = (kind, show) =>
    chosen
      .filter((entry) => entry.kind === kind)
      .sort((a, b) => priority(a) - priority(b))
      .map(show);
  return [
    ...some('preload', preload),
    ...some(
      'style',
      ({ url, media, id }) =>
        `<link rel="stylesheet"${attributes([
          ['href', url],
          ['media', media],
          ['id', id],
        ])}>\n`,
    ),
    ...some('script', ({ url, defer, async }) => {
      return `<script${attributes([
        ['src', url],
        ['defer', defer === true],
        ['async', async === true],
      ])}></script>\n`;
    }),
  ].join('');
}

function preload(entry) {
  const names = ['as', 'type', 'fetchpriority', 'media', 'imagesrcset', 'imagesizes'];
  return `<link rel="preload"${attributes([['href', entry.url], ...names.map((name) => [name, entry[name]]), ['crossorigin', entry.crossorigin === true]])}>\n`;
}

/** An image of the catalogue: `{% image src: path, size: 'large', srcset: true, sizes: '50vw' %}`. */
function image({ src, size = 'medium', lazy = true, output, ...options }) {
  if (typeof src !== 'string' || src === '') return '';
  const item = mediaItem(src);
  const { path, width, height } = variant(src, item, size);
  const url = mediaAddress(path);
  if (output === 'url' || output === 'path') return escape(url);
  const widths = options.srcset === true ? candidates(src, item) : [];
  const srcset = widths.map(([width, path]) => `${mediaAddress(path)} ${width}w`).join(', ');
  const alt = options.alt || item?.metadata?.alt || '';
  // The template's own style comes last, so that it may say otherwise.
  const style = [focus(src, item), options.style].filter(Boolean).join('; ');
  return `<img src="${escape(url)}" alt="${escape(alt)}"${attributes([
    ['title', options.title || item?.metadata?.title],
    ['class', options.class],
    ['id', options.id],
    ['style', style],
    ['width', options.width ?? (isSvg(src, item) ? undefined : width)],
    ['height', options.height ?? (isSvg(src, item) ? undefined : height)],
    ['fetchpriority', options.fetchpriority],
    ['decoding', options.decoding],
    ['loading', options.loading || (lazy && lazy !== 'false' ? 'lazy' : undefined)],
    ['srcset', srcset],
    ['sizes', srcset && options.sizes],
  ])}>`;
}

const SHAPES = { landscape: [1600, 900], portrait: [900, 1600], square: [1200, 1200] };

/** A picture where there is none yet: one of the theme's assets, or a plain one that needs no file. */
function placeholder({ src, aspect, output, alt = 'Placeholder', ...options }) {
  const [width, height] = Object.hasOwn(SHAPES, aspect) ? SHAPES[aspect] : SHAPES.landscape;
  const url = src ? assetAddress(src) : drawn(width, height);
  if (output === 'url') return escape(url);
  const names = ['class', 'style', 'loading', 'width', 'height'];
  return `<img src="${escape(url)}" alt="${escape(alt)}"${attributes(names.map((name) => [name, options[name]]))}>`;
}

/** A grey field with a picture's sign in its middle. */
function drawn(width, height) {
  const [x, y] = [width / 2, height / 2];
  const sign =
    `<g transform='translate(${x} ${y})' fill='none' stroke='#a8a29a' stroke-width='10' stroke-linejoin='round'>` +
    `<rect x='-110' y='-85' width='220' height='170' rx='14'/><circle cx='-45' cy='-25' r='20'/><path d='M-110 60l70-60 50 40 40-30 60 50'/></g>`;
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 ${width} ${height}'><rect width='100%' height='100%' fill='#e7e3dc'/>${sign}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

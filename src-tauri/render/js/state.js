// What a render needs to know besides its template and scope.

/** Shared by renders; each part is set by `put`. */
export const site = {
  /** Media items by the names of their files. */
  media: {},
  icons: { icons: {}, prefix: '' },
  /** The theme's settings by group and id. */
  theme: {},
  /** By type: `{items, orders}`, where `orders` has the places of the items for each way to sort. */
  collections: {},
  /** What the views of the renders of one page have in common. */
  view: {},
};

/** Of the render that runs. */
export let view = {};

/** Begins a render. */
export function startView(wanted) {
  view = {
    /** Before every path from the site's root: `/`, nothing, or `../`. */
    root: '/',
    mode: 'preview',
    version: '',
    /** The page's own path from the site's root. */
    path: '',
    /** The folder beside the widget's template, where its own assets are; none in the layout. */
    folder: '',
    /** HTML made by the Rust side, by the tag that shows it. */
    ready: {},
    siteIcons: {},
    dateFormat: '',
    ...wanted,
    /** What was enqueued, by kind and source. */
    assets: new Map(wanted.assets ?? []),
    /** Files of the site that the HTML refers to. */
    used: new Set(),
  };
}

/** The address of a file of the site, and a note that it is used. */
export function address(path) {
  view.used.add(path);
  return view.root + path;
}

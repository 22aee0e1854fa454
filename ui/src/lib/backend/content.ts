/**
 * The part of the door that is about a demo's documents: pages, global widgets, menus and theme settings.
 *
 * The host holds every document that is open: its text, the edits that are not saved yet, and what can be undone. The window
 * shows a typed edit at once and sends it; for anything else it applies the edits that the host answers with. Calls for one
 * document are made one after the other. An event with a version that the window does not have means that somebody else
 * changed the document: open it again once the own calls are answered.
 */
import type { Failure } from './types';

/** JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** `pages/<slug>`, `global/header`, `global/footer`, `theme` or `menus/<name>`. */
export type DocumentName = string;

export interface PageInfo {
  document: DocumentName;
  slug: string;
  name: string;
  uuid?: string;
  widgets: number;
  /** Why the page cannot be edited by a form, when it does not fit. */
  problem?: string;
}
export interface DocumentInfo {
  document: DocumentName;
  name: string;
  problem?: string;
}
export interface Choice {
  value: Json;
  label: string;
}
export interface Setting {
  /** `text textarea richtext number range checkbox select radio color image video file link menu icon font header`, or any other word. */
  type: string;
  /** Empty for a `header`. */
  id: string;
  label: string;
  description?: string;
  placeholder?: string;
  default?: Json;
  options: Choice[];
  min?: number;
  max?: number;
  step?: number;
  unit?: string;
  /** Everything the schema says of it. */
  raw: Json;
}
export interface BlockType {
  type: string;
  label: string;
  settings: Setting[];
}
export interface WidgetType {
  type: string;
  label: string;
  description?: string;
  aliases: string[];
  settings: Setting[];
  blocks: BlockType[];
  maxBlocks?: number;
  /** One of header and footer: not to be added to a page. */
  global: boolean;
  /** Why its schema cannot be understood; its settings are shown as raw JSON then. */
  problem?: string;
}
export interface ThemeGroup {
  /** The key in `settings.global`. */
  key: string;
  label: string;
  settings: Setting[];
}
export interface Content {
  pages: PageInfo[];
  globals: DocumentInfo[];
  menus: DocumentInfo[];
  theme?: DocumentInfo;
  themeGroups: ThemeGroup[];
  widgetTypes: WidgetType[];
  /** The names in the theme's `assets/icons.json`, with each one's SVG markup (sanitised). */
  icons: { name: string; svg: string }[];
}

/** One value set at a path of keys and indices, or removed when there is none. */
export interface Edit {
  path: string[];
  value?: Json;
}

export type SaveState =
  | { state: 'saved'; at?: string }
  | { state: 'unsaved' }
  | { state: 'saving' }
  | { state: 'conflict' }
  | { state: 'failed'; error: Failure };

export interface OpenDocument {
  demo: string;
  document: DocumentName;
  /** Counts the changes that the host knows of. */
  version: number;
  /** None when the text is not JSON or does not fit: then it is edited as text. */
  content?: Json;
  text: string;
  /** What is on disk as far as the host knows; none means the same as `text`. */
  saved?: string;
  problem?: string;
  /** What was typed as its text and is no JSON yet; it is no part of the document. */
  unfinished?: string;
  save: SaveState;
  canUndo: boolean;
  canRedo: boolean;
}

/** Where a widget or block stands: of a page (`widget` names the widget), or of a global widget (no `widget`). */
export type Change =
  /** Edits made by typing or choosing; those with one `label` in quick succession are undone together. */
  | { kind: 'set'; edits: Edit[]; label?: string }
  /**
   * The whole text, as typed in the raw view; must be JSON unless the document does not fit anyway. What others changed
   * since `base`, the text that the typing began with, stays; where both changed the same, the typed one is taken.
   */
  | { kind: 'set_text'; text: string; base?: string }
  | { kind: 'add_widget'; type: string; index: number }
  | { kind: 'duplicate_widget'; widget: string }
  | { kind: 'remove_widget'; widget: string }
  | { kind: 'move_widget'; widget: string; index: number }
  | { kind: 'add_block'; widget?: string; type: string; index: number }
  | { kind: 'duplicate_block'; widget?: string; block: string }
  | { kind: 'remove_block'; widget?: string; block: string }
  /** `to`: the widget of the page that it goes to, where that is another. Refused when that holds no blocks of its type. */
  | { kind: 'move_block'; widget?: string; block: string; to?: string; index: number }
  /** What `clip` gave, here or in another demo. Ids are made anew. Refused when the type is not known here. */
  | { kind: 'paste'; clip: Clip; widget?: string; index: number };

/** A widget or block on the clipboard. */
export interface Clip {
  backlot: 'widget' | 'block';
  /** The widget type that a block belongs to. */
  of?: string;
  content: Json;
}

export interface Edited {
  version: number;
  /** What was changed, to be applied to the content that is shown; for `set` those that were sent. */
  edits: Edit[];
  /** The id of the widget or block that is new. */
  added?: string;
  save: SaveState;
  canUndo: boolean;
  canRedo: boolean;
}

export interface Conflict {
  /** The text that the edits began with; none if the document was not there. */
  base?: string;
  mine: string;
  /** None when it was removed by somebody else. */
  theirs?: string;
  /** Where both changed something different. */
  paths: string[][];
}

/** A place in a document, such as one that links to a page. */
export interface Place {
  document: DocumentName;
  path: string[];
  widget?: string;
  block?: string;
}
/** A page or menu that was removed. */
export interface Removed {
  /** What brings it back. */
  token: string;
  /** The documents that still link to it, or show it. */
  links: DocumentName[];
  /** Where in them. */
  places: Place[];
}

export interface TextHit {
  document: DocumentName;
  /** The page's or document's name. */
  name: string;
  path: string[];
  widget?: string;
  block?: string;
  /** The text around the hit, and where the hit is in it (UTF-16 units). */
  excerpt: string;
  start: number;
  end: number;
}

/** Edits of a process that ended before they were saved. */
export interface Draft {
  id: string;
  document: DocumentName;
  /** When the last of them was made. */
  at: string;
  mine: string;
  /** What is on disk now; none if it is gone. */
  theirs?: string;
  /** Whether they can be applied without undoing what is on disk. */
  merges: boolean;
  /** It is a text that is no JSON yet: it cannot be applied, only taken up again. */
  unfinished: boolean;
}

export interface LeftDrafts {
  demo: string;
  /** How many of its documents have such edits. */
  documents: number;
}

/** Events about documents. */
export type ContentEvent =
  | {
      kind: 'document_changed';
      demo: string;
      document: DocumentName;
      version: number;
      save: SaveState;
      can_undo: boolean;
      can_redo: boolean;
    }
  /** Pages, menus or widget types came, went or changed their names. */
  | { kind: 'content_changed'; demo: string }
  | { kind: 'drafts_changed'; demo: string };

/** `demo` is always the demo's id. */
export interface ContentBackend {
  content(demo: string): Promise<Content>;

  openDocument(demo: string, document: DocumentName): Promise<OpenDocument>;
  /** The window no longer shows it; what is not saved is saved. */
  closeDocument(demo: string, document: DocumentName): Promise<void>;
  changeDocument(demo: string, document: DocumentName, change: Change): Promise<Edited>;
  undoDocument(demo: string, document: DocumentName): Promise<Edited>;
  redoDocument(demo: string, document: DocumentName): Promise<Edited>;
  /**
   * Keeps a text that is typed for an open document and is no JSON yet: no end of the program takes it. Null once it is
   * finished or given up.
   */
  keepUnfinished(demo: string, document: DocumentName, text: string | null): Promise<void>;
  /** Saves at once whatever of the demo (or of all) is not saved. */
  flush(demo: string | null): Promise<void>;
  conflict(demo: string, document: DocumentName): Promise<Conflict | null>;
  resolveConflict(demo: string, document: DocumentName, keep: 'mine' | 'theirs'): Promise<OpenDocument>;

  drafts(demo: string): Promise<Draft[]>;
  /** The demos that have some. */
  leftDrafts(): Promise<LeftDrafts[]>;
  applyDraft(demo: string, id: string): Promise<void>;
  discardDraft(demo: string, id: string): Promise<void>;
  /** Offers one again that was discarded; possible while the program runs. */
  restoreDraft(demo: string, id: string): Promise<void>;

  addPage(demo: string, name: string): Promise<PageInfo>;
  duplicatePage(demo: string, document: DocumentName): Promise<PageInfo>;
  /** A new name and, when given, a new slug; links of the site to it follow. */
  renamePage(demo: string, document: DocumentName, name: string, slug: string | null): Promise<PageInfo>;
  /** Gives what `restorePage` needs to bring it back, and tells of the links to it that are left. */
  removePage(demo: string, document: DocumentName): Promise<Removed>;
  restorePage(demo: string, token: string): Promise<PageInfo>;
  addMenu(demo: string, name: string): Promise<DocumentInfo>;
  /** Gives what `restoreMenu` needs to bring it back, and tells of what still shows it. */
  removeMenu(demo: string, document: DocumentName): Promise<Removed>;
  restoreMenu(demo: string, token: string): Promise<DocumentInfo>;
  searchTexts(demo: string, query: string): Promise<TextHit[]>;
}

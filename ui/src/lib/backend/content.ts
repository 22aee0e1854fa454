/**
 * The part of the door that is about a demo's documents: pages, global widgets, menus and theme settings.
 *
 * The host holds every document that is open: its text, the edits that are not saved yet, and what can be undone. The window
 * shows a typed edit at once and sends it; for anything else it applies the edits that the host answers with. Calls for one
 * document are made one after the other. An event with a version that the window does not have means that somebody else
 * changed the document: open it again once the own calls are answered.
 */
import type { BlockType } from '../bindings/BlockType';
import type { Choice } from '../bindings/Choice';
import type { Clip } from '../bindings/Clip';
import type { Conflict } from '../bindings/Conflict';
import type { Content } from '../bindings/Content';
import type { DocumentInfo } from '../bindings/DocumentInfo';
import type { DocumentName } from '../bindings/DocumentName';
import type { DocumentChange as Change } from '../bindings/DocumentChange';
import type { Draft } from '../bindings/Draft';
import type { Edited } from '../bindings/Edited';
import type { LeftDrafts } from '../bindings/LeftDrafts';
import type { OpenDocument } from '../bindings/OpenDocument';
import type { PageInfo } from '../bindings/PageInfo';
import type { Place } from '../bindings/Place';
import type { Removed } from '../bindings/Removed';
import type { SaveState } from '../bindings/SaveState';
import type { Setting } from '../bindings/Setting';
import type { TextHit } from '../bindings/TextHit';
import type { ThemeGroup } from '../bindings/ThemeGroup';
import type { WidgetType } from '../bindings/WidgetType';
import type { DocumentEdit as Edit } from '../bindings/DocumentEdit';
import type { JsonValue as Json } from '../bindings/serde_json/JsonValue';
import type { Change as Told } from '../bindings/Change';

export type {
  BlockType,
  Change,
  Choice,
  Clip,
  Conflict,
  Content,
  DocumentInfo,
  DocumentName,
  Draft,
  Edit,
  Edited,
  Json,
  LeftDrafts,
  OpenDocument,
  PageInfo,
  Place,
  Removed,
  SaveState,
  Setting,
  TextHit,
  ThemeGroup,
  WidgetType,
};

/** Events about documents. */
export type ContentEvent = Extract<Told, { kind: 'document_changed' | 'content_changed' | 'drafts_changed' }>;

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

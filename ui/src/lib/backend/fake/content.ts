/**
 * The documents of fake demos: the promises of `ContentBackend`, kept in memory.
 *
 * A demo's site is that of its starter. An edit is saved a second after the last one, as on a real host; at the pace
 * `manual` nothing is saved until `step`.
 */
import { at, editsBetween, applyEdits, isObject, meet, objectAt } from '../../content/json';
import { nameProblem } from '../../content/names';
import { fold } from '../../demo/filter';
import type {
  Change,
  Conflict,
  Content,
  ContentBackend,
  ContentEvent,
  DocumentInfo,
  Draft,
  Edit,
  Edited,
  Json,
  LeftDrafts,
  Place,
  OpenDocument,
  PageInfo,
  Removed,
  SaveState,
  TextHit,
  WidgetType,
} from '../content';
import type { Failure } from '../types';
import { FakeDocument } from './document';
import { examplesFor, type Examples } from './examples';
import { contentOf, documentsOf, fileOf, filesOf, infoOf, pageOf, parse, problemOf, type Files } from './site';
import { freeSlug, slugFrom, slugProblem } from './slug';

export interface FakeContentOptions extends Examples {
  pace?: 'real' | 'fast' | 'manual';
  /** The key of a demo's template. */
  templateOf?: (demo: string) => string | undefined;
}
interface Site {
  files: Files;
  documents: Map<string, FakeDocument>;
  drafts: Draft[];
  /** Texts that are no JSON yet, by document. */
  unfinished: Map<string, string>;
  types?: readonly WidgetType[];
}
interface Trashed {
  demo: string;
  document: string;
  text: string;
}
type Call = keyof ContentBackend;

const paces = { real: [1_000, 150], fast: [40, 10], manual: [0, 0] } as const;
const copy = <T>(value: T): T => structuredClone(value);
const refuse = (code: Failure['code'], message: string, field?: string): never => {
  throw { code, message, ...(field && { field }) } satisfies Failure;
};

export class FakeContent implements ContentBackend {
  /** Every call that was made, for tests of what is sent. */
  readonly calls: { call: Call; document?: string; change?: Change }[] = [];
  readonly #sites = new Map<string, Site>();
  readonly #removed = new Map<string, Trashed>();
  readonly #discarded: Draft[] = [];
  readonly #refusals = new Map<Call, Failure>();
  readonly #options: FakeContentOptions;
  readonly #tell: (event: ContentEvent) => void;
  #saveFailure: Failure | null = null;
  #held: Promise<void> | null = null;
  #next = 1;

  constructor(options: FakeContentOptions, tell: (event: ContentEvent) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  // For tests: time, mishaps, and what others do.

  /** At the pace `manual`: what is not saved is being saved, and what was being saved is. */
  step(): void {
    for (const [demo, { documents }] of this.#sites)
      for (const document of documents.values())
        if (document.save.state === 'saving') this.#finish(demo, document);
        else if (document.save.state === 'unsaved') this.#begin(demo, document);
  }
  /** Every save fails from now on, until null is given. */
  failSaves(failure: Failure | null): void {
    this.#saveFailure = failure;
  }
  /** The next call of this name is refused. */
  refuseNext(call: Call, failure: Failure): void {
    this.#refusals.set(call, failure);
  }
  /** Replies wait until the function it gives is called. */
  hold(): () => void {
    let release = (): void => {};
    this.#held = new Promise((resolve) => (release = resolve));
    return () => {
      this.#held = null;
      release();
    };
  }
  /** Another program writes a value into a document on disk, or the whole text. */
  changeOutside(demo: string, name: string, change: Edit | string): void {
    const { files } = this.#site(demo);
    const before = files.get(fileOf(name)) ?? '';
    const after =
      typeof change === 'string' ? change : `${JSON.stringify(applyEdits(parse(before), [change]), null, 2)}\n`;
    files.set(fileOf(name), after);
    const document = this.#document(demo, name);
    if (!document.isDirty) document.reload(after);
    if (!document.isDirty || document.save.state === 'conflict') this.#report(demo, document);
    this.#tell({ kind: 'content_changed', demo });
  }
  /** Another program removes a document's file. */
  removeOutside(demo: string, name: string): void {
    const { files, documents } = this.#site(demo);
    files.delete(fileOf(name));
    const document = documents.get(name);
    if (document && this.#site(demo).unfinished.has(name)) document.timer = undefined;
    else if (document?.isDirty) {
      clearTimeout(document.timer);
      document.save = { state: 'conflict' };
      this.#report(demo, document);
    } else documents.delete(name);
    this.#tell({ kind: 'content_changed', demo });
  }
  /** A process ended before it saved this value. */
  leaveDraft(demo: string, name: string, edit: Edit): void {
    const site = this.#site(demo);
    const theirs = site.files.get(fileOf(name)) ?? '';
    const mine = `${JSON.stringify(applyEdits(parse(theirs), [edit]), null, 2)}\n`;
    const draft = { id: `draft-${this.#next++}`, document: name, at: stamp(), mine, theirs, merges: true };
    site.drafts.push({ ...draft, unfinished: false });
    this.#tell({ kind: 'drafts_changed', demo });
  }
  /** A process ended while this text of a document was no JSON yet. */
  leaveUnfinished(demo: string, name: string, mine: string): void {
    const draft = { id: `draft-${this.#next++}`, document: name, at: stamp(), mine, merges: true };
    this.#site(demo).drafts.push({ ...draft, unfinished: true });
    this.#tell({ kind: 'drafts_changed', demo });
  }
  /** The text that is kept of a document beside it. */
  unfinishedOf(demo: string, name: string): string | undefined {
    return this.#site(demo).unfinished.get(name);
  }
  /** How many hold a document open. */
  viewersOf(demo: string, name: string): number {
    return this.#site(demo).documents.get(name)?.viewers ?? 0;
  }
  /** The text of a document as it is on disk. */
  onDisk(demo: string, name: string): string | undefined {
    return this.#site(demo).files.get(fileOf(name));
  }

  async content(demo: string): Promise<Content> {
    this.#mayRefuse('content');
    const site = this.#site(demo);
    return copy(contentOf(site.files, (name) => this.#document(demo, name).text));
  }

  async openDocument(demo: string, name: string): Promise<OpenDocument> {
    this.#mayRefuse('openDocument');
    await this.#held;
    const document = this.#document(demo, name);
    document.viewers += 1;
    return this.#shown(demo, document);
  }
  async closeDocument(demo: string, name: string): Promise<void> {
    const document = this.#site(demo).documents.get(name);
    if (!document) return;
    document.viewers = Math.max(0, document.viewers - 1);
    this.#saveNow(demo, document);
  }
  async changeDocument(demo: string, name: string, change: Change): Promise<Edited> {
    this.calls.push({ call: 'changeDocument', document: name, change: copy(change) });
    this.#mayRefuse('changeDocument');
    const document = this.#opened(demo, name);
    const widgetTypes = this.#typesOf(demo);
    const before = document.version;
    const { edits, added } = document.change(copy(change), widgetTypes, Date.now());
    if (document.version !== before) this.#touched(demo, document);
    await this.#held;
    return copy({ ...this.#edited(document, edits), ...(added && { added }) });
  }
  async undoDocument(demo: string, name: string): Promise<Edited> {
    return this.#stepped('undoDocument', demo, name, (document) => document.undo());
  }
  async redoDocument(demo: string, name: string): Promise<Edited> {
    return this.#stepped('redoDocument', demo, name, (document) => document.redo());
  }
  async keepUnfinished(demo: string, name: string, text: string | null): Promise<void> {
    this.#mayRefuse('keepUnfinished');
    this.#document(demo, name);
    if (text === null) this.#site(demo).unfinished.delete(name);
    else this.#site(demo).unfinished.set(name, text);
  }
  async flush(demo: string | null): Promise<void> {
    this.#mayRefuse('flush');
    this.calls.push({ call: 'flush' });
    for (const [id, { documents }] of this.#sites)
      if (demo === null || id === demo) for (const document of documents.values()) this.#saveNow(id, document);
  }

  async conflict(demo: string, name: string): Promise<Conflict | null> {
    this.#mayRefuse('conflict');
    const document = this.#document(demo, name);
    if (document.save.state !== 'conflict') return null;
    const theirs = this.onDisk(demo, name);
    const [ours, others] = this.#sides(document, theirs);
    const paths = ours.filter((edit) => others.some((other) => meet(edit.path, other.path))).map(({ path }) => path);
    return { base: document.base, mine: document.text, ...(theirs !== undefined && { theirs }), paths };
  }
  async resolveConflict(demo: string, name: string, keep: 'mine' | 'theirs'): Promise<OpenDocument> {
    this.#mayRefuse('resolveConflict');
    const document = this.#document(demo, name);
    if (document.save.state !== 'conflict') refuse('WrongState', 'There is no conflict any more.');
    const found = this.onDisk(demo, name);
    if (found === undefined && keep === 'theirs') {
      this.#site(demo).documents.delete(name);
      refuse('NotFound', `There is no ${name} in this demo any more.`);
    }
    const theirs = found ?? '';
    document.base = theirs;
    if (keep === 'theirs') document.replace(theirs, Date.now());
    document.save = document.isDirty ? { state: 'unsaved' } : { state: 'saved', at: stamp() };
    this.#report(demo, document);
    this.#saveNow(demo, document);
    return this.#shown(demo, document);
  }

  async drafts(demo: string): Promise<Draft[]> {
    const { drafts, files } = this.#site(demo);
    return drafts.map((draft) => {
      const shown = copy(draft);
      const theirs = files.get(fileOf(draft.document));
      if (theirs === undefined) delete shown.theirs;
      else shown.theirs = theirs;
      return shown;
    });
  }
  async leftDrafts(): Promise<LeftDrafts[]> {
    const all = [...this.#sites].map(([demo, { drafts }]) => ({ demo, documents: drafts.length }));
    return all.filter(({ documents }) => documents > 0);
  }
  async applyDraft(demo: string, id: string): Promise<void> {
    this.#mayRefuse('applyDraft');
    if (this.#site(demo).drafts.some((draft) => draft.id === id && draft.unfinished))
      refuse('InvalidInput', 'This text is no JSON yet. Nothing was changed.');
    const draft = this.#takeDraft(demo, id);
    const document = this.#document(demo, draft.document);
    document.replace(draft.mine, Date.now());
    this.#touched(demo, document);
    this.#tell({ kind: 'drafts_changed', demo });
  }
  async discardDraft(demo: string, id: string): Promise<void> {
    this.#mayRefuse('discardDraft');
    this.#discarded.push(this.#takeDraft(demo, id));
    this.#tell({ kind: 'drafts_changed', demo });
  }
  async restoreDraft(demo: string, id: string): Promise<void> {
    this.#mayRefuse('restoreDraft');
    const draft = this.#discarded.find((one) => one.id === id);
    this.#site(demo).drafts.push(draft ?? refuse('NotFound', 'These edits are not there any more.'));
    this.#discarded.splice(this.#discarded.indexOf(draft!), 1);
    this.#tell({ kind: 'drafts_changed', demo });
  }

  async addPage(demo: string, name: string): Promise<PageInfo> {
    this.#mayRefuse('addPage');
    checkName(name, 'page');
    const slug = this.#freeSlug(demo, name);
    const page = { name: name.trim(), slug, id: slug, uuid: crypto.randomUUID(), created: stamp(), updated: stamp() };
    return this.#write(demo, `pages/${slug}`, { ...page, seo: {}, widgets: {}, widgetsOrder: [] });
  }
  async duplicatePage(demo: string, name: string): Promise<PageInfo> {
    this.#mayRefuse('duplicatePage');
    const content = objectAt(this.#document(demo, name).content, []);
    const called = `${String(content.name)} copy`;
    const slug = this.#freeSlug(demo, called);
    const page = { ...content, name: called, slug, id: slug, uuid: crypto.randomUUID() };
    return this.#write(demo, `pages/${slug}`, page);
  }
  async renamePage(demo: string, name: string, called: string, slug: string | null): Promise<PageInfo> {
    this.#mayRefuse('renamePage');
    const { files, documents, unfinished } = this.#site(demo);
    const old = name.slice('pages/'.length);
    checkName(called, 'page');
    if (slug !== null && slug !== old) {
      const problem = slugProblem(slug);
      if (problem)
        refuse('InvalidInput', problem.message.replace('the demo a folder name', 'the page an address'), 'slug');
      if (files.has(fileOf(`pages/${slug}`))) refuse('AlreadyExists', `There is already a page “${slug}”.`, 'slug');
    }
    const document = this.#document(demo, name);
    const to = slug ?? old;
    const page = { ...objectAt(document.content, []), name: called.trim(), slug: to, id: to };
    if (to !== old) {
      const { viewers } = document;
      clearTimeout(document.timer);
      files.delete(fileOf(name));
      documents.delete(name);
      for (const other of documentsOf(files)) this.#relink(demo, other, `${old}.html`, `${to}.html`);
      const moved = this.#write(demo, `pages/${to}`, page);
      this.#document(demo, `pages/${to}`).viewers = viewers;
      const beside = unfinished.get(name);
      if (beside !== undefined) unfinished.set(`pages/${to}`, beside);
      unfinished.delete(name);
      return moved;
    }
    document.change({ kind: 'set', edits: [{ path: ['name'], value: called.trim() }] }, [], Date.now());
    this.#touched(demo, document);
    this.#tell({ kind: 'content_changed', demo });
    return pageOf(name, document.text);
  }
  async removePage(demo: string, name: string): Promise<Removed> {
    this.#mayRefuse('removePage');
    const address = `${name.slice('pages/'.length)}.html`;
    return this.#remove(demo, name, (text) => text === address);
  }
  async restorePage(_demo: string, token: string): Promise<PageInfo> {
    return this.#restore(token, 'page', pageOf);
  }
  async addMenu(demo: string, name: string): Promise<DocumentInfo> {
    this.#mayRefuse('addMenu');
    checkName(name, 'menu');
    const { files } = this.#site(demo);
    const id = freeSlug(slugFrom(name) || 'menu', (file) => files.has(fileOf(`menus/${file}`)));
    const menu = { id, uuid: crypto.randomUUID(), name: name.trim(), description: '', items: [] };
    return this.#write(demo, `menus/${id}`, menu, infoOf);
  }
  async removeMenu(demo: string, name: string): Promise<Removed> {
    this.#mayRefuse('removeMenu');
    const file = name.slice('menus/'.length);
    return this.#remove(demo, name, (text, path) => text === file && path.includes('settings'));
  }
  async restoreMenu(_demo: string, token: string): Promise<DocumentInfo> {
    this.#mayRefuse('restoreMenu');
    return this.#restore(token, 'menu', infoOf);
  }

  async searchTexts(demo: string, query: string): Promise<TextHit[]> {
    this.#mayRefuse('searchTexts');
    const wanted = fold(query).trim();
    if (wanted === '') return [];
    const hits: TextHit[] = [];
    const { pages, globals, menus } = await this.content(demo);
    for (const { document, name } of [...pages, ...globals, ...menus])
      walk(this.#document(demo, document).content, [], (path, text) => {
        const found = fold(text).indexOf(wanted);
        if (
          found < 0 ||
          path.includes('widgetsOrder') ||
          path.includes('blocksOrder') ||
          /^(type|id|uuid|slug|pageUuid|created|updated|target)$/.test(path.at(-1) ?? '')
        )
          return;
        const from = Math.max(0, found - 24);
        const excerpt = text.slice(from, found + wanted.length + 48);
        const range = { start: found - from, end: found - from + wanted.length };
        hits.push({ document, name, path, ...partOf(path), excerpt, ...range });
      });
    return hits.slice(0, 100);
  }

  async #stepped(call: Call, demo: string, name: string, step: (document: FakeDocument) => Edit[]): Promise<Edited> {
    this.calls.push({ call, document: name });
    this.#mayRefuse(call);
    const document = this.#opened(demo, name);
    const edits = step(document);
    this.#touched(demo, document);
    await this.#held;
    return copy(this.#edited(document, edits));
  }

  /** After an edit: it is saved when no other follows for a while. */
  #touched(demo: string, document: FakeDocument): void {
    if (document.save.state === 'saved' || document.save.state === 'failed') document.save = { state: 'unsaved' };
    this.#report(demo, document);
    const [pause] = paces[this.#options.pace ?? 'real'];
    if (this.#options.pace === 'manual' || document.save.state !== 'unsaved') return;
    clearTimeout(document.timer);
    document.timer = setTimeout(() => this.#begin(demo, document), pause);
  }
  #saveNow(demo: string, document: FakeDocument): void {
    if (document.save.state === 'failed') document.save = { state: 'unsaved' };
    if (document.save.state === 'unsaved') this.#begin(demo, document);
  }
  #begin(demo: string, document: FakeDocument): void {
    clearTimeout(document.timer);
    document.save = { state: 'saving' };
    this.#report(demo, document);
    if (this.#options.pace === 'manual') return;
    const [, takes] = paces[this.#options.pace ?? 'real'];
    document.timer = setTimeout(() => this.#finish(demo, document), takes);
  }
  #finish(demo: string, document: FakeDocument): void {
    const { files } = this.#site(demo);
    const theirs = files.get(fileOf(document.name));
    if (this.#saveFailure) document.save = { state: 'failed', error: this.#saveFailure };
    else if ((theirs ?? '') !== document.base && !this.#merge(document, theirs)) document.save = { state: 'conflict' };
    else {
      files.set(fileOf(document.name), document.text);
      const listed = (text: string) => JSON.stringify(pageOf(document.name, text));
      const isListedAnew = listed(document.base) !== listed(document.text);
      document.base = document.text;
      document.save = { state: 'saved', at: stamp() };
      if (isListedAnew) this.#tell({ kind: 'content_changed', demo });
    }
    this.#report(demo, document);
  }
  /** Joins what is on disk with what is edited; false when both changed one thing. */
  #merge(document: FakeDocument, theirs: string | undefined): boolean {
    if (theirs === undefined || document.content === undefined || problemOf(document.name, theirs)) return false;
    const [ours, others] = this.#sides(document, theirs);
    if (ours.some((edit) => others.some((other) => meet(edit.path, other.path)))) return false;
    document.reload(`${JSON.stringify(applyEdits(parse(theirs), ours), null, 2)}\n`);
    return true;
  }
  #sides(document: FakeDocument, theirs: string | undefined): [Edit[], Edit[]] {
    const base = parse(document.base);
    return [editsBetween(base, document.content), editsBetween(base, parse(theirs))];
  }

  /** A theme's widgets do not change here, and are asked for with every key that is typed. */
  #typesOf(demo: string): readonly WidgetType[] {
    const site = this.#site(demo);
    site.types ??= contentOf(site.files, () => '{}').widgetTypes;
    return site.types;
  }
  #site(demo: string): Site {
    let site = this.#sites.get(demo);
    if (!site) {
      const template = this.#options.templateOf?.(demo) ?? 'bakery';
      const files = filesOf(['bakery', 'portfolio', 'saas'].includes(template) ? template : 'saas');
      examplesFor(files, this.#options);
      this.#sites.set(demo, (site = { files, documents: new Map(), drafts: [], unfinished: new Map() }));
    }
    return site;
  }
  #document(demo: string, name: string): FakeDocument {
    const { files, documents } = this.#site(demo);
    let document = documents.get(name);
    if (!document) {
      const text = files.get(fileOf(name)) ?? refuse('NotFound', 'This document is not there any more.');
      documents.set(name, (document = new FakeDocument(name, text)));
    }
    return document;
  }
  #opened(demo: string, name: string): FakeDocument {
    const document = this.#document(demo, name);
    return document.viewers > 0 ? document : refuse('NotFound', 'This document is not open.');
  }
  #shown(demo: string, document: FakeDocument): OpenDocument {
    const { name, version, content, text, problem, save, canUndo, canRedo, base } = document;
    const unfinished = this.#site(demo).unfinished.get(name);
    const more = {
      ...(content !== undefined && { content }),
      ...(problem && { problem }),
      ...(unfinished !== undefined && { unfinished }),
    };
    return copy({ demo, document: name, version, text, saved: base, save, canUndo, canRedo, ...more });
  }
  #edited({ version, save, canUndo, canRedo }: FakeDocument, edits: Edit[]): Edited {
    return { version, edits, save, canUndo, canRedo };
  }
  #report(demo: string, { name, version, save, canUndo, canRedo }: FakeDocument): void {
    const state: SaveState = save;
    this.#tell({
      kind: 'document_changed',
      demo,
      document: name,
      version,
      save: state,
      can_undo: canUndo,
      can_redo: canRedo,
    });
  }
  #write(demo: string, name: string, page: Json | string): PageInfo;
  #write<T>(demo: string, name: string, value: Json | string, read: (name: string, text: string) => T): T;
  #write(demo: string, name: string, value: Json | string, read: (name: string, text: string) => unknown = pageOf) {
    const text = typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`;
    const { files, documents } = this.#site(demo);
    files.set(fileOf(name), text);
    documents.delete(name);
    this.#tell({ kind: 'content_changed', demo });
    return read(name, text);
  }
  #remove(demo: string, name: string, leads: (text: string, path: string[]) => boolean): Removed {
    const { files, documents } = this.#site(demo);
    const text = this.#document(demo, name).text;
    clearTimeout(documents.get(name)?.timer);
    documents.delete(name);
    files.delete(fileOf(name));
    const token = `removed-${this.#next++}`;
    this.#removed.set(token, { demo, document: name, text });
    this.#tell({ kind: 'content_changed', demo });
    const places = documentsOf(files).flatMap((document) => {
      const found: Place[] = [];
      walk(this.#document(demo, document).content, [], (path, text) => {
        if (leads(text, path)) found.push({ document, path, ...partOf(path) });
      });
      return found;
    });
    return { token, places, links: [...new Set(places.map((place) => place.document))] };
  }
  #restore<T>(token: string, kind: string, read: (name: string, text: string) => T): T {
    const removed = this.#removed.get(token) ?? refuse('NotFound', `This ${kind} cannot be brought back any more.`);
    if (this.#site(removed.demo).files.has(fileOf(removed.document)))
      refuse('AlreadyExists', `There is a ${kind} of that address again. Rename that one, then undo.`);
    this.#removed.delete(token);
    return this.#write(removed.demo, removed.document, removed.text, read);
  }
  #relink(demo: string, name: string, from: string, to: string): void {
    const document = this.#document(demo, name);
    const edits: Edit[] = [];
    walk(document.content, [], (path, text) => text === from && edits.push({ path, value: to }));
    if (edits.length === 0) return;
    document.change({ kind: 'set', edits }, [], Date.now());
    this.#touched(demo, document);
  }
  #freeSlug(demo: string, name: string): string {
    const { files } = this.#site(demo);
    return freeSlug(name === '' ? 'page' : slugFrom(name), (slug) => files.has(fileOf(`pages/${slug}`)));
  }
  #takeDraft(demo: string, id: string): Draft {
    const site = this.#site(demo);
    const draft = site.drafts.find((one) => one.id === id) ?? refuse('NotFound', 'These edits are not there any more.');
    site.drafts = site.drafts.filter((one) => one !== draft);
    return draft;
  }
  #mayRefuse(call: Call): void {
    const failure = this.#refusals.get(call);
    this.#refusals.delete(call);
    if (failure) throw failure;
  }
}

function checkName(name: string, kind: 'page' | 'menu'): void {
  const problem = nameProblem(name, kind);
  if (problem) refuse('InvalidInput', problem, 'name');
}
function walk(value: Json | undefined, path: string[], told: (path: string[], text: string) => void): void {
  if (typeof value === 'string') told(path, value);
  else if (Array.isArray(value)) value.forEach((item, index) => walk(item, [...path, String(index)], told));
  else if (isObject(value)) for (const key of Object.keys(value)) walk(at(value, [key]), [...path, key], told);
}

/** The widget and the block that a path leads into. */
function partOf(path: string[]): { widget?: string; block?: string } {
  if (path[0] === 'blocks') return { block: path[1]! };
  if (path[0] !== 'widgets') return {};
  return { widget: path[1]!, ...(path[2] === 'blocks' && { block: path[3]! }) };
}

const stamp = (): string => new Date().toISOString();

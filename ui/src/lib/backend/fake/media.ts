/**
 * The media of fake demos: the promises of `MediaBackend`, kept in memory.
 *
 * Two files of one name have the same bytes here. A name tells what becomes of a file: `huge.*` is over the limits,
 * `broken.*` cannot be read, `evil.svg` is made harmless, every JPEG has EXIF data, and what is no kind of a site's is refused.
 */
import type {
  FileDrag,
  ImportNote,
  MediaBackend,
  MediaChange,
  MediaEvent,
  MediaFinding,
  MediaImport,
  MediaItem,
  MediaListing,
  MediaUse,
} from '../media';
import type { Failure } from '../types';
import { drawingOf, itemOf, seedMedia, typeOf, usualCount } from './media-seed';

export interface FakeMediaOptions {
  /** Items in each demo's library. */
  count?: number;
  long?: boolean;
  pace?: 'real' | 'fast' | 'manual';
  /** How the first listings go. */
  listing?: 'ok' | 'fail' | 'slow';
}

interface Library {
  rev: number;
  items: MediaItem[];
  uses: Map<string, MediaUse[]>;
  /** Paths of files that are not there. */
  missing: Set<string>;
  /** Files that no item is about. */
  orphans: string[];
  /** Items whose list of places is not right. */
  stale: Set<string>;
}

type Call = keyof MediaBackend;

const copy = <T>(value: T): T => structuredClone(value);
const base = (file: string): string => file.split(/[/\\]/).pop() ?? file;
const refuse = (code: Failure['code'], message: string, field?: string): never => {
  const failure: Failure = { code, message, ...(field && { field }) };
  throw failure;
};
const files = (count: number): string => (count === 1 ? '1 file' : `${count} files`);

export class FakeMedia implements MediaBackend {
  #libraries = new Map<string, Library>();
  #undos = new Map<string, () => void>();
  #running = new Map<string, { report: MediaImport; files: string[]; timer?: ReturnType<typeof setTimeout> }>();
  #drags = new Set<(drag: FileDrag) => void>();
  #refusals = new Map<Call, Failure>();
  #options: FakeMediaOptions;
  #tell: (event: MediaEvent) => void;
  #next = 1;

  constructor(options: FakeMediaOptions, tell: (event: MediaEvent) => void) {
    this.#options = { ...options };
    this.#tell = tell;
  }

  // For tests: time, mishaps, and what people do outside the window.

  /** Moves every import on by `count` files. */
  step(count = 1): void {
    for (let done = 0; done < count; done += 1) for (const id of [...this.#running.keys()]) this.#tick(id);
  }
  heal(): void {
    this.#options.listing = 'ok';
    this.#refusals.clear();
  }
  /** The next call of this name is refused. */
  refuseNext(call: Call, failure: Failure): void {
    this.#refusals.set(call, failure);
  }
  /** Files are dragged over the window. */
  drag(drag: FileDrag): void {
    for (const listener of this.#drags) listener(copy(drag));
  }
  /** Another process changed an item. */
  changedElsewhere(demo: string, id: string, change: MediaChange): void {
    this.#change(demo, id, change);
  }

  async media(demo: string): Promise<MediaListing> {
    if (this.#options.listing === 'slow') await new Promise((resolve) => setTimeout(resolve, 1500));
    if (this.#options.listing === 'fail')
      refuse('Corrupt', 'The file uploads/media.json cannot be read: it is not JSON at line 40. Nothing was changed.');
    this.#mayRefuse('media');
    const library = this.#library(demo);
    return { rev: String(library.rev), files: library.items.map((item) => this.#shown(library, item)) };
  }

  mediaUrl(_demo: string, item: Pick<MediaItem, 'path' | 'uploaded'>, size: 'thumb' | 'full'): string {
    const type = typeOf(item.path) ?? '';
    if (type.startsWith('image/')) return drawingOf(item.path, item.uploaded);
    return size === 'full' ? `./fake-media${item.path}` : '';
  }

  async setMedia(demo: string, id: string, change: MediaChange): Promise<MediaItem> {
    this.#mayRefuse('setMedia');
    return this.#change(demo, id, change);
  }

  async importMedia(demo: string, paths: string[]): Promise<MediaImport> {
    this.#mayRefuse('importMedia');
    this.#library(demo);
    const report: MediaImport = {
      id: `import-${this.#next++}`,
      demo,
      state: 'running',
      done: 0,
      total: paths.length,
      ...(paths[0] && { current: base(paths[0]) }),
      added: [],
      duplicates: [],
      failed: [],
      notes: [],
    };
    this.#running.set(report.id, { report, files: [...paths] });
    this.#tell({ kind: 'import_changed', import: copy(report) });
    this.#run(report.id);
    return copy(report);
  }
  async imports(demo: string): Promise<MediaImport[]> {
    this.#mayRefuse('imports');
    return copy([...this.#running.values()].map(({ report }) => report).filter((one) => one.demo === demo));
  }
  async cancelImport(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running) this.#end(id, 'cancelled');
  }

  async replaceMedia(demo: string, id: string, file: string): Promise<MediaListing> {
    this.#mayRefuse('replaceMedia');
    const library = this.#library(demo);
    const item = this.#get(library, id);
    const type = this.#typeOr(file);
    if (type.split('/')[0] !== item.type.split('/')[0])
      refuse('InvalidInput', `${base(file)} is not of the same kind as ${item.filename}. Nothing was changed.`);
    const size = 90_000 + base(file).length * 1_000;
    const uploaded = new Date().toISOString();
    const replaced = this.#put(demo, { ...item, type, size, uploaded, originalName: base(file) });
    const token = this.#undo(() => {
      if (this.#get(library, id).uploaded !== uploaded)
        refuse('Conflict', 'The file was replaced, renamed or removed again since. Nothing was changed.');
      const { metadata } = this.#get(library, id);
      this.#put(demo, { ...item, metadata });
    });
    return { rev: null, files: [replaced], token, notes: notesOf(type) };
  }

  async renameMedia(demo: string, id: string, filename: string): Promise<MediaListing> {
    this.#mayRefuse('renameMedia');
    const library = this.#library(demo);
    const item = this.#get(library, id);
    const name = filename.trim();
    if (name === '' || name.startsWith('.')) refuse('InvalidInput', 'Give the file a name.', 'filename');
    if (/[/\\:*?"<>|]/.test(name)) refuse('InvalidInput', 'A file name has none of / \\ : * ? " < > |.', 'filename');
    const path = item.path.replace(/[^/]+$/, name);
    if (library.items.some((one) => one.id !== id && one.path === path))
      refuse('AlreadyExists', `There is already a file named “${name}”.`, 'filename');
    return { rev: null, files: [this.#put(demo, { ...item, filename: name, path })] };
  }

  async removeMedia(demo: string, ids: string[], evenIfUsed: boolean): Promise<string> {
    this.#mayRefuse('removeMedia');
    const library = this.#library(demo);
    const used = ids.filter((id) => (library.uses.get(id)?.length ?? 0) > 0);
    if (used.length > 0 && !evenIfUsed) {
      const places = [...new Set(used.flatMap((id) => library.uses.get(id)!.map(({ name }) => name)))];
      refuse('InUse', `${files(used.length)} in use: ${places.join(', ')}. Nothing was deleted.`);
    }
    const before = library.items;
    library.items = before.filter((item) => !ids.includes(item.id));
    this.#changed(demo);
    return this.#undo(() => {
      const now = new Map(library.items.map((item) => [item.id, item]));
      const back = before.filter((item) => now.has(item.id) || ids.includes(item.id));
      const later = library.items.filter((item) => !before.some((one) => one.id === item.id));
      library.items = [...back.map((item) => now.get(item.id) ?? item), ...later];
      this.#changed(demo);
    });
  }
  async restoreMedia(_demo: string, token: string): Promise<void> {
    this.#mayRefuse('restoreMedia');
    const undo = this.#undos.get(token) ?? refuse('NotFound', 'This cannot be undone any more. Nothing was changed.');
    this.#undos.delete(token);
    undo();
  }

  async mediaUses(demo: string, ids: string[]): Promise<Record<string, MediaUse[]>> {
    this.#mayRefuse('mediaUses');
    const { uses } = this.#library(demo);
    return Object.fromEntries(ids.map((id) => [id, copy(uses.get(id) ?? [])]));
  }

  async checkMedia(demo: string): Promise<MediaFinding[]> {
    this.#mayRefuse('checkMedia');
    return findingsOf(this.#library(demo));
  }
  async repairMedia(demo: string, findings: MediaFinding[]): Promise<string> {
    this.#mayRefuse('repairMedia');
    const library = this.#library(demo);
    const before = { ...library, missing: new Set(library.missing), stale: new Set(library.stale) };
    for (const finding of findings) this.#repair(library, finding);
    this.#changed(demo);
    return this.#undo(() => {
      Object.assign(library, before, { rev: library.rev });
      this.#changed(demo);
    });
  }

  async onFileDrag(listener: (drag: FileDrag) => void): Promise<() => void> {
    this.#drags.add(listener);
    return () => this.#drags.delete(listener);
  }

  #run(id: string): void {
    if (this.#options.pace === 'manual') return;
    const wait = this.#options.pace === 'fast' ? 8 : 350;
    const loop = (): void => {
      this.#tick(id);
      const running = this.#running.get(id);
      if (running) running.timer = setTimeout(loop, wait);
    };
    this.#running.get(id)!.timer = setTimeout(loop, wait);
  }
  #tick(id: string): void {
    const running = this.#running.get(id);
    if (!running) return;
    const { report } = running;
    const file = running.files[report.done];
    if (file !== undefined) {
      this.#take(report, file);
      report.done += 1;
      const next = running.files[report.done];
      if (next === undefined) delete report.current;
      else report.current = base(next);
    }
    if (report.done >= report.total) this.#end(id, 'done');
    else this.#tell({ kind: 'import_changed', import: { ...copy(report), notes: [] } });
  }
  #end(id: string, state: 'done' | 'cancelled'): void {
    const { report, timer } = this.#running.get(id)!;
    clearTimeout(timer);
    this.#running.delete(id);
    delete report.current;
    this.#tell({ kind: 'import_changed', import: { ...copy(report), state } });
  }
  #take(report: MediaImport, file: string): void {
    const library = this.#library(report.demo);
    const name = base(file);
    try {
      const type = this.#typeOr(file);
      const twin = library.items.find((item) => item.originalName === name);
      if (twin) {
        report.duplicates.push({ file: name, id: twin.id });
        return;
      }
      const id = `added-${this.#next++}`;
      const item = itemOf(id, freeName(library, tidy(name)), type, 80_000 + name.length * 1_000, stamp());
      item.originalName = name;
      if (type.startsWith('image/')) Object.assign(item, { width: 1280, height: 800 });
      library.items = [...library.items, item];
      report.added.push(id);
      const notes = notesOf(type);
      if (notes.length > 0) report.notes.push({ file: name, id, notes });
      this.#changed(report.demo);
    } catch (thrown) {
      report.failed.push({ file: name, error: thrown as Failure });
    }
  }
  /** The type of a file that a site can have. */
  #typeOr(file: string): string {
    const name = base(file);
    if (/^huge\./.test(name))
      refuse('TooLarge', 'The picture has 412 megapixels; at most 80 are taken. It was not added.');
    if (/^broken\./.test(name)) refuse('Corrupt', 'The picture cannot be read. It was not added.');
    return typeOf(name) ?? refuse('InvalidInput', 'A site has no use for this kind of file. It was not added.');
  }

  #repair(library: Library, { kind, id, path }: MediaFinding): void {
    const item = library.items.find((one) => one.id === id);
    if (kind === 'orphan') {
      library.orphans = library.orphans.filter((one) => one !== path);
      const item = itemOf(`added-${this.#next++}`, base(path), typeOf(path) ?? 'text/plain', 74_000, stamp());
      library.items = [...library.items, { ...item, width: 1200, height: 400 }];
    } else if (!item) return;
    else if (kind === 'missing_file' || kind === 'duplicate')
      library.items = library.items.filter((one) => one.id !== id);
    else if (kind === 'stale_usage') library.stale.delete(item.id);
    else if (kind === 'missing_size')
      library.items = library.items.map((one) => (one.id === id ? { ...one, width: 1200, height: 800 } : one));
  }

  #library(demo: string): Library {
    const known = this.#libraries.get(demo);
    if (known) return known;
    const count = this.#options.count ?? usualCount;
    const seeded = seedMedia({ count, long: this.#options.long ?? false, now: Date.now() });
    const library: Library = {
      rev: 1,
      items: seeded.map(({ item }) => item),
      uses: new Map(seeded.map(({ item, uses }) => [item.id, uses])),
      missing: new Set(seeded.slice(0, usualCount).flatMap(({ item }, at) => (at === 11 ? [item.path] : []))),
      orphans: count > 0 ? ['/uploads/images/old-banner.jpg'] : [],
      stale: new Set(seeded.slice(0, 1).map(({ item }) => item.id)),
    };
    this.#libraries.set(demo, library);
    return library;
  }
  #shown(library: Library, item: MediaItem): MediaItem {
    const usedIn = [...new Set((library.uses.get(item.id) ?? []).map(({ document }) => usedWord(document)))];
    return { ...item, usedIn };
  }
  #change(demo: string, id: string, change: MediaChange): MediaItem {
    const item = this.#get(this.#library(demo), id);
    const { focalPoint, ...words } = change;
    const metadata = { ...item.metadata, ...words };
    if (focalPoint === null) delete metadata.focalPoint;
    else if (focalPoint) metadata.focalPoint = focalPoint;
    return this.#put(demo, { ...item, metadata });
  }
  #get(library: Library, id: string): MediaItem {
    return library.items.find((item) => item.id === id) ?? refuse('NotFound', 'This file is not there any more.');
  }
  #put(demo: string, item: MediaItem): MediaItem {
    const library = this.#library(demo);
    library.items = library.items.map((one) => (one.id === item.id ? item : one));
    this.#changed(demo);
    return this.#shown(library, item);
  }
  #changed(demo: string): void {
    this.#library(demo).rev += 1;
    this.#tell({ kind: 'media_changed', demo });
  }
  #undo(undo: () => void): string {
    const token = `undo-${this.#next++}`;
    this.#undos.set(token, undo);
    return token;
  }
  #mayRefuse(call: Call): void {
    const failure = this.#refusals.get(call);
    this.#refusals.delete(call);
    if (failure) throw failure;
  }
}

function findingsOf(library: Library): MediaFinding[] {
  const found: MediaFinding[] = [];
  const named = new Map<string, MediaItem>();
  for (const item of library.items) {
    const { id, path } = item;
    const twin = named.get(`${item.type} ${item.size}`);
    if (library.missing.has(path))
      found.push({
        kind: 'missing_file',
        id,
        path,
        message: 'It is in the library, but the file is not there.',
        remedy: 'Takes it out of the library.',
      });
    if (twin)
      found.push({
        kind: 'duplicate',
        id,
        path,
        message: `The same picture as ${twin.filename}.`,
        remedy: `Keeps ${twin.filename}; what uses this one uses that one.`,
      });
    else named.set(`${item.type} ${item.size}`, item);
    if (library.stale.has(id))
      found.push({
        kind: 'stale_usage',
        id,
        path,
        message: 'The list of the places that use it is out of date.',
        remedy: 'Writes the list anew.',
      });
    if (!item.type.startsWith('image/')) continue;
    if (!item.metadata.alt) found.push({ kind: 'missing_alt', id, path, message: 'It has no alt text.' });
    if (!item.width)
      found.push({ kind: 'missing_size', id, path, message: 'Its size is not known.', remedy: 'Measures it.' });
  }
  for (const path of library.orphans)
    found.push({
      kind: 'orphan',
      path,
      message: 'The file is there, but not in the library.',
      remedy: 'Adds it to the library.',
    });
  return found;
}

const usedWord = (document: string): string =>
  document === 'theme' ? 'global:theme-settings' : document.replace(/^pages\//, '').replace(/^global\//, 'global:');

const tidy = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^\w.-]+/g, '-')
    .toLowerCase();

function freeName(library: Library, name: string): string {
  const dot = name.lastIndexOf('.');
  const taken = (wanted: string) => library.items.some(({ filename }) => filename === wanted);
  let free = name;
  for (let number = 2; taken(free); number += 1) free = `${name.slice(0, dot)}-${number}${name.slice(dot)}`;
  return free;
}

/** What an import does to a file of a type. */
function notesOf(type: string): ImportNote[] {
  if (type === 'image/jpeg') return [{ effect: 'removed', subject: 'exif', message: 'Removed EXIF data.' }];
  if (type === 'image/svg+xml') return [{ effect: 'removed', subject: 'scripts', message: 'Removed scripts.' }];
  return [];
}

const stamp = (): string => new Date().toISOString();

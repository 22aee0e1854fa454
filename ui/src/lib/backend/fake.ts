/**
 * A host that lives in the page: the same promises as the real one, in memory. It is what browser tests and design
 * work run against, so it never takes a short cut that the real one could not take.
 *
 * Query: `demos=N` `long=1` `added=1` `pace=real|fast|manual` `snapshot=fail|slow`; of documents `widgets=N` `fields=1`
 * `broken=1`; of media `items=N` `media=fail|slow`; of previews `site=<address>` where their pages are.
 */
import { FakeBuilds } from './fake/builds';
import { FakeContent, type FakeContentOptions } from './fake/content';
import { FakeMedia, type FakeMediaOptions } from './fake/media';
import { FakePreviews, type FakePreviewOptions } from './fake/preview';
import { addedTemplates, seedDemos, starters, workspaceFolder } from './fake/seed';
import { failureOf, freshDemo, steps } from './fake/creation';
import { pictureOf } from './fake/pictures';
import { FakeWindow } from './fake/window';
import { freeSlug, slugFrom, slugProblem } from './fake/slug';
import { statusOf } from './fake/status';
import type {
  AppEvent,
  Backend,
  CreateDemo,
  DemoView,
  DemoWarning,
  Failure,
  Notice,
  Settings,
  SlugCheck,
  Snapshot,
  State,
  Template,
} from './types';

type Pace = 'real' | 'fast' | 'manual';
type Body = AppEvent extends infer E ? (E extends unknown ? Omit<E, 'seq'> : never) : never;

interface Running {
  tick: () => boolean;
  timer?: ReturnType<typeof setTimeout>;
}

export interface FakeOptions {
  demos?: number;
  /** So many demos have edits of a time when the program ended before they were saved. */
  left?: number;
  long?: boolean;
  added?: boolean;
  pace?: Pace;
  snapshot?: 'ok' | 'fail' | 'slow';
  content?: Omit<FakeContentOptions, 'pace' | 'long' | 'templateOf'>;
  media?: Omit<FakeMediaOptions, 'pace' | 'long'>;
  previews?: Omit<FakePreviewOptions, 'pace'>;
}

const copy = <T>(value: T): T => structuredClone(value);
const refuse = (code: Failure['code'], message: string, field?: string): never => {
  const failure: Failure = { code, message, ...(field && { field }) };
  throw failure;
};

export class FakeBackend implements Backend {
  /** What the native dialogs answer next. */
  picks: { folder: string | null; files: string[]; file: string | null } = {
    file: '/home/mira/site.zip',
    folder: '/home/mira/sites/corner-shop',
    files: ['/home/mira/Pictures/logo.svg', '/home/mira/Pictures/shop front.jpg'],
  };
  opened: string[] = [];
  /** What there is to know about demos, by their slugs. */
  readonly warnings = new Map<string, DemoWarning[]>();
  /** Whether a fetch of submodules goes on until it is cancelled. */
  fetchHangs = false;
  #endFetch: (() => void) | undefined;
  /** A host that submodules cannot be fetched from. */
  unreachable: string | null = null;
  /** Whether the program was told to end, and was handed what was typed last. */
  ended: { asked: boolean; handedOver: boolean } = { asked: false, handedOver: false };
  readonly documents: FakeContent;
  readonly library: FakeMedia;
  readonly servers: FakePreviews;
  readonly outputs: FakeBuilds;
  readonly frame = new FakeWindow();

  #seq = 7;
  #demos = new Map<string, DemoView>();
  #trash = new Map<string, DemoView>();
  #templates: Template[];
  #requests = new Map<string, { request: CreateDemo; id: string }>();
  #running = new Map<string, Running>();
  #listeners = new Set<(event: AppEvent) => void>();
  #healed = false;
  #held: AppEvent[] | null = null;
  #options: FakeOptions;
  #pace: Pace;

  constructor(options: FakeOptions = {}) {
    this.#options = options;
    this.#pace = options.pace ?? 'real';
    const now = Date.now();
    this.#templates = [...copy(starters), ...(options.added ? addedTemplates(now) : [])];
    for (const demo of seedDemos({ count: options.demos ?? 0, long: options.long ?? false, now })) {
      this.#demos.set(demo.id, demo);
      this.#requests.set(demo.request_id, { id: demo.id, request: requestOf(demo) });
    }
    const { pace = 'real', long = false } = options;
    const tell = (event: Body): void => this.#emit(event);
    const templateOf = (id: string) => this.#demos.get(id)?.template.key;
    this.documents = new FakeContent({ ...options.content, pace, long, templateOf }, tell);
    for (const id of [...this.#demos.keys()].slice(0, options.left ?? 0))
      this.documents.leaveDraft(id, 'pages/index', { path: ['name'], value: 'Typed before' });
    this.library = new FakeMedia({ ...options.media, pace, long }, tell);
    this.servers = new FakePreviews({ ...options.previews, pace }, tell);
    this.outputs = new FakeBuilds({ pace }, tell);
  }

  // For tests: time and mishaps.

  /** Moves every creation on by `count` steps. */
  step(count = 1): void {
    for (let done = 0; done < count; done += 1) for (const running of [...this.#running.values()]) running.tick();
  }
  finish(): void {
    while (this.#running.size > 0) this.step();
  }
  /** The cause of every failure is gone. */
  heal(): void {
    this.#healed = true;
    this.#options.snapshot = 'ok';
  }
  /** Replies come before the events they go with, until `releaseEvents`. */
  holdEvents(): void {
    this.#held = [];
  }
  releaseEvents(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const event of held) this.#tell(event);
  }
  /** An event is lost on its way: the next one leaves a gap. */
  skipEvent(): void {
    this.#seq += 1;
  }
  /** Another process created a demo. */
  createdElsewhere(name: string): void {
    const slug = slugFrom(name);
    const demo = freshDemo(
      { slug, name, template: 'bakery', tags: [], brief: {}, assets: [] },
      `cli-${slug}`,
      'starter:bakery',
      stamp(),
    );
    this.#put(this.#completed(demo));
  }
  /** Another program put a link among the demos' folders. */
  linkedElsewhere(slug: string): void {
    const message = `${workspaceFolder}/demos/${slug} is a link to /elsewhere, which Backlot does not follow.`;
    const request = { slug, name: slug, template: '', tags: [], brief: {}, assets: [] };
    this.#settle(
      freshDemo(request, '', '', stamp()),
      { state: 'failed', error: { code: 'WrongState', message } },
      message,
    );
  }

  async subscribe(listener: (event: AppEvent) => void): Promise<() => void> {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  async ready(): Promise<void> {}

  async snapshot(): Promise<Snapshot> {
    if (this.#options.snapshot === 'slow') await new Promise((resolve) => setTimeout(resolve, 1500));
    if (this.#options.snapshot === 'fail')
      refuse('NotWritable', `The folder ${workspaceFolder} cannot be read. Check that its disk is there and retry.`);
    const demos = [...this.#demos.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
    return copy({ seq: this.#seq, version: '0.1.0', workspace: workspaceFolder, demos, templates: this.#templates });
  }

  async checkSlug(slug: string): Promise<SlugCheck> {
    const error = slugProblem(slug) ?? this.#taken(slug);
    return { slug, ...(error && { error }), suggestion: freeSlug(slug, (name) => !!this.#taken(name)) };
  }
  async suggestSlug(name: string): Promise<string> {
    return freeSlug(name, (slug) => !!this.#taken(slug));
  }

  async createDemo(request: CreateDemo): Promise<DemoView> {
    const requestId = request.request_id ?? crypto.randomUUID();
    const known = this.#requests.get(requestId);
    if (known) {
      const demo = this.#demos.get(known.id);
      if (demo && JSON.stringify(known.request) === JSON.stringify(request)) return copy(demo);
      refuse('RequestIdReused', 'This request was used before, for another demo. Nothing was created.');
    }
    const problem = slugProblem(request.slug) ?? this.#taken(request.slug);
    if (problem) throw problem;
    const template = this.#templates.find((one) => one.key === request.template || one.url === request.template);
    const url = template?.url ?? request.template;
    if (!template && !/[/:]/.test(url))
      refuse('NotFound', `There is no template “${url}”. Nothing was created.`, 'template');
    if (url.startsWith('http://'))
      refuse('UnsupportedUrl', 'Only https, ssh, file and local paths are cloned. Nothing was created.', 'template');
    for (const old of this.#demos.values()) if (old.slug === request.slug) this.#drop(old.id);
    const demo = freshDemo({ ...request, template: template?.key ?? request.template }, requestId, url, stamp());
    this.#requests.set(requestId, { request: copy(request), id: demo.id });
    this.#put(demo);
    this.#run(demo.id, false);
    return copy(demo);
  }

  async cancel(id: string): Promise<DemoView> {
    const demo = this.#get(id);
    this.#halt(demo.id);
    if (isUnderWay(demo)) {
      const message = 'The creation was cancelled. Nothing of it is left behind.';
      this.#settle(demo, { state: 'failed', error: { code: 'Cancelled', message } }, message);
    }
    return copy(this.#demos.get(demo.id)!);
  }
  async retry(id: string): Promise<DemoView> {
    const demo = this.#get(id);
    if (demo.status.state !== 'failed' && demo.status.state !== 'interrupted')
      refuse('WrongState', 'Only a failed or interrupted creation can be retried.');
    this.#settle(demo, { state: 'cloning' }, 'Waiting to start.');
    this.#run(demo.id, true);
    return copy(this.#demos.get(demo.id)!);
  }
  async dismiss(id: string): Promise<void> {
    const demo = this.#get(id);
    this.#drop(id);
    this.#requests.delete(demo.request_id);
  }

  async rename(id: string, name: string | null, slug: string | null): Promise<DemoView> {
    const demo = this.#get(id);
    if (slug !== null && slug !== demo.slug) {
      const problem = slugProblem(slug) ?? this.#taken(slug);
      if (problem) throw problem;
    }
    if (name !== null && name.trim() === '') refuse('InvalidInput', 'Give the demo a name.', 'name');
    const next = slug ?? demo.slug;
    const folder = `${workspaceFolder}/demos/${next}`;
    return copy(this.#put({ ...demo, name: name?.trim() ?? demo.name, slug: next, folder }));
  }
  async tag(id: string, tags: string[]): Promise<DemoView> {
    return copy(this.#put({ ...this.#get(id), tags: [...new Set(tags)] }));
  }
  async deleteDemo(id: string): Promise<DemoView> {
    const demo = this.#get(id);
    const trashed: DemoView = {
      ...demo,
      folder: `${workspaceFolder}/.trash/${id}`,
      status: statusOf({ state: 'trashed' }, 'In the trash.', stamp()),
    };
    this.#trash.set(id, trashed);
    this.#drop(id);
    return copy(trashed);
  }
  async restore(id: string): Promise<DemoView> {
    const demo = this.#trash.get(id) ?? refuse('NotFound', 'This demo is not in the trash any more.');
    if (this.#taken(demo.slug))
      refuse('AlreadyExists', `There is a demo named “${demo.slug}” again. Rename that one, then restore.`);
    this.#trash.delete(id);
    return copy(this.#put(this.#completed(demo)));
  }
  async purge(id: string): Promise<void> {
    if (!this.#trash.delete(id)) refuse('NotFound', 'This demo is not in the trash any more.');
    this.#emit({ kind: 'demo_removed', id });
  }
  async trash(): Promise<DemoView[]> {
    return copy([...this.#trash.values()].reverse());
  }
  async openFolder(id: string): Promise<void> {
    this.opened.push(this.#get(id).slug);
  }
  async demoWarnings(id: string): Promise<DemoWarning[]> {
    return copy(this.warnings.get(this.#get(id).slug) ?? []);
  }
  async fetchSubmodules(id: string): Promise<DemoWarning[]> {
    const { slug } = this.#get(id);
    const { unreachable } = this;
    if (unreachable) refuse('NoNetwork', `${unreachable} could not be reached. Nothing was changed; try again later.`);
    if (this.fetchHangs) {
      await new Promise<void>((resolve) => (this.#endFetch = resolve));
      refuse('Cancelled', 'Cancelled. What was begun has been removed.');
    }
    const left = (this.warnings.get(slug) ?? []).filter(({ code }) => code !== 'submodules');
    this.warnings.set(slug, left);
    return copy(left);
  }
  async cancelFetch(_id: string): Promise<void> {
    this.#endFetch?.();
  }

  async addTemplate(source: string, branch: string | null): Promise<Template> {
    const failure = this.#healed ? undefined : failureOf(source, false);
    if (failure) throw failure;
    const name =
      source
        .replace(/\/+$/, '')
        .split('/')
        .pop()
        ?.replace(/\.git$/, '') ?? source;
    const template: Template = {
      key: freeSlug(name, (key) => this.#templates.some((one) => one.key === key)),
      name,
      description: '',
      kind: source.startsWith('/') ? 'path' : 'url',
      url: source,
      branch: branch ?? 'main',
      commit: 'c07a8e3312bd'.repeat(4).slice(0, 40),
      added_at: stamp(),
      refreshed_at: stamp(),
    };
    this.#setTemplates([...this.#templates, template]);
    return copy(template);
  }
  async refreshTemplate(key: string): Promise<Template> {
    const found =
      this.#templates.find((one) => one.key === key) ?? refuse('NotFound', `There is no template “${key}”.`);
    const refreshed = { ...found, refreshed_at: stamp() };
    this.#setTemplates(this.#templates.map((one) => (one.key === key ? refreshed : one)));
    return copy(refreshed);
  }
  async removeTemplate(key: string): Promise<void> {
    this.#setTemplates(this.#templates.filter((one) => one.key !== key));
  }
  async templateThumbnail(key: string): Promise<string | null> {
    return pictureOf(key);
  }
  async demoThumbnail(id: string): Promise<string | null> {
    return pictureOf(this.#demos.get(id)?.template.key ?? '');
  }

  content: Backend['content'] = (...given) => this.documents.content(...given);
  openDocument: Backend['openDocument'] = (...given) => this.documents.openDocument(...given);
  closeDocument: Backend['closeDocument'] = (...given) => this.documents.closeDocument(...given);
  changeDocument: Backend['changeDocument'] = (...given) => this.documents.changeDocument(...given);
  undoDocument: Backend['undoDocument'] = (...given) => this.documents.undoDocument(...given);
  redoDocument: Backend['redoDocument'] = (...given) => this.documents.redoDocument(...given);
  /** What a test lets the whole workspace say. */
  tellNotices(notices: Notice[]): void {
    this.#emit({ kind: 'notices_changed', notices });
  }
  async quit(): Promise<void> {
    this.ended.asked = true;
    this.#emit({ kind: 'closing' });
  }
  async handedOver(): Promise<void> {
    this.ended.handedOver = true;
  }
  shows: Backend['shows'] = (...given) => this.frame.shows(...given);
  restored: Backend['restored'] = () => this.frame.restored();
  settingsNow: Settings = { save_after_seconds: 1, preview_private: 'auto' };
  async settings(): Promise<Settings> {
    return this.settingsNow;
  }
  async setSettings(settings: Settings): Promise<Settings> {
    if (settings.save_after_seconds < 1 || settings.save_after_seconds > 60)
      throw {
        code: 'InvalidInput',
        message: `Edits can be saved from 1 to 60 seconds after the last one, not ${settings.save_after_seconds}. Nothing was changed.`,
        field: 'save_after_seconds',
      } satisfies Failure;
    return (this.settingsNow = settings);
  }
  keepUnfinished: Backend['keepUnfinished'] = (...given) => this.documents.keepUnfinished(...given);
  flush: Backend['flush'] = (...given) => this.documents.flush(...given);
  conflict: Backend['conflict'] = (...given) => this.documents.conflict(...given);
  resolveConflict: Backend['resolveConflict'] = (...given) => this.documents.resolveConflict(...given);
  drafts: Backend['drafts'] = (...given) => this.documents.drafts(...given);
  leftDrafts: Backend['leftDrafts'] = () => this.documents.leftDrafts();
  applyDraft: Backend['applyDraft'] = (...given) => this.documents.applyDraft(...given);
  discardDraft: Backend['discardDraft'] = (...given) => this.documents.discardDraft(...given);
  restoreDraft: Backend['restoreDraft'] = (...given) => this.documents.restoreDraft(...given);
  addPage: Backend['addPage'] = (...given) => this.documents.addPage(...given);
  duplicatePage: Backend['duplicatePage'] = (...given) => this.documents.duplicatePage(...given);
  renamePage: Backend['renamePage'] = (...given) => this.documents.renamePage(...given);
  removePage: Backend['removePage'] = (...given) => this.documents.removePage(...given);
  restorePage: Backend['restorePage'] = (...given) => this.documents.restorePage(...given);
  addMenu: Backend['addMenu'] = (...given) => this.documents.addMenu(...given);
  removeMenu: Backend['removeMenu'] = (...given) => this.documents.removeMenu(...given);
  restoreMenu: Backend['restoreMenu'] = (...given) => this.documents.restoreMenu(...given);
  searchTexts: Backend['searchTexts'] = (...given) => this.documents.searchTexts(...given);

  media: Backend['media'] = (...given) => this.library.media(...given);
  mediaUrl: Backend['mediaUrl'] = (...given) => this.library.mediaUrl(...given);
  setMedia: Backend['setMedia'] = (...given) => this.library.setMedia(...given);
  imports: Backend['imports'] = (...given) => this.library.imports(...given);
  importMedia: Backend['importMedia'] = (...given) => this.library.importMedia(...given);
  cancelImport: Backend['cancelImport'] = (...given) => this.library.cancelImport(...given);
  replaceMedia: Backend['replaceMedia'] = (...given) => this.library.replaceMedia(...given);
  renameMedia: Backend['renameMedia'] = (...given) => this.library.renameMedia(...given);
  removeMedia: Backend['removeMedia'] = (...given) => this.library.removeMedia(...given);
  restoreMedia: Backend['restoreMedia'] = (...given) => this.library.restoreMedia(...given);
  mediaUses: Backend['mediaUses'] = (...given) => this.library.mediaUses(...given);
  checkMedia: Backend['checkMedia'] = (...given) => this.library.checkMedia(...given);
  repairMedia: Backend['repairMedia'] = (...given) => this.library.repairMedia(...given);
  onFileDrag: Backend['onFileDrag'] = (...given) => this.library.onFileDrag(...given);

  previews: Backend['previews'] = (...given) => this.servers.previews(...given);
  startPreview: Backend['startPreview'] = (...given) => this.servers.startPreview(...given);
  stopPreview: Backend['stopPreview'] = (...given) => this.servers.stopPreview(...given);
  previewOffer: Backend['previewOffer'] = (...given) => this.servers.previewOffer(...given);
  decidePreview: Backend['decidePreview'] = (...given) => this.servers.decidePreview(...given);
  previewLog: Backend['previewLog'] = (...given) => this.servers.previewLog(...given);
  openPreview: Backend['openPreview'] = (...given) => this.servers.openPreview(...given);
  openPreviewWindow: Backend['openPreviewWindow'] = (...given) => this.servers.openPreviewWindow(...given);

  builds: Backend['builds'] = (...given) => this.outputs.builds(...given);
  buildOutline: Backend['buildOutline'] = (...given) => this.outputs.buildOutline(...given);
  startBuild: Backend['startBuild'] = (...given) => this.outputs.startBuild(...given);
  cancelBuild: Backend['cancelBuild'] = (...given) => this.outputs.cancelBuild(...given);
  buildPlace: Backend['buildPlace'] = (...given) => this.outputs.buildPlace(...given);
  showBuild: Backend['showBuild'] = (...given) => this.outputs.showBuild(...given);

  async pickFolder(): Promise<string | null> {
    return this.picks.folder;
  }
  async pickFiles(): Promise<string[]> {
    return copy(this.picks.files);
  }
  async pickNewFile(): Promise<string | null> {
    return this.picks.file;
  }

  #run(id: string, isRetry: boolean): void {
    const plan = steps();
    let ticks = 0;
    const tick = (): boolean => {
      const demo = this.#demos.get(id);
      if (!demo) return this.#halt(id);
      ticks += 1;
      const failure = ticks === 3 && !this.#healed ? failureOf(demo.template.url, isRetry) : undefined;
      if (failure) {
        this.#settle(demo, { state: 'failed', error: failure }, failure.message);
        return this.#halt(id);
      }
      const { value, done } = plan.next();
      if (!done) {
        this.#settle(demo, value, 'Working.');
        return true;
      }
      this.#put(this.#completed(demo));
      void this.#remember(demo.template.url);
      return this.#halt(id);
    };
    const running: Running = { tick };
    this.#running.set(id, running);
    if (this.#pace === 'manual') return;
    const wait = this.#pace === 'fast' ? 8 : 160;
    const loop = (): void => {
      if (tick()) running.timer = setTimeout(loop, wait);
    };
    running.timer = setTimeout(loop, wait);
  }
  #halt(id: string): false {
    clearTimeout(this.#running.get(id)?.timer);
    this.#running.delete(id);
    return false;
  }

  #taken(slug: string): Failure | undefined {
    const demo = [...this.#demos.values()].find((one) => one.slug === slug);
    if (!demo) return undefined;
    if (isUnderWay(demo))
      return { code: 'InProgress', message: `A demo named “${slug}” is being created right now.`, field: 'slug' };
    if (demo.status.state !== 'ready') return undefined;
    return { code: 'AlreadyExists', message: `There is already a demo named “${slug}”.`, field: 'slug' };
  }
  #completed(demo: DemoView): DemoView {
    const commit = demo.template.commit || '9f2c4e1ab03d'.repeat(4).slice(0, 40);
    const template = { ...demo.template, commit, branch: demo.template.branch || 'main' };
    const known = this.#templates.find((one) => one.url === template.url);
    template.key ||= known?.key ?? slugFrom(template.url.split('/').pop() ?? '');
    return {
      ...demo,
      template,
      version_id: commit,
      folder: `${workspaceFolder}/demos/${demo.slug}`,
      status: statusOf({ state: 'ready' }, 'Ready.', stamp()),
    };
  }
  async #remember(url: string): Promise<void> {
    if (!this.#templates.some((one) => one.url === url)) await this.addTemplate(url, null);
  }
  #settle(demo: DemoView, state: State, message: string): void {
    this.#put({ ...demo, status: statusOf(state, message, stamp()) });
  }
  #get(id: string): DemoView {
    return this.#demos.get(id) ?? refuse('NotFound', 'This demo is not there any more.');
  }
  #put(changed: DemoView): DemoView {
    const demo = { ...changed, rev: (this.#demos.get(changed.id)?.rev ?? changed.rev) + 1 };
    this.#demos.set(demo.id, demo);
    this.#emit({ kind: 'demo_changed', demo });
    return demo;
  }
  #drop(id: string): void {
    this.#halt(id);
    if (this.#demos.delete(id)) this.#emit({ kind: 'demo_removed', id });
  }
  #setTemplates(templates: Template[]): void {
    this.#templates = templates;
    this.#emit({ kind: 'templates_changed', templates });
  }
  #emit(body: Body): void {
    this.#seq += 1;
    const event = copy({ ...body, seq: this.#seq }) as AppEvent;
    if (this.#held) this.#held.push(event);
    else this.#tell(event);
  }
  #tell(event: AppEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

const stamp = (): string => new Date().toISOString();
const isUnderWay = (demo: DemoView): boolean => demo.status.state === 'cloning' || demo.status.state === 'organizing';
const requestOf = ({ slug, name, template, tags, brief, request_id }: DemoView): CreateDemo => ({
  slug,
  name,
  template: template.key,
  tags,
  brief,
  assets: [],
  request_id,
});

/** A fake as the page's address asks for it; it is at `window.backlotFake` too. */
export function fakeFromQuery(query: URLSearchParams): FakeBackend {
  const fake = new FakeBackend({
    demos: Number(query.get('demos') ?? 0),
    left: Number(query.get('left') ?? 0),
    long: query.get('long') === '1',
    added: query.get('added') === '1',
    pace: (query.get('pace') as Pace | null) ?? 'real',
    snapshot: (query.get('snapshot') as 'fail' | 'slow' | null) ?? 'ok',
    content: {
      widgets: Number(query.get('widgets') ?? 0),
      fields: query.get('fields') === '1',
      broken: query.get('broken') === '1',
    },
    media: {
      ...(query.has('items') && { count: Number(query.get('items')) }),
      listing: (query.get('media') as 'fail' | 'slow' | null) ?? 'ok',
    },
    previews: { ...(query.has('site') && { address: query.get('site')! }) },
  });
  Object.assign(window, { backlotFake: fake });
  return fake;
}

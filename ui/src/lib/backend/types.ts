/**
 * The one door to the host. `tauri.ts` opens it in the app, `fake.ts` in a browser; nothing else knows which.
 *
 * Everything that is shown comes from `snapshot` and the events that follow on it. Replies of commands only tell that
 * a command was done, or why it was not: a rejection is always a `Failure`.
 */
import type { Change } from '../bindings/Change';
import type { Code } from '../bindings/Code';
import type { CreateDemo } from '../bindings/CreateDemo';
import type { DemoView } from '../bindings/DemoView';
import type { DemoWarning } from '../bindings/DemoWarning';
import type { Error as Failure } from '../bindings/Error';
import type { Event as Numbered } from '../bindings/Event';
import type { Notice } from '../bindings/Notice';
import type { Settings } from '../bindings/Settings';
import type { SlugCheck } from '../bindings/SlugCheck';
import type { Snapshot } from '../bindings/Snapshot';
import type { Template } from '../bindings/Template';
import type { BuildBackend } from './builds';
import type { ContentBackend } from './content';
import type { MediaBackend } from './media';
import type { PreviewBackend } from './preview';
import type { WindowBackend } from './window';

export type { Brief } from '../bindings/Brief';
export type { Phase } from '../bindings/Phase';
export type { State } from '../bindings/State';
export type { Progress } from '../bindings/Progress';
export type { Submodule } from '../bindings/Submodule';
export type * from './builds';
export type * from './content';
export type * from './media';
export type * from './preview';
export type * from './window';
export type { Code, CreateDemo, DemoView, DemoWarning, Failure, Notice, Settings, SlugCheck, Snapshot, Template };

export type AppEvent = Numbered<Change>;

export interface Backend extends ContentBackend, MediaBackend, PreviewBackend, BuildBackend, WindowBackend {
  /** Resolves once no later event can be missed. The function it gives ends the subscription. */
  subscribe(listener: (event: AppEvent) => void): Promise<() => void>;
  /** Tells the host that something worth showing has been painted. */
  ready(): Promise<void>;
  /** Ends the program, as closing its window does. */
  quit(): Promise<void>;
  /** Answers the event `closing`: what was typed last is with the host. */
  handedOver(): Promise<void>;
  snapshot(): Promise<Snapshot>;
  /** What is chosen for the whole workspace. */
  settings(): Promise<Settings>;
  setSettings(settings: Settings): Promise<Settings>;

  checkSlug(slug: string): Promise<SlugCheck>;
  suggestSlug(name: string): Promise<string>;

  createDemo(request: CreateDemo): Promise<DemoView>;
  cancel(id: string): Promise<DemoView>;
  retry(id: string): Promise<DemoView>;
  dismiss(id: string): Promise<void>;

  rename(id: string, name: string | null, slug: string | null): Promise<DemoView>;
  tag(id: string, tags: string[]): Promise<DemoView>;
  deleteDemo(id: string): Promise<DemoView>;
  restore(id: string): Promise<DemoView>;
  purge(id: string): Promise<void>;
  trash(): Promise<DemoView[]>;
  openFolder(id: string): Promise<void>;
  /** What a person should know about a demo, found out anew; nothing while it is not complete. */
  demoWarnings(id: string): Promise<DemoWarning[]>;
  /** Fetches every submodule that is not there, all or none; resolves with what there is still to know. */
  fetchSubmodules(id: string): Promise<DemoWarning[]>;
  /** Stops the fetch of a demo's submodules, which then rejects as cancelled; what has ended is left alone. */
  cancelFetch(id: string): Promise<void>;

  addTemplate(source: string, branch: string | null): Promise<Template>;
  refreshTemplate(key: string): Promise<Template>;
  removeTemplate(key: string): Promise<void>;
  templateThumbnail(key: string): Promise<string | null>;
  demoThumbnail(id: string): Promise<string | null>;

  pickFolder(title: string): Promise<string | null>;
  pickFiles(title: string): Promise<string[]>;
  /** Where a new file shall be; `name` is offered. */
  pickNewFile(title: string, name: string): Promise<string | null>;
}

/** Whatever was thrown, as the `{code, message, field?}` that the window can show. */
export function toFailure(thrown: unknown): Failure {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown) {
    return thrown as Failure;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'Internal', message };
}

/**
 * The part of the door that is about builds: a demo's whole site as a folder or a zip file.
 *
 * `demo` is always the demo's id. A build that was started goes on whatever the window does; events tell how.
 */
import type { Change } from '../bindings/Change';
import type { Build } from '../bindings/Build';
import type { BuildOutline } from '../bindings/BuildOutline';

export type { BuildPhase } from '../bindings/BuildPhase';
export type { BuildState } from '../bindings/BuildState';
export type { Build, BuildOutline };

/** Events about builds, each with the whole build. */
export type BuildEvent = Extract<Change, { kind: 'build_changed' }>;

export interface BuildBackend {
  /** The newest first. */
  builds(demo: string): Promise<Build[]>;
  /** What a build would be made of. */
  buildOutline(demo: string): Promise<BuildOutline>;
  /**
   * Begins a build; a target that ends with `.zip` is a file, any other a folder. Rejected with `field` `target` or `site_url`
   * when it cannot begin, and with `as_files` when the files are no finished site and nobody asked for them as they are; whatever
   * comes later is told by events.
   */
  startBuild(demo: string, target: string, siteUrl: string, asFiles: boolean): Promise<Build>;
  /** Nothing is left of it. */
  cancelBuild(id: string): Promise<void>;
  /** Where a build goes in a folder that a person chose: the folder itself if it is free for that, else a new one in it. */
  buildPlace(demo: string, folder: string): Promise<string>;
  /** Opens the folder that has it. */
  showBuild(demo: string, id: string): Promise<void>;
}

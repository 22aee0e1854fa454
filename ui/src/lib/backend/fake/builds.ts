/** The builds of fake demos: the promises of `BuildBackend`, kept in memory. Nothing is written. */
import type { Build, BuildBackend, BuildEvent, BuildOutline, BuildState } from '../builds';
import type { Failure } from '../types';

export interface FakeBuildOptions {
  pace?: 'real' | 'fast' | 'manual';
}
type Call = keyof BuildBackend;

const paces = { real: 400, fast: 5, manual: 0 } as const;
const copy = <T>(value: T): T => structuredClone(value);
const steps: BuildState[] = [
  { kind: 'running', phase: 'rendering', done: 2, total: 4 },
  { kind: 'running', phase: 'writing', done: 12, total: 26 },
  { kind: 'running', phase: 'finishing', done: 26, total: 26 },
  { kind: 'done' },
];

export class FakeBuilds implements BuildBackend {
  /** Folders that have something else in them. */
  readonly taken = new Set<string>();
  /** The builds that were shown in the file manager. */
  readonly shown: string[] = [];
  /** What builds are made of. */
  outline: BuildOutline = { is_rendered: true, problems: [] };
  readonly #builds = new Map<string, Build[]>();
  readonly #refusals = new Map<Call, Failure>();
  readonly #failures: Failure[] = [];
  readonly #notes: string[] = [];
  readonly #options: FakeBuildOptions;
  readonly #tell: (event: BuildEvent) => void;
  #number = 0;

  constructor(options: FakeBuildOptions, tell: (event: BuildEvent) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  // For tests: time and mishaps.

  /** Every build that runs is one step further. */
  step(): void {
    for (const build of [...this.#builds.values()].flat()) if (build.state.kind === 'running') this.#further(build);
  }
  /** The next call of this name is refused. */
  refuseNext(call: Call, failure: Failure): void {
    this.#refusals.set(call, failure);
  }
  /** The next build that is begun fails while it is written. */
  failNext(failure: Failure): void {
    this.#failures.push(failure);
  }
  /** Builds have this to say from now on. */
  note(...notes: string[]): void {
    this.#notes.push(...notes);
  }

  async builds(demo: string): Promise<Build[]> {
    this.#mayRefuse('builds');
    return copy(this.#builds.get(demo) ?? []);
  }
  async buildOutline(_demo: string): Promise<BuildOutline> {
    this.#mayRefuse('buildOutline');
    return copy(this.outline);
  }
  async startBuild(demo: string, target: string, siteUrl: string, asFiles: boolean): Promise<Build> {
    this.#mayRefuse('startBuild');
    const { sources, missing_submodules = [] } = this.outline;
    if (!asFiles && (sources || missing_submodules.length > 0)) {
      const message = 'The files are not a finished site. Nothing was built.';
      throw { code: 'WrongState', message, field: 'as_files' } satisfies Failure;
    }
    if (siteUrl !== '' && !/^https?:\/\/\S+$/.test(siteUrl)) {
      const message = `“${siteUrl}” is no address of a site. Use one such as https://example.com. Nothing was built.`;
      throw { code: 'InvalidInput', message, field: 'site_url' } satisfies Failure;
    }
    if (this.taken.has(target)) {
      const message = `${target} is there already: letter.txt in it is of no build. It was left untouched; choose another place.`;
      throw { code: 'AlreadyExists', message, field: 'target' } satisfies Failure;
    }
    const build: Build = {
      id: `build-${(this.#number += 1)}`,
      demo,
      version: '0.1.0',
      commit: 'dbafcf8260016e7460509407b8c19d83ae64b71d',
      has_changes: true,
      target,
      site_url: siteUrl,
      started: new Date().toISOString(),
      state: { kind: 'running', phase: 'rendering', done: 0, total: 0 },
      pages: 0,
      media: 0,
      files: 0,
      bytes: 0,
      notes: [],
    };
    this.#builds.set(demo, [build, ...(this.#builds.get(demo) ?? [])]);
    this.#tell({ kind: 'build_changed', build: copy(build) });
    this.#wait(build);
    return copy(build);
  }
  async cancelBuild(id: string): Promise<void> {
    this.#mayRefuse('cancelBuild');
    const build = [...this.#builds.values()].flat().find((one) => one.id === id);
    if (build?.state.kind === 'running') this.#end(build, { kind: 'cancelled' });
  }
  async buildPlace(_demo: string, folder: string): Promise<string> {
    this.#mayRefuse('buildPlace');
    return this.taken.has(folder) ? `${folder}/site` : folder;
  }
  async showBuild(_demo: string, id: string): Promise<void> {
    this.#mayRefuse('showBuild');
    this.shown.push(id);
  }

  #wait(build: Build): void {
    const { pace = 'real' } = this.#options;
    if (pace !== 'manual')
      setTimeout(() => {
        if (build.state.kind !== 'running') return;
        this.#further(build);
        this.#wait(build);
      }, paces[pace]);
  }
  #further(build: Build): void {
    const { state } = build;
    const at =
      state.kind === 'running' && state.total > 0
        ? steps.findIndex((step) => 'phase' in step && step.phase === state.phase)
        : -1;
    const next = steps[at + 1]!;
    if (at >= 0 && this.#failures.length > 0) {
      this.#end(build, { kind: 'failed', error: this.#failures.shift()! });
    } else if (next.kind === 'done') {
      const media = this.outline.is_rendered ? 15 : 0;
      Object.assign(build, { pages: 4, media, files: 26, bytes: 1_099_560, notes: [...this.#notes] });
      this.#end(build, next);
    } else {
      build.state = next;
      this.#tell({ kind: 'build_changed', build: copy(build) });
    }
  }
  #end(build: Build, state: BuildState): void {
    build.state = state;
    build.finished = new Date().toISOString();
    this.#tell({ kind: 'build_changed', build: copy(build) });
  }
  #mayRefuse(call: Call): void {
    const failure = this.#refusals.get(call);
    this.#refusals.delete(call);
    if (failure) throw failure;
  }
}

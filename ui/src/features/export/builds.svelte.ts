/** The builds of demos, as the host tells of them, and the question where the next one goes. */
import { getContext, setContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { toFailure, type Build, type BuildOutline, type DemoView, type Failure } from '$lib/backend';
import type { App } from '$lib/state/app';
import { Latest } from '$lib/state/latest';
import type { Inside } from '$lib/state/workspace.svelte';

/** What a person says of the build that is to be made. */
export interface Order {
  demo: DemoView;
  /** What a build is made of, as far as that is known. */
  outline: BuildOutline | undefined;
  target: string;
  siteUrl: string;
  /** The files are handed over as they are, although they are no finished site. */
  asFiles: boolean;
  /** Why it could not begin. */
  failure: Failure | null;
}

export class Builds {
  /** The dialog is open, and asks this. */
  order = $state<Order | null>(null);
  readonly #app: Pick<App, 'backend' | 'workspace' | 'toasts' | 'announcer' | 'attempt'>;
  readonly #known = new SvelteMap<string, readonly Build[]>();

  constructor(app: Pick<App, 'backend' | 'workspace' | 'toasts' | 'announcer' | 'attempt'>) {
    this.#app = app;
  }

  /** Listens until the function it gives is called. */
  run(): () => void {
    return this.#app.workspace.hear((event) => this.#hear(event));
  }

  of(demo: string): readonly Build[] {
    return this.#known.get(demo) ?? [];
  }
  running(demo: string): Build | undefined {
    return this.of(demo).find((build) => build.state.kind === 'running');
  }

  readonly #latest = new Map<string, Latest>();
  async load(demo: string): Promise<void> {
    const latest = this.#latest.get(demo) ?? new Latest();
    this.#latest.set(demo, latest);
    await this.#app.attempt(() =>
      latest.ask(
        () => this.#app.backend.builds(demo),
        (builds) => this.#known.set(demo, builds),
        (thrown) => {
          throw thrown;
        },
      ),
    );
  }
  /** Asks where the next build goes: where the last one went, until another place is chosen. */
  async ask(demo: DemoView): Promise<void> {
    const [outline] = await Promise.all([
      this.#app.attempt(() => this.#app.backend.buildOutline(demo.id)),
      this.load(demo.id),
    ]);
    const last = this.of(demo.id)[0];
    this.order = {
      demo,
      outline,
      target: last?.target ?? '',
      siteUrl: last?.site_url ?? '',
      asFiles: false,
      failure: null,
    };
  }

  async chooseFolder(): Promise<void> {
    const { order } = this;
    if (!order) return;
    const folder = await this.#app.attempt(() => this.#app.backend.pickFolder('Where the site is built'));
    if (folder) await this.#place(order, () => this.#app.backend.buildPlace(order.demo.id, folder));
  }
  async chooseZip(): Promise<void> {
    const { order } = this;
    if (!order) return;
    const name = `${order.demo.slug}.zip`;
    const file = await this.#app.attempt(() => this.#app.backend.pickNewFile('The zip file of the site', name));
    if (file) await this.#place(order, () => Promise.resolve(/\.zip$/i.test(file) ? file : `${file}.zip`));
  }
  async #place(order: Order, find: () => Promise<string>): Promise<void> {
    try {
      order.target = await find();
      order.failure = null;
    } catch (thrown) {
      order.failure = { ...toFailure(thrown), field: 'target' };
    }
  }

  async start(): Promise<void> {
    const { order } = this;
    if (!order?.target || this.running(order.demo.id)) return;
    order.failure = null;
    try {
      const { demo, target, siteUrl, asFiles } = order;
      this.#put(await this.#app.backend.startBuild(demo.id, target, siteUrl.trim(), asFiles), false);
    } catch (thrown) {
      order.failure = toFailure(thrown);
    }
  }
  async cancel(build: Build): Promise<void> {
    await this.#app.attempt(() => this.#app.backend.cancelBuild(build.id));
  }
  async show(build: Build): Promise<void> {
    await this.#app.attempt(() => this.#app.backend.showBuild(build.demo, build.id));
  }

  #hear(event: Inside): void {
    if (event.kind === 'missed') for (const demo of this.#known.keys()) void this.load(demo);
    if (event.kind !== 'build_changed') return;
    const { build } = event;
    this.#put(build, true);
    if (build.state.kind === 'running') return;
    const name = this.#app.workspace.demo(build.demo)?.name ?? 'The site';
    const isSeen = this.order?.demo.id === build.demo;
    if (build.state.kind === 'done') {
      this.#app.announcer.say(`${name} is built.`);
      const action = { label: 'Show', testid: 'build-toast-show', run: () => void this.show(build) };
      if (!isSeen) this.#app.toasts.show({ text: `“${name}” is built.`, tone: 'plain', action });
    } else if (build.state.kind === 'failed') {
      this.#app.announcer.say(`${name} could not be built. ${build.state.error.message}`);
      if (!isSeen) this.#app.toasts.show({ text: build.state.error.message, tone: 'bad' }, 9_000);
    }
  }
  /** An answer is older than what was told of the same build meanwhile. */
  #put(build: Build, isTold: boolean): void {
    const known = this.of(build.demo);
    const at = known.findIndex((one) => one.id === build.id);
    if (at >= 0 && !isTold) return;
    this.#known.set(build.demo, at >= 0 ? known.with(at, build) : [build, ...known]);
  }
}

const key = Symbol('builds');
export const provideBuilds = (builds: Builds): Builds => setContext(key, builds);
export const useBuilds = (): Builds => getContext<Builds>(key);

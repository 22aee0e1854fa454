/**
 * The previews of fake demos: the promises of `PreviewBackend`, kept in memory.
 *
 * Nothing is served: `address` is where a test, or whoever looks, has put a site. A demo that `own` was called for brings
 * a command, which must be trusted first and then takes its time.
 */
import type { Preview, PreviewBackend, PreviewDecision, PreviewEvent, PreviewLog, PreviewOffer } from '../preview';
import type { Failure } from '../types';

export interface FakePreviewOptions {
  address?: string;
  pace?: 'real' | 'fast' | 'manual';
}
type Call = keyof PreviewBackend;

const paces = { real: 900, fast: 10, manual: 0 } as const;
const copy = <T>(value: T): T => structuredClone(value);
const stamp = (): string => new Date().toISOString();
const refuse = (code: Failure['code'], message: string): never => {
  throw { code, message } satisfies Failure;
};

export class FakePreviews implements PreviewBackend {
  /** Every start that was asked for. */
  readonly starts: { demo: string; port: number | null }[] = [];
  /** The addresses that were opened in a browser. */
  readonly opened: string[] = [];
  readonly windows: string[] = [];
  readonly #previews = new Map<string, Preview>();
  readonly #offers = new Map<string, PreviewOffer>();
  readonly #logs = new Map<string, string>();
  readonly #refusals = new Map<Call, Failure>();
  readonly #options: FakePreviewOptions;
  readonly #tell: (event: PreviewEvent) => void;

  constructor(options: FakePreviewOptions, tell: (event: PreviewEvent) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  // For tests: time, mishaps, and what sites bring.

  /** What was starting runs now. */
  step(): void {
    for (const { demo, state } of [...this.#previews.values()]) if (state === 'starting') this.#runs(demo, 'command');
  }
  /** The next call of this name is refused. */
  refuseNext(call: Call, failure: Failure): void {
    this.#refusals.set(call, failure);
  }
  /** The demo's site brings its own command; given again, another one. */
  own(demo: string, more: Partial<PreviewOffer> = {}): void {
    this.#offers.set(demo, { ...copy(usual), ...copy(more) });
  }
  /** What serves a preview ends by itself. */
  crash(demo: string, message: string): void {
    this.#put({ demo, state: 'failed', error: { code: 'CommandFailed', message } });
  }
  /** The site's command writes a line. */
  say(demo: string, text: string): void {
    this.#logs.set(demo, (this.#logs.get(demo) ?? '') + text);
    this.#tell({ kind: 'preview_said', demo, text });
  }

  async previews(): Promise<Preview[]> {
    this.#mayRefuse('previews');
    return copy([...this.#previews.values()]);
  }
  async startPreview(demo: string, port: number | null): Promise<Preview> {
    this.starts.push({ demo, port });
    this.#mayRefuse('startPreview');
    const old = this.#previews.get(demo);
    if (old?.state === 'running' || old?.state === 'starting') return copy(old);
    const offer = this.#offers.get(demo);
    if (offer?.decision === 'undecided')
      refuse('NotTrusted', 'The site brings its own command. Look at it and decide whether it may run.');
    if (offer?.decision !== 'trusted') return copy(this.#runs(demo, offer ? 'files' : 'rendered', port));
    this.#logs.delete(demo);
    const preview = this.#put({ demo, kind: 'command', state: 'starting', since: stamp() });
    this.say(demo, `> ${offer.command.join(' ')}\n`);
    const { pace = 'real' } = this.#options;
    if (pace !== 'manual') setTimeout(() => this.step(), paces[pace]);
    return copy(preview);
  }
  async stopPreview(demo: string): Promise<Preview> {
    this.#mayRefuse('stopPreview');
    return copy(this.#put({ demo, state: 'stopped' }));
  }
  async previewOffer(demo: string): Promise<PreviewOffer | null> {
    this.#mayRefuse('previewOffer');
    return copy(this.#offers.get(demo) ?? null);
  }
  async decidePreview(demo: string, key: string, decision: PreviewDecision): Promise<PreviewOffer> {
    this.#mayRefuse('decidePreview');
    const offer = this.#offers.get(demo) ?? refuse('NotFound', 'The site brings no command any more.');
    if (offer.key !== key) refuse('Conflict', 'The command is not the one that was shown any more. Look at it again.');
    const decided: PreviewOffer = { ...offer, decision, changed: [] };
    this.#offers.set(demo, decided);
    return copy(decided);
  }
  async openPreview(demo: string, page: string): Promise<void> {
    this.#mayRefuse('openPreview');
    const preview = this.#previews.get(demo);
    if (preview?.state !== 'running') refuse('WrongState', 'The preview does not run. Start it, then open it.');
    else this.opened.push(preview.address + page);
  }
  async openPreviewWindow(demo: string, page: string): Promise<void> {
    this.#mayRefuse('openPreviewWindow');
    const preview = this.#previews.get(demo);
    if (preview?.state !== 'running') refuse('WrongState', 'The preview is not running. Start it first.');
    else this.windows.push(preview.address + page);
  }
  async previewLog(demo: string): Promise<PreviewLog> {
    this.#mayRefuse('previewLog');
    return { text: this.#logs.get(demo) ?? '', is_cut: false };
  }

  #runs(demo: string, kind: 'command' | 'files' | 'rendered', port: number | null = null): Preview {
    const address = this.#options.address ?? 'http://127.0.0.1:40123';
    const given = port ?? Number(new URL(address).port);
    const preview = this.#put({ demo, kind, state: 'running', address, port: given, pid: 4711, since: stamp() });
    if (kind === 'command') this.say(demo, `  Local: ${address}/\n`);
    return preview;
  }
  #put(preview: Preview): Preview {
    if (preview.state === 'stopped') this.#previews.delete(preview.demo);
    else this.#previews.set(preview.demo, preview);
    this.#tell({ kind: 'preview_changed', preview: copy(preview) });
    return preview;
  }
  #mayRefuse(call: Call): void {
    const failure = this.#refusals.get(call);
    this.#refusals.delete(call);
    if (failure) throw failure;
  }
}

const usual: PreviewOffer = {
  command: ['npm', 'run', 'dev'],
  scripts: [{ name: 'dev', line: 'vite --strictPort --host 127.0.0.1' }],
  found_in: 'package.json',
  commit: '9f2c4e1ab03d7765c8e1f0aa41d2c9be53f08d17',
  lockfile: { name: 'package-lock.json', hash: 'b1946ac92492d2347c6235b4d2611184c1d2d2f0f7f9a2c2e2b5f4a1a0d6e9c3' },
  needs_install: false,
  key: 'offer-1',
  decision: 'undecided',
  changed: [],
};

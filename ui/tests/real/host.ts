/** The loopback host, which runs the real backend: how tests begin a session in it and act on it from outside. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Code, Json } from '../../src/lib/backend/types';
import { trustServers } from './git';

/** What a workspace holds at the start; the same scenario always gives the same demos. */
export interface Scenario {
  demos?: number;
  long?: boolean;
  added?: boolean;
}

/** Starts the host, which `cargo xtask test` has built, and names its address; it ends with the function that comes along. */
export async function startHost(): Promise<{ address: string; stop: () => void }> {
  const program = process.env.BACKLOT_TEST_HOST;
  if (!program)
    throw new Error(
      'BACKLOT_TEST_HOST names no program: run the tests with “cargo xtask test” or “cargo xtask browser”.',
    );
  const forget = await trustServers();
  const host = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const stop = () => {
    host.stdin.end();
    void forget();
  };
  for await (const address of createInterface({ input: host.stdout })) return { address, stop };
  throw new Error('The loopback host ended at once.');
}

/** A workspace of its own, opened by the host as the window opens it. */
export class Session {
  readonly #host: string;
  readonly token: string;
  /** The folder of the workspace. */
  readonly workspace: string;
  /** A folder beside it, for what a person has elsewhere. */
  readonly outside: string;
  readonly #cli: string;

  private constructor(host: string, about: { token: string; workspace: string; outside: string; cli: string }) {
    this.#host = host;
    this.token = about.token;
    this.workspace = about.workspace;
    this.outside = about.outside;
    this.#cli = about.cli;
  }

  static async begin(host: string, scenario: Scenario): Promise<Session> {
    return new Session(host, (await send(new URL('host/sessions', host), scenario)) as never);
  }

  async end(): Promise<void> {
    await fetch(new URL(`host/sessions/${this.token}`, this.#host), { method: 'DELETE' });
  }

  /** Does an operation as the window would. */
  call<T>(operation: string, request: unknown = null): Promise<T> {
    return send(new URL(`host/${this.token}/call/${operation}`, this.#host), request) as Promise<T>;
  }

  #control(act: object): Promise<unknown> {
    return send(new URL(`host/${this.token}/control`, this.#host), act);
  }

  /** Calls of an operation wait before it begins, until it is released. */
  hold = (operation: string) => this.#control({ do: 'hold', operation });
  release = (operation: string) => this.#control({ do: 'release', operation });
  /** The next calls of an operation are refused, and nothing is done. */
  refuse = (operation: string, error: { code: Code; message: string; field?: string }, times = 1) =>
    this.#control({ do: 'refuse', operation, error, times });
  /** No call of an operation is refused any more. */
  accept = (operation: string) => this.#control({ do: 'accept', operation });
  /** How many calls of an operation have come. */
  calls = (operation: string) => this.#control({ do: 'calls', operation }) as Promise<number>;
  /** Events are kept back until they are released. */
  holdEvents = () => this.#control({ do: 'hold_events' });
  releaseEvents = () => this.#control({ do: 'release_events' });
  /** The next event gets lost. */
  skipEvent = () => this.#control({ do: 'skip_event' });
  /** What the next dialog answers; nothing is what who changes their mind answers. */
  pick = (...paths: string[]) => this.#control({ do: 'pick', paths });
  /** What was opened with other programs so far: `folder`, `url`, or `window` for a page in a window of its own. */
  opened = () => this.#control({ do: 'opened' }) as Promise<Record<string, string>[]>;
  /** What the interface asked of its window. */
  shell = () =>
    this.#control({ do: 'shell' }) as Promise<{ shown: boolean; quit: boolean; handed_over: boolean; view: Json }>;
  /** What the interface goes back to at its next start, after its web process has ended. */
  restore = (restored: { place: unknown; preview: string | null; why: string }) =>
    this.#control({ do: 'restore', restored });
  /** Files are dragged over the window. */
  drag = (drag: object) => this.#control({ do: 'drag', drag });
  /** The program says that it ends soon. */
  close = () => this.#control({ do: 'close' });

  /** Where a demo's site is. */
  site = (slug: string): string => join(this.workspace, 'demos', slug, 'site');

  /** A file of a demo's site as it is on the disk; nothing if there is none. */
  async read(slug: string, path: string): Promise<string | undefined> {
    return readFile(join(this.site(slug), path), 'utf8').catch(() => undefined);
  }

  /** Writes a file of a demo's site as another program does: in one step. */
  async write(slug: string, path: string, contents: string | Uint8Array): Promise<void> {
    const place = join(this.site(slug), path);
    await mkdir(dirname(place), { recursive: true });
    const aside = join(this.outside, 'written');
    await writeFile(aside, contents);
    await rename(aside, place);
  }

  /** Removes a file of a demo's site as another program does. */
  remove = (slug: string, path: string) => rm(join(this.site(slug), path), { recursive: true });

  /** Makes a file beside the workspace, and names it. */
  async file(name: string, contents: string | Uint8Array): Promise<string> {
    const place = join(this.outside, name);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, contents);
    return place;
  }

  /** Runs the CLI on the workspace, as a process of its own; gives its answer. */
  async cli<T = unknown>(...words: string[]): Promise<T> {
    const { stdout } = await promisify(execFile)(this.#cli, ['--workspace', this.workspace, '--json', ...words]);
    return JSON.parse(stdout || 'null') as T;
  }
}

async function send(url: URL, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.headers.get('Content-Type')?.startsWith('application/json') !== true)
    throw new Error(`The loopback host answered ${answer.status} to ${url.pathname}: ${await answer.text()}`);
  const said: unknown = await answer.json();
  if (!answer.ok) throw Object.assign(new Error((said as { message: string }).message), said);
  return said;
}

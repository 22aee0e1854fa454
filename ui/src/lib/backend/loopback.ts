/**
 * The carrier in a browser: HTTP to the loopback host, which runs the real backend for tests and for work on the interface.
 * The page is served beside it, so its requests go to where the page came from.
 */
import { backendOver } from './host';
import type { Backend, Failure } from './types';

/** The host's operations in the session of that token. */
export function loopback(token: string): Backend {
  const base = new URL(`host/${token}/`, document.baseURI);
  // As in the app media have an origin of their own: a browser opens few connections to one, and pictures would keep calls waiting.
  const media = location.hostname === 'tauri.localhost' ? new URL(base.pathname, 'http://media.localhost/') : base;
  const events = new Events(new URL('events', base));
  return backendOver({
    async call<T>(operation: string, request: unknown): Promise<T> {
      const answer = await fetch(new URL(`call/${operation}`, base), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(request ?? null),
      });
      if (answer.ok) return answer.json() as Promise<T>;
      const isFailure = answer.headers.get('Content-Type')?.startsWith('application/json');
      const failure: Failure = isFailure
        ? await answer.json()
        : { code: 'Internal', message: `The loopback host answered ${answer.status}: ${await answer.text()}` };
      throw failure;
    },
    listen: (channel, listener) => events.listen(channel, listener as (payload: unknown) => void),
    mediaUrl: (place) => new URL(`media/${place}`, media).href,
  });
}

/** One stream of events for the whole page. */
class Events {
  readonly #listeners = new Map<string, Set<(payload: unknown) => void>>();
  readonly #open: Promise<void>;

  constructor(address: URL) {
    const source = new EventSource(address);
    this.#open = new Promise((done) => source.addEventListener('open', () => done(), { once: true }));
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const { channel, payload } = JSON.parse(data) as { channel: string; payload: unknown };
      this.#listeners.get(channel)?.forEach((listener) => listener(payload));
    });
  }

  async listen(channel: string, listener: (payload: unknown) => void): Promise<() => void> {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
    await this.#open;
    return () => listeners.delete(listener);
  }
}

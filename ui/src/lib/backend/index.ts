import type { Backend } from './types';

export * from './types';

/** The host: Tauri in the app, the loopback host in a browser. Each is loaded only where it is used; the app's own build has only its own. */
export async function openBackend(): Promise<Backend> {
  if ('__TAURI_INTERNALS__' in window) return (await import('./tauri')).tauri;
  if (import.meta.env.MODE === 'production')
    throw new Error('This window is part of the app and shows nothing by itself.');
  const query = new URLSearchParams(location.search);
  const session = query.get('session');
  if (session) return (await import('./loopback')).loopback(session);
  const { fakeFromQuery } = await import('./fake');
  return fakeFromQuery(query);
}

import type { Backend } from './types';

export * from './types';

/** The host's door in the app, the fake in a browser. Each is loaded only where it is used; the app's own build has no fake. */
export async function openBackend(): Promise<Backend> {
  if ('__TAURI_INTERNALS__' in window) return (await import('./tauri')).tauri;
  if (import.meta.env.MODE === 'production')
    throw new Error('This window is part of the app and shows nothing by itself.');
  const { fakeFromQuery } = await import('./fake');
  return fakeFromQuery(new URLSearchParams(location.search));
}

import type { Backend } from './types';

export * from './types';

/** The host's door in the app, the fake in a browser. Each is loaded only where it is used. */
export async function openBackend(): Promise<Backend> {
  if ('__TAURI_INTERNALS__' in window) return (await import('./tauri')).tauri;
  const { fakeFromQuery } = await import('./fake');
  return fakeFromQuery(new URLSearchParams(location.search));
}

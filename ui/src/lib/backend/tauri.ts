/** The carrier in the app: calls are Tauri's, and media come by a scheme of their own. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { backendOver } from './host';
import type { Backend } from './types';

export const tauri: Backend = backendOver({
  call: (operation, request) => invoke('call', { operation, request }),
  listen: <T>(channel: string, listener: (payload: T) => void) =>
    listen<T>(channel, (event) => listener(event.payload)),
  mediaUrl: (place) => `media://localhost/${place}`,
});

/** The door in the app: each method is one command of the host. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { AppEvent, Backend } from './types';

export const tauri: Backend = {
  subscribe: (listener) => listen<AppEvent>('backlot', (event) => listener(event.payload)),
  ready: () => invoke('app_ready'),
  snapshot: () => invoke('app_snapshot'),

  checkSlug: (slug) => invoke('demo_slug_check', { slug }),
  suggestSlug: (name) => invoke('demo_slug_suggest', { name }),

  createDemo: (request) => invoke('demo_create', { request }),
  cancel: (requestId) => invoke('demo_cancel', { requestId }),
  retry: (requestId) => invoke('demo_retry', { requestId }),
  dismiss: (requestId) => invoke('demo_dismiss', { requestId }),

  rename: (id, name, slug) => invoke('demo_rename', { id, name, slug }),
  tag: (id, tags) => invoke('demo_tag', { id, tags }),
  deleteDemo: (id) => invoke('demo_delete', { id }),
  restore: (id) => invoke('demo_restore', { id }),
  purge: (id) => invoke('demo_purge', { id }),
  trash: () => invoke('demo_trash'),
  openFolder: (id) => invoke('demo_open_folder', { id }),

  addTemplate: (source, branch) => invoke('template_add', { source, branch }),
  refreshTemplate: (key) => invoke('template_refresh', { key }),
  removeTemplate: (key) => invoke('template_remove', { key }),
  templateThumbnail: (key) => invoke('template_thumbnail', { key }),
  demoThumbnail: (id) => invoke('demo_thumbnail', { id }),

  pickFolder: (title) => invoke('pick_folder', { title }),
  pickFiles: (title) => invoke('pick_files', { title }),
};

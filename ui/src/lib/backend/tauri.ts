/** The door in the app: each method is one command of the host. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { AppEvent, Backend, FileDrag } from './types';

export const tauri: Backend = {
  subscribe: (listener) => listen<AppEvent>('backlot', (event) => listener(event.payload)),
  ready: () => invoke('app_ready'),
  quit: () => invoke('app_quit'),
  handedOver: () => invoke('app_handed_over'),
  shows: (shown) => invoke('window_shows', { shown }),
  restored: () => invoke('window_restored'),
  settings: () => invoke('settings_get'),
  setSettings: (settings) => invoke('settings_set', { settings }),
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
  demoWarnings: (id) => invoke('demo_warnings', { id }),
  fetchSubmodules: (id) => invoke('demo_fetch_submodules', { id }),
  cancelFetch: (id) => invoke('demo_cancel_fetch', { id }),

  addTemplate: (source, branch) => invoke('template_add', { source, branch }),
  refreshTemplate: (key) => invoke('template_refresh', { key }),
  removeTemplate: (key) => invoke('template_remove', { key }),
  templateThumbnail: (key) => invoke('template_thumbnail', { key }),
  demoThumbnail: (id) => invoke('demo_thumbnail', { id }),

  pickFolder: (title) => invoke('pick_folder', { title }),
  pickFiles: (title) => invoke('pick_files', { title }),
  pickNewFile: (title, name) => invoke('pick_new_file', { title, name }),

  content: (demo) => invoke('content_list', { demo }),
  openDocument: (demo, document) => invoke('document_open', { demo, document }),
  closeDocument: (demo, document) => invoke('document_close', { demo, document }),
  changeDocument: (demo, document, change) => invoke('document_change', { demo, document, change }),
  undoDocument: (demo, document) => invoke('document_undo', { demo, document }),
  redoDocument: (demo, document) => invoke('document_redo', { demo, document }),
  keepUnfinished: (demo, document, text) => invoke('document_keep_unfinished', { demo, document, text }),
  flush: (demo) => invoke('document_flush', { demo }),
  conflict: (demo, document) => invoke('document_conflict', { demo, document }),
  resolveConflict: (demo, document, keep) => invoke('document_resolve', { demo, document, keep }),
  drafts: (demo) => invoke('draft_list', { demo }),
  leftDrafts: () => invoke('draft_left'),
  applyDraft: (demo, id) => invoke('draft_apply', { demo, id }),
  discardDraft: (demo, id) => invoke('draft_discard', { demo, id }),
  restoreDraft: (demo, id) => invoke('draft_restore', { demo, id }),
  addPage: (demo, name) => invoke('page_add', { demo, name }),
  duplicatePage: (demo, document) => invoke('page_duplicate', { demo, document }),
  renamePage: (demo, document, name, slug) => invoke('page_rename', { demo, document, name, slug }),
  removePage: (demo, document) => invoke('page_remove', { demo, document }),
  restorePage: (demo, token) => invoke('page_restore', { demo, token }),
  addMenu: (demo, name) => invoke('menu_add', { demo, name }),
  removeMenu: (demo, document) => invoke('menu_remove', { demo, document }),
  restoreMenu: (demo, token) => invoke('menu_restore', { demo, token }),
  searchTexts: (demo, query) => invoke('page_search', { demo, query }),

  media: (demo) => invoke('media_list', { demo }),
  mediaUrl: (demo, { path, uploaded }, size) =>
    `media://localhost/${demo}/${size}/${segments(path)}?v=${encodeURIComponent(uploaded)}`,
  setMedia: (demo, id, change) => invoke('media_set', { demo, id, change }),
  importMedia: (demo, files) => invoke('media_import', { demo, files }),
  imports: (demo) => invoke('media_imports', { demo }),
  cancelImport: (id) => invoke('media_cancel_import', { id }),
  replaceMedia: (demo, id, file) => invoke('media_replace', { demo, id, file }),
  renameMedia: (demo, id, filename) => invoke('media_rename', { demo, id, filename }),
  removeMedia: (demo, ids, evenIfUsed) => invoke('media_remove', { demo, ids, evenIfUsed }),
  restoreMedia: (demo, token) => invoke('media_restore', { demo, token }),
  mediaUses: (demo, ids) => invoke('media_uses', { demo, ids }),
  checkMedia: (demo) => invoke('media_check', { demo }),
  repairMedia: (demo, findings) => invoke('media_repair', { demo, findings }),

  previews: () => invoke('preview_list'),
  startPreview: (demo, port) => invoke('preview_start', { demo, port }),
  stopPreview: (demo) => invoke('preview_stop', { demo }),
  previewOffer: (demo) => invoke('preview_offer', { demo }),
  decidePreview: (demo, key, decision) => invoke('preview_trust', { demo, key, decision }),
  previewLog: (demo) => invoke('preview_log', { demo }),

  openPreview: (demo, page) => invoke('preview_open', { demo, page }),
  openPreviewWindow: (demo, page) => invoke('preview_open_window', { demo, page }),

  builds: (demo) => invoke('build_list', { demo }),
  buildOutline: (demo) => invoke('build_outline', { demo }),
  startBuild: (demo, target, siteUrl, asFiles) => invoke('build_start', { demo, target, siteUrl, asFiles }),
  cancelBuild: (id) => invoke('build_cancel', { id }),
  buildPlace: (demo, folder) => invoke('build_place', { demo, folder }),
  showBuild: (demo, id) => invoke('build_show', { demo, id }),

  onFileDrag: (listener) => listen<FileDrag>('backlot-drag', (event) => listener(event.payload)),
};

const segments = (path: string): string => path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/');

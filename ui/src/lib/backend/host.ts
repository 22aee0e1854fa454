/** The operations of the host as the interface calls them, over whatever carries them there. */
import { operations } from '../bindings/operations';
import type { AppEvent, Backend, FileDrag } from './types';

/** What carries calls and events between the interface and the host. */
export interface Carrier {
  /** Does the operation of that name; rejects with a `Failure`. */
  call<T>(operation: string, request: unknown): Promise<T>;
  /** Hears what the host says on a channel. Resolves once nothing can be missed; the function it gives ends that. */
  listen<T>(channel: string, listener: (payload: T) => void): Promise<() => void>;
  /** The URL of a file of a demo's media, at `place` below all of them. */
  mediaUrl(place: string): string;
}

const nothing = () => undefined;

export function backendOver(carrier: Carrier): Backend {
  const host = operations((operation, request) => carrier.call(operation, request));
  return {
    subscribe: (listener) => carrier.listen<AppEvent>('backlot', listener),
    ready: () => host.showWindow(),
    quit: () => host.quit(),
    handedOver: () => host.confirmClosing(),
    shows: (view) => host.reportView({ view }),
    restored: () => host.takeRestoredView(),
    settings: () => host.getSettings(),
    setSettings: (settings) => host.setSettings({ settings }),
    snapshot: () => host.getSnapshot(),

    checkSlug: (slug) => host.checkSlug({ slug }),
    suggestSlug: (name) => host.suggestSlug({ name }),

    createDemo: (request) => host.createDemo(request),
    cancel: (demo) => host.cancelCreation({ demo }),
    retry: (demo) => host.retryCreation({ demo }),
    dismiss: (demo) => host.dismissCreation({ demo }),

    rename: (demo, name, slug) => host.renameDemo({ demo, name: name ?? undefined, slug: slug ?? undefined }),
    tag: (demo, tags) => host.tagDemo({ demo, tags }),
    deleteDemo: (demo) => host.deleteDemo({ demo }),
    restore: (demo) => host.restoreDemo({ demo }),
    purge: (demo) => host.purgeDemo({ demo }).then(nothing),
    trash: () => host.listTrash(),
    openFolder: (demo) => host.openDemoFolder({ demo }),
    demoWarnings: (demo) => host.listDemoWarnings({ demo }),
    fetchSubmodules: (demo) => host.fetchSubmodules({ demo }).then(() => host.listDemoWarnings({ demo })),
    cancelFetch: (demo) => host.cancelSubmoduleFetch({ demo }),

    addTemplate: (source, branch) => host.addTemplate({ source, branch: branch ?? undefined }),
    refreshTemplate: (key) => host.refreshTemplate({ key }),
    removeTemplate: (key) => host.removeTemplate({ key }),
    templateThumbnail: (key) => host.getTemplateScreenshot({ key }),
    demoThumbnail: (demo) => host.getDemoScreenshot({ demo }),

    pickFolder: (title) => host.pickFolder({ title }),
    pickFiles: (title) => host.pickFiles({ title }),
    pickNewFile: (title, name) => host.pickNewFile({ title, name }),

    content: (demo) => host.listContent({ demo }),
    openDocument: (demo, document) => host.openDocument({ demo, document }),
    closeDocument: (demo, document) => host.closeDocument({ demo, document }),
    changeDocument: (demo, document, change) => host.editDocument({ demo, document, change }),
    undoDocument: (demo, document) => host.undoEdit({ demo, document }),
    redoDocument: (demo, document) => host.redoEdit({ demo, document }),
    keepUnfinished: (demo, document, text) => host.keepUnfinishedText({ demo, document, text: text ?? undefined }),
    flush: (demo) => host.saveEdits({ demo: demo ?? undefined }),
    conflict: (demo, document) => host.showConflict({ demo, document }),
    resolveConflict: (demo, document, keep) => host.resolveConflict({ demo, document, keep }),
    drafts: (demo) => host.listDrafts({ demo }),
    leftDrafts: () => host.listDemosWithDrafts(),
    applyDraft: (demo, draft) => host.applyDraft({ demo, draft }),
    discardDraft: (demo, draft) => host.discardDraft({ demo, draft }),
    restoreDraft: (demo, draft) => host.restoreDraft({ demo, draft }),
    addPage: (demo, name) => host.addPage({ demo, name }),
    duplicatePage: (demo, page) => host.duplicatePage({ demo, page }),
    renamePage: (demo, page, name, slug) => host.renamePage({ demo, page, name, slug: slug ?? undefined }),
    removePage: (demo, page) => host.removePage({ demo, page }),
    restorePage: (demo, token) => host.restorePage({ demo, token }),
    addMenu: (demo, name) => host.addMenu({ demo, name }),
    removeMenu: (demo, menu) => host.removeMenu({ demo, menu }),
    restoreMenu: (demo, token) => host.restoreMenu({ demo, token }),
    searchTexts: (demo, query) => host.searchContent({ demo, query }),

    media: (demo) => host.listMedia({ demo }),
    mediaUrl: (demo, { path, uploaded }, size) =>
      carrier.mediaUrl(`${demo}/${size}/${segments(path)}?v=${encodeURIComponent(uploaded)}`),
    setMedia: async (demo, id, change) => {
      const { files } = await host.setMediaMetadata({ demo, id, change });
      return files[0]!;
    },
    importMedia: (demo, files) => host.importMedia({ demo, files }),
    imports: (demo) => host.listImports({ demo }),
    cancelImport: (id) => host.cancelImport({ id }),
    replaceMedia: (demo, id, file) => host.replaceMedia({ demo, id, file }),
    renameMedia: (demo, id, filename) => host.renameMedia({ demo, id, filename }),
    removeMedia: (demo, ids, evenIfUsed) => host.removeMedia({ demo, ids, even_if_used: evenIfUsed }),
    restoreMedia: (demo, token) => host.restoreMedia({ demo, token }),
    mediaUses: (demo, ids) => host.listMediaUses({ demo, ids }),
    checkMedia: (demo) => host.checkMedia({ demo }),
    repairMedia: (demo, findings) => host.repairMedia({ demo, findings }),

    previews: () => host.listPreviews(),
    startPreview: (demo, port) => host.startPreview({ demo, port: port ?? undefined }),
    stopPreview: (demo) => host.stopPreview({ demo }),
    previewOffer: (demo) => host.showPreviewCommand({ demo }),
    decidePreview: (demo, key, decision) => host.decidePreviewCommand({ demo, key, decision }),
    previewLog: (demo) => host.showPreviewLog({ demo }),

    openPreview: (demo, page) => host.openPreview({ demo, page }),
    openPreviewWindow: (demo, page) => host.openPreviewWindow({ demo, page }),

    builds: (demo) => host.listBuilds({ demo }),
    buildOutline: (demo) => host.outlineBuild({ demo }),
    startBuild: (demo, target, siteUrl, asFiles) =>
      host.buildDemo({ demo, target, site_url: siteUrl, as_files: asFiles }),
    cancelBuild: (id) => host.cancelBuild({ id }),
    buildPlace: (demo, folder) => host.suggestBuildTarget({ demo, folder }),
    showBuild: (demo, id) => host.openBuildFolder({ demo, id }),

    onFileDrag: (listener) => carrier.listen<FileDrag>('backlot-drag', listener),
  };
}

const segments = (path: string): string => path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/');

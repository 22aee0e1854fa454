/**
 * The part of the door that is about previews: a demo's site on a port of this machine.
 *
 * What is shown of a preview is what the host says of it, which asks its process and its port: never that somebody clicked.
 * A demo that is in neither `previews` nor an event is stopped.
 */
import type { Change } from '../bindings/Change';
import type { Preview } from '../bindings/Preview';
import type { PreviewDecision } from '../bindings/PreviewDecision';
import type { PreviewLog } from '../bindings/PreviewLog';
import type { PreviewOffer } from '../bindings/PreviewOffer';

export type { PreviewKind } from '../bindings/PreviewKind';
export type { PreviewState } from '../bindings/PreviewState';
export type { Preview, PreviewDecision, PreviewLog, PreviewOffer };

/** Events about previews: each with the whole preview, or whole lines of what a site's own command said. */
export type PreviewEvent = Extract<Change, { kind: 'preview_changed' | 'preview_said' }>;

/** `demo` is always the demo's id. */
export interface PreviewBackend {
  /** Those that are not stopped, of all programs. */
  previews(): Promise<Preview[]>;
  /**
   * Starts it, or joins the one that runs. What is unsaved of the demo is saved before. A site's own command answers `starting`
   * first. Refused with `NotTrusted` while its command is not decided on: show `previewOffer`, then `decidePreview`, then start.
   */
  startPreview(demo: string, port: number | null): Promise<Preview>;
  /** Resolves when nothing of it is left; at most a few seconds. */
  stopPreview(demo: string): Promise<Preview>;
  /** The command that the site brings to serve itself, with all that is decided on; none when it is rendered or has none. */
  previewOffer(demo: string): Promise<PreviewOffer | null>;
  /** Decides on the offer of that key. Rejected with `Conflict` when it has changed since: show it again. */
  decidePreview(demo: string, key: string, decision: PreviewDecision): Promise<PreviewOffer>;
  /** Shows a page of a preview that runs, such as `/about`, in the person's own browser. */
  openPreview(demo: string, page: string): Promise<void>;
  /** Shows it in a window of its own, which a page that hangs cannot leave; it closes with the preview. */
  openPreviewWindow(demo: string, page: string): Promise<void>;
  /** The end of what the site's own command said, also after it has ended. */
  previewLog(demo: string): Promise<PreviewLog>;
}

/**
 * What the app's window says to a preview in its frame, by `frame.contentWindow.postMessage(message, address)`, where `address`
 * is the preview's own. Show it as `<iframe sandbox="allow-scripts allow-forms allow-same-origin" src={address}>`.
 */
export type ToFrame =
  /** Asks for `ready`, should it have been missed. */
  | { backlot: 'hello' }
  /** Clicks choose widgets instead of following links. */
  | { backlot: 'select-mode'; on: boolean }
  /** Outlines a widget and scrolls to it, unless `scroll` is false; none takes the outline away. */
  | { backlot: 'select'; widget: string | null; scroll?: boolean }
  /** What is being typed, to be shown where the page shows it as it is, until the site has made it. */
  | { backlot: 'type'; page: string; texts: TypedText[] };
/** A text of a widget (or `header`, or `footer`), or of a block of it, that was `before`. */
export interface TypedText {
  widget: string;
  block: string | null;
  setting: string;
  before: string;
  text: string;
}

/** What a preview in a frame says to the window. Heed it only when `event.origin` is the preview's address. */
export type FromFrame =
  /** A page has been loaded; `page` is its path, such as `/about`. */
  | { backlot: 'ready'; page: string; title: string }
  /** A widget was clicked in select mode. */
  | { backlot: 'selected'; page: string; widget: string };

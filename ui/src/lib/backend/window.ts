/**
 * The part of the door that is about the window itself. A page in a frame can freeze or crash the process that draws the window;
 * the host then loads the window again, which goes back to where the person was.
 */

/** What the window shows. */
export interface Shown {
  /** The demo whose page is in a frame. */
  preview: string | null;
  /** Where the person is, in the window's own terms; the host keeps it as it is. */
  place: unknown;
}

export interface Restored {
  /** The `place` that was reported last; null if none was. */
  place: unknown;
  /** The demo whose page was in a frame then. */
  preview: string | null;
  why: 'unresponsive' | 'memory' | 'crashed';
}

export interface WindowBackend {
  /** Reports what is shown, whenever that changes. */
  shows(shown: Shown): Promise<void>;
  /** What was shown before the window was loaded again; null after an ordinary start. Answered once. */
  restored(): Promise<Restored | null>;
}

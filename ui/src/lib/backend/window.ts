/**
 * The part of the door that is about the window itself. A page in a frame can freeze or crash the process that draws the window;
 * the host then loads the window again, which goes back to where the person was.
 */

import type { Restored } from '../bindings/Restored';
import type { WindowView } from '../bindings/WindowView';

export type { Restored, WindowView };

export interface WindowBackend {
  /** Reports what is shown, whenever that changes. */
  shows(view: WindowView): Promise<void>;
  /** What was shown before the window was loaded again; null after an ordinary start. Answered once. */
  restored(): Promise<Restored | null>;
}

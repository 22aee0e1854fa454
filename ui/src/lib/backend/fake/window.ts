/** What a host keeps of the window while its web process is ended and started again: here it is the tab that keeps it. */
import type { Restored, WindowView, WindowBackend } from '../types';

const name = 'backlot.fake.window';

export class FakeWindow implements WindowBackend {
  shown: WindowView | null = null;

  async shows(shown: WindowView): Promise<void> {
    this.shown = structuredClone(shown);
  }
  async restored(): Promise<Restored | null> {
    const kept = sessionStorage.getItem(name);
    sessionStorage.removeItem(name);
    return kept === null ? null : (JSON.parse(kept) as Restored);
  }
  /** Ends the page as a host ends one that hangs, and loads it again. */
  crash(why: Restored['why']): void {
    const { place = null, preview = null } = this.shown ?? {};
    sessionStorage.setItem(name, JSON.stringify({ place, preview, why } satisfies Restored));
    location.reload();
  }
}

/** What the window does by itself when a demo changes: it tells of it, and keeps something selected. */
import type { DemoView } from '$lib/backend';
import { isUnderWay, phaseWord, progressOf } from '$lib/demo/states';
import type { App } from '$lib/state/app';

/** `onleft` is called when what was shown is gone and something else stands in its place. */
export function followDemos(app: App, onleft: () => void): () => void {
  const { workspace, place, listing, announcer } = app;
  return workspace.watch((now, before) => {
    if (now) {
      const news = newsOf(now, before);
      if (news) announcer.say(news);
    } else if (before && place.view === 'demo' && place.selected === before.id) {
      listing.leave(before);
      onleft();
    }
  });
}

/** One sentence when something worth hearing happened. Counts are not: they would never stop. */
export function newsOf(now: DemoView, before: DemoView | null): string | undefined {
  const wasAtWork = before !== null && isUnderWay(before);
  if (isUnderWay(now)) {
    const phase = progressOf(now)?.phase;
    const same = wasAtWork && phase === progressOf(before)?.phase;
    return same || !phase ? undefined : `${now.name}: ${phaseWord(phase)}`;
  }
  if (!wasAtWork) return undefined;
  const { status } = now;
  if (status.state === 'ready') return `${now.name} is ready.`;
  if (status.state === 'failed' && status.error.code === 'Cancelled') return `${now.name} was cancelled.`;
  if (status.state === 'failed') return `${now.name} failed. ${status.error.message}`;
  return `${now.name}: ${status.message}`;
}

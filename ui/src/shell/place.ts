/** Where the person is in the window, as the host keeps it for a window that has to be loaded again. */
import type { Restored } from '$lib/backend';
import { everything, type Criteria } from '$lib/demo/filter';
import type { App } from '$lib/state/app';
import type { Tab, View } from '$lib/state/place.svelte';
import type { Draft, KeptDraft } from '../features/create/draft.svelte';
import type { Editor } from '../features/editor/editor.svelte';
import type { Spot } from '../features/editor/site.svelte';
import type { Stage } from '../features/preview/stage.svelte';
import { stoppedText } from '../features/preview/stopped';

interface KeptPlace {
  view: View;
  selected: string | null;
  tab: Tab;
  criteria: Criteria;
  /** With the setting that has focus. */
  open: Spot | null;
  draft: KeptDraft;
}
interface Parts {
  app: App;
  editor: Editor;
  draft: Draft;
  stage: Stage;
}

export function placeOf({ app: { place }, editor, draft }: Parts): KeptPlace {
  const { view, selected, tab, criteria } = place;
  const spot = selected === null ? null : editor.site(selected).spot;
  const field = document.activeElement?.closest<HTMLElement>('[data-path]');
  const open = spot && { ...spot, path: field?.dataset.path?.split('/') ?? [] };
  return { view, selected, tab, criteria: { ...criteria }, open, draft: draft.kept() };
}

/** Goes back to where the person was, without the page that was shown there, and says why. */
export function goBack({ place: given, preview, why }: Restored, { app, editor, draft, stage }: Parts): void {
  const kept = given as KeptPlace | null;
  const shown = kept?.selected == null ? undefined : app.workspace.demo(kept.selected);
  if (kept) {
    draft.bringBack(kept.draft);
    app.place.criteria = { ...everything, ...kept.criteria };
    app.place.tab = kept.tab;
    if (kept.view === 'trash') app.place.openTrash();
    else if (kept.view === 'create') app.place.create();
    else if (shown) {
      if (kept.open) editor.site(shown.id).resumeAt(kept.open);
      app.place.show(shown);
    }
  }
  if (preview !== null) stage.close(preview, why);
  const text = stoppedText(why, preview === null ? undefined : app.workspace.demo(preview)?.name);
  app.toasts.show({ text, tone: 'bad' }, 15_000);
  app.announcer.say(text);
}

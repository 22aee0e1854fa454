/** Brings one file of this machine into a library, for whoever wants to use it at once. */
import type { MediaImport, MediaItem } from '$lib/backend';
import type { App } from '$lib/state/app';
import { deskOf } from './desk.svelte';
import { kindOf, kindWord, withArticle, type MediaKind } from './kinds';

export interface Brought {
  item?: MediaItem;
  /** Why there is no item to use. */
  problem?: string;
}

/** Asks for a file and adds it; one that is there already is as good. `onbegun` hears of the import. */
export async function bringOne(
  app: App,
  demo: string,
  kind: MediaKind,
  onbegun: (begun: MediaImport) => void = () => {},
): Promise<Brought> {
  const desk = deskOf(app);
  const [file] = await app.backend.pickFiles('Add a file and use it');
  if (!file) return {};
  const begun = await desk.begin(demo, [file]);
  onbegun(begun);
  const ended = await desk.ended(begun.id);
  desk.dismiss(begun.id);
  const id = ended.added[0] ?? ended.duplicates[0]?.id;
  if (!id) return { problem: ended.failed[0]?.error.message };
  const library = desk.library(demo);
  await library.load();
  const item = library.item(id);
  if (item && kind !== 'file' && kindOf(item) !== kind)
    return { problem: `${item.filename} was added, but it is not ${withArticle(kindWord(kind))}.` };
  return { item };
}

/** Brings one file of this machine into the library, for a field. */
import type { MediaImport } from '$lib/backend';
import { deskOf, type MediaDesk } from '$lib/media/desk.svelte';
import { kindOf, kindWord, type MediaKind } from '$lib/media/kinds';
import type { Library } from '$lib/media/library.svelte';
import type { App } from '$lib/state/app';

export interface Imported {
  path?: string;
  problem?: string;
}

export async function importOne(app: App, library: Library, kind: MediaKind): Promise<Imported> {
  const [file] = await app.backend.pickFiles('Add a file and use it');
  if (!file) return {};
  const desk = deskOf(app);
  const { id } = await desk.begin(library.demo, [file]);
  const ended = await endOf(desk, id);
  desk.dismiss(id);
  const refused = ended.failed[0]?.error.message;
  const added = ended.added[0] ?? ended.duplicates[0]?.id;
  if (!added) return refused ? { problem: refused } : {};
  await library.load();
  const item = library.item(added);
  if (!item) return {};
  if (kind !== 'file' && kindOf(item) !== kind)
    return { problem: `${item.filename} was added to the library, but it is not of the kind ${kindWord(kind)}.` };
  return { path: item.path };
}

function endOf(desk: MediaDesk, id: string): Promise<MediaImport> {
  return new Promise((resolve) => {
    const stop = $effect.root(() => {
      $effect(() => {
        const one = desk.imports.find((known) => known.id === id);
        if (!one || one.state === 'running') return;
        resolve(one);
        queueMicrotask(() => stop());
      });
    });
  });
}

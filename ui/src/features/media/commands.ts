/** The commands of the Media tab; they are there while it is. */
import FilePen from '@lucide/svelte/icons/file-pen';
import LayoutGrid from '@lucide/svelte/icons/layout-grid';
import Replace from '@lucide/svelte/icons/replace';
import Search from '@lucide/svelte/icons/search';
import Stethoscope from '@lucide/svelte/icons/stethoscope';
import Trash2 from '@lucide/svelte/icons/trash-2';
import Upload from '@lucide/svelte/icons/upload';
import type { Command } from '$lib/commands/registry.svelte';
import { keepLook } from './habits';
import type { MediaTabState } from './tab.svelte';

export function mediaCommands(tab: MediaTabState, focusSearch: () => void): Command[] {
  const { browse } = tab;
  const group = 'Media';
  const browsing = () => !tab.checking;
  return [
    { id: 'media.add', title: 'Add files…', group, icon: Upload, shortcut: 'Mod+U', run: () => tab.add() },
    { id: 'media.search', title: 'Search media', group, icon: Search, enabled: browsing, run: focusSearch },
    {
      id: 'media.check',
      title: 'Check media',
      group,
      icon: Stethoscope,
      enabled: browsing,
      run: () => void (tab.checking = true),
    },
    {
      id: 'media.look',
      title: 'Show as tiles or as a list',
      group,
      icon: LayoutGrid,
      enabled: browsing,
      run: () => {
        browse.look = browse.look === 'grid' ? 'list' : 'grid';
        keepLook(browse.look);
      },
    },
    {
      id: 'media.rename',
      title: 'Rename the file',
      group,
      icon: FilePen,
      enabled: () => browsing() && tab.single !== undefined,
      run: () => void (tab.renaming = tab.single?.id ?? null),
    },
    {
      id: 'media.replace',
      title: 'Replace the file…',
      group,
      icon: Replace,
      enabled: () => browsing() && tab.single !== undefined,
      run: () => tab.replace(tab.single!),
    },
    {
      id: 'media.delete',
      title: 'Delete the chosen files',
      group,
      icon: Trash2,
      enabled: () => browsing() && browse.selection.chosen.length > 0,
      run: () => tab.delete(),
    },
  ];
}

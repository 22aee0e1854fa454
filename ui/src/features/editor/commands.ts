/** The commands of the Content tab. */
import Braces from '@lucide/svelte/icons/braces';
import ClipboardPaste from '@lucide/svelte/icons/clipboard-paste';
import Copy from '@lucide/svelte/icons/copy';
import CopyPlus from '@lucide/svelte/icons/copy-plus';
import FilePlus from '@lucide/svelte/icons/file-plus';
import ListPlus from '@lucide/svelte/icons/list-plus';
import ListTree from '@lucide/svelte/icons/list-tree';
import Redo2 from '@lucide/svelte/icons/redo-2';
import Save from '@lucide/svelte/icons/save';
import Search from '@lucide/svelte/icons/search';
import Trash2 from '@lucide/svelte/icons/trash-2';
import Undo2 from '@lucide/svelte/icons/undo-2';
import type { Command } from '$lib/commands/registry.svelte';
import type { App } from '$lib/state/app';
import { isTyping } from '$lib/ui/keys';
import type { Acts } from './acts';
import { readClip } from './clipboard';
import { kindOf } from './documents';
import type { Editor } from './editor.svelte';

export interface Places {
  addWidget: () => void;
  search: () => void;
  nameNew: (what: 'new' | 'new menu') => void;
  focusList: () => void;
}

/** Whether keys typed now belong to a text that has nothing to do with the document. */
function isElsewhere(): boolean {
  const { activeElement } = document;
  if (activeElement?.closest('[data-own-undo]')) return true;
  return isTyping(activeElement) && !activeElement!.closest('[data-document-form]');
}

export function editorCommands(app: App, editor: Editor, acts: Acts, places: Places): Command[] {
  const { site } = acts;
  const group = 'Content';
  const isPage = () => site.session !== null && kindOf(site.session.name) === 'page' && !site.session.problem;
  const step = (work: 'undo' | 'redo') => () =>
    app.attempt(async () => {
      await acts.settled();
      await site.session?.[work]();
      // What is shown as text is the text that the host has.
      if (site.raw) await site.session?.reopen();
    });
  return [
    {
      id: 'editor.save',
      title: 'Save now',
      group,
      icon: Save,
      shortcut: 'Mod+S',
      run: () => editor.save(site.demo),
    },
    {
      id: 'editor.undo',
      title: 'Undo',
      group,
      icon: Undo2,
      shortcut: 'Mod+Z',
      enabled: () => site.session !== null && (site.session.canUndo || site.session.waiting > 0),
      byKey: () => !isElsewhere(),
      run: async () => void (await step('undo')()),
    },
    {
      id: 'editor.redo',
      title: 'Redo',
      group,
      icon: Redo2,
      shortcut: 'Mod+Shift+Z',
      alternate: 'Mod+Y',
      enabled: () => site.session?.canRedo === true,
      byKey: () => !isElsewhere(),
      run: async () => void (await step('redo')()),
    },
    {
      id: 'editor.addWidget',
      title: 'Add a widget…',
      group,
      icon: ListPlus,
      shortcut: 'Mod+Shift+A',
      enabled: () => isPage() && !site.raw,
      run: places.addWidget,
    },
    {
      id: 'editor.duplicate',
      title: 'Duplicate the widget or block',
      group,
      icon: CopyPlus,
      enabled: () => acts.chosen !== null,
      run: () => acts.duplicate(),
    },
    {
      id: 'editor.copy',
      title: 'Copy the widget or block',
      group,
      icon: Copy,
      enabled: () => acts.chosen !== null,
      run: () => void acts.copy(),
    },
    {
      id: 'editor.paste',
      title: 'Paste a widget or block',
      group,
      icon: ClipboardPaste,
      enabled: () => site.session?.content !== undefined && !site.raw,
      run: async () => acts.paste(await readClip()),
    },
    {
      id: 'editor.remove',
      title: 'Delete the widget or block',
      group,
      icon: Trash2,
      enabled: () => acts.chosen !== null,
      run: () => acts.remove(),
    },
    {
      id: 'editor.search',
      title: 'Search the texts of this site…',
      group,
      icon: Search,
      shortcut: 'Mod+Shift+F',
      run: places.search,
    },
    {
      id: 'editor.list',
      title: 'Go to the list of widgets',
      group,
      icon: ListTree,
      shortcut: 'Mod+Shift+L',
      run: places.focusList,
    },
    {
      id: 'editor.raw',
      title: 'Show the form or the JSON',
      group,
      icon: Braces,
      shortcut: 'Mod+J',
      enabled: () => site.session !== null && !site.session.problem,
      run: () => void (site.raw = !site.raw),
    },
    { id: 'page.add', title: 'New page…', group, icon: FilePlus, run: () => places.nameNew('new') },
    { id: 'menu.add', title: 'New menu…', group, icon: ListTree, run: () => places.nameNew('new menu') },
  ];
}

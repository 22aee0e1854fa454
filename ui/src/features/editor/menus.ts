/** What the menus of the lists offer. */
import ArrowDown from '@lucide/svelte/icons/arrow-down';
import ArrowUp from '@lucide/svelte/icons/arrow-up';
import ClipboardPaste from '@lucide/svelte/icons/clipboard-paste';
import Copy from '@lucide/svelte/icons/copy';
import CopyPlus from '@lucide/svelte/icons/copy-plus';
import Pencil from '@lucide/svelte/icons/pencil';
import Plus from '@lucide/svelte/icons/plus';
import Scissors from '@lucide/svelte/icons/scissors';
import Trash2 from '@lucide/svelte/icons/trash-2';
import type { MenuItem } from '$lib/ui/menuitem';
import type { Acts } from './acts';
import { readClip } from './clipboard';
import { kindOf, type Entry } from './documents';
import type { PageActs } from './pages';

/** For the row that is selected. */
export function rowMenu(acts: Acts, onadd: (of: { blocksOf: string | null } | null) => void): MenuItem[] {
  const { chosen } = acts;
  const { session, selection } = acts.site;
  const isPage = session !== null && kindOf(session.name) === 'page';
  const canNest = (acts.typeAt(selection.widget)?.blocks.length ?? 0) > 0 && (!isPage || selection.widget !== null);
  const add: MenuItem[] = [
    ...(isPage ? [{ label: 'Add widget below', icon: Plus, run: () => onadd(null) }] : []),
    ...(canNest && acts.hasRoom(selection.widget)
      ? [{ label: 'Add block', icon: Plus, run: () => onadd({ blocksOf: selection.widget }) }]
      : []),
  ];
  const paste: MenuItem = {
    label: 'Paste',
    icon: ClipboardPaste,
    shortcut: 'Mod+V',
    run: () => void readClip().then((clip) => acts.paste(clip)),
  };
  if (!chosen) return [...add, { ...paste, parted: add.length > 0 }];
  return [
    { label: 'Move up', icon: ArrowUp, shortcut: 'Alt+↑', disabled: !acts.step(-1), run: () => void acts.move(-1) },
    {
      label: 'Move down',
      icon: ArrowDown,
      shortcut: 'Alt+↓',
      disabled: !acts.step(1),
      run: () => void acts.move(1),
    },
    { label: 'Duplicate', icon: CopyPlus, shortcut: 'Mod+D', parted: true, run: () => void acts.duplicate() },
    { label: 'Copy', icon: Copy, shortcut: 'Mod+C', run: () => void acts.copy() },
    { label: 'Cut', icon: Scissors, shortcut: 'Mod+X', run: () => void acts.cut() },
    paste,
    ...add.map((item, at) => ({ ...item, parted: at === 0 })),
    {
      label: 'Delete',
      icon: Trash2,
      shortcut: 'Delete',
      parted: true,
      testid: 'menu-delete',
      run: () => void acts.remove(),
    },
  ];
}

export const wholeMenuMenu = (pages: PageActs, { document }: Entry, onrename: () => void): MenuItem[] => [
  { label: 'Rename', icon: Pencil, shortcut: 'F2', testid: 'menu-rename', run: onrename },
  {
    label: 'Delete',
    icon: Trash2,
    shortcut: 'Delete',
    parted: true,
    testid: 'menu-delete',
    run: () => void pages.removeMenu(document),
  },
];
export const pageMenu = (pages: PageActs, { document }: Entry, onrename: () => void): MenuItem[] => [
  { label: 'Rename', icon: Pencil, shortcut: 'F2', testid: 'menu-rename', run: onrename },
  { label: 'Duplicate', icon: CopyPlus, shortcut: 'Mod+D', run: () => void pages.duplicate(document) },
  {
    label: 'Delete',
    icon: Trash2,
    shortcut: 'Delete',
    parted: true,
    testid: 'menu-delete',
    run: () => void pages.remove(document),
  },
];

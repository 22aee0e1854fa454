/** The commands of the window. Buttons, shortcuts and the palette find them by their id. */
import CircleX from '@lucide/svelte/icons/circle-x';
import Copy from '@lucide/svelte/icons/copy';
import FileText from '@lucide/svelte/icons/file-text';
import FolderOpen from '@lucide/svelte/icons/folder-open';
import FolderPlus from '@lucide/svelte/icons/folder-plus';
import House from '@lucide/svelte/icons/house';
import Images from '@lucide/svelte/icons/images';
import List from '@lucide/svelte/icons/list';
import ListX from '@lucide/svelte/icons/list-x';
import Pencil from '@lucide/svelte/icons/pencil';
import Plus from '@lucide/svelte/icons/plus';
import Power from '@lucide/svelte/icons/power';
import RotateCcw from '@lucide/svelte/icons/rotate-ccw';
import Search from '@lucide/svelte/icons/search';
import SettingsIcon from '@lucide/svelte/icons/settings';
import SquarePen from '@lucide/svelte/icons/square-pen';
import Trash2 from '@lucide/svelte/icons/trash-2';
import Undo2 from '@lucide/svelte/icons/undo-2';
import X from '@lucide/svelte/icons/x';
import type { DemoView } from '$lib/backend';
import type { Command } from '$lib/commands/registry.svelte';
import { isReady, isStopped, isUnderWay } from '$lib/demo/states';
import type { App } from '$lib/state/app';
import type { Tab } from '$lib/state/place.svelte';

/** Where the commands can put focus, and what they can open. */
export interface Window {
  openPalette(): void;
  openSettings(): Promise<void>;
  focusSearch(): void;
  focusList(): void;
  focusPane(): void;
  editAgain(demo: DemoView): void;
}

export const tabs: { id: Tab; word: string; icon: Command['icon']; shortcut: string }[] = [
  { id: 'overview', word: 'Overview', icon: House, shortcut: 'Mod+1' },
  { id: 'content', word: 'Content', icon: FileText, shortcut: 'Mod+2' },
  { id: 'media', word: 'Media', icon: Images, shortcut: 'Mod+3' },
];

export function windowCommands(app: App, window: Window): Command[] {
  const { backend, place, listing, toasts, workspace } = app;
  const selected = () => listing.selected;
  const when = (fits: (demo: DemoView) => boolean) => () => {
    const demo = selected();
    return demo !== undefined && fits(demo);
  };
  const act = (work: (demo: DemoView) => Promise<unknown>) => async () => {
    const demo = selected();
    if (demo) await app.attempt(() => work(demo));
  };
  /** In the other tabs these keys are about what is shown there, never about the demo. */
  const isAboutDemo = () =>
    place.tab === 'overview' || document.activeElement?.closest('nav[aria-label="Demos"]') !== null;
  const undoable = () => toasts.list.find((toast) => toast.action?.testid === 'undo-button');

  async function restore(demo: DemoView) {
    const restored = await app.attempt(() => backend.restore(demo.id));
    if (!restored) return;
    workspace.admit(restored);
    place.show(restored);
    window.focusList();
  }
  async function remove(demo: DemoView) {
    await backend.deleteDemo(demo.id);
    toasts.show({
      text: `Deleted “${demo.name}”.`,
      tone: 'plain',
      action: { label: 'Undo', hint: 'Mod+Z', testid: 'undo-button', run: () => void restore(demo) },
    });
  }
  async function retry(demo: DemoView) {
    const again = await backend.retry(demo.id);
    workspace.admit(again);
    place.show(again);
  }

  return [
    {
      id: 'demo.new',
      title: 'New demo',
      group: 'Demos',
      icon: Plus,
      shortcut: 'Mod+N',
      run: () => {
        place.create();
        window.focusPane();
      },
    },
    {
      id: 'list.search',
      title: 'Search demos',
      group: 'Demos',
      icon: Search,
      shortcut: 'Mod+F',
      run: window.focusSearch,
    },
    { id: 'list.focus', title: 'Go to the list', group: 'Demos', icon: List, shortcut: 'Mod+L', run: window.focusList },
    {
      id: 'list.clear',
      title: 'Clear search and filters',
      group: 'Demos',
      icon: ListX,
      enabled: () => listing.isFiltered,
      run: () => place.clearCriteria(),
    },
    ...tabs.map(({ id, word, icon, shortcut }): Command => ({
      id: `tab.${id}`,
      title: `Show ${word}`,
      group: 'This demo',
      icon,
      shortcut,
      enabled: when(isReady),
      run: () => void (place.tab = id),
    })),
    {
      id: 'demo.openFolder',
      title: 'Open folder',
      group: 'This demo',
      icon: FolderOpen,
      shortcut: 'Mod+O',
      enabled: when(isReady),
      run: act((demo) => backend.openFolder(demo.id)),
    },
    {
      id: 'demo.rename',
      title: 'Rename',
      group: 'This demo',
      icon: Pencil,
      shortcut: 'F2',
      byKey: isAboutDemo,
      enabled: when(isReady),
      run: () => void (place.renaming = place.selected),
    },
    {
      id: 'demo.copyPath',
      title: 'Copy the folder’s path',
      group: 'This demo',
      icon: Copy,
      shortcut: 'Mod+Shift+C',
      enabled: when((demo) => demo.folder !== undefined),
      run: act((demo) => navigator.clipboard.writeText(demo.folder ?? '')),
    },
    {
      id: 'demo.cancel',
      title: 'Cancel the creation',
      group: 'This demo',
      icon: X,
      shortcut: 'Mod+.',
      enabled: when(isUnderWay),
      run: act((demo) => backend.cancel(demo.id)),
    },
    {
      id: 'demo.retry',
      title: 'Retry the creation',
      group: 'This demo',
      icon: RotateCcw,
      shortcut: 'Mod+R',
      enabled: when(isStopped),
      run: act(retry),
    },
    {
      id: 'demo.edit',
      title: 'Edit and create again',
      group: 'This demo',
      icon: SquarePen,
      shortcut: 'Mod+E',
      enabled: when(isStopped),
      run: act(async (demo) => window.editAgain(demo)),
    },
    {
      id: 'demo.dismiss',
      title: 'Dismiss',
      group: 'This demo',
      icon: CircleX,
      shortcut: 'Delete',
      notWhileTyping: true,
      enabled: when(isStopped),
      run: act((demo) => backend.dismiss(demo.id)),
    },
    {
      id: 'demo.delete',
      title: 'Delete',
      group: 'This demo',
      icon: Trash2,
      shortcut: 'Delete',
      notWhileTyping: true,
      byKey: isAboutDemo,
      enabled: when(isReady),
      run: act(remove),
    },
    {
      id: 'demo.undoDelete',
      title: 'Undo the last delete',
      group: 'Demos',
      icon: Undo2,
      shortcut: 'Mod+Z',
      notWhileTyping: true,
      enabled: () => undoable() !== undefined,
      run: () => toasts.act(undoable()!.id),
    },
    {
      id: 'trash.open',
      title: 'Open the trash',
      group: 'Demos',
      icon: Trash2,
      shortcut: 'Mod+Shift+T',
      run: () => {
        place.openTrash();
        window.focusPane();
      },
    },
    {
      id: 'template.add',
      title: 'Add a template from a folder…',
      group: 'Templates',
      icon: FolderPlus,
      run: async () => {
        const template = await app.attempt(async () => {
          const path = await backend.pickFolder('Choose a git repository to keep as a template');
          return path ? backend.addTemplate(path, null) : undefined;
        });
        if (!template) return;
        toasts.show({ text: `Added the template ${template.name}.`, tone: 'plain' });
        place.create();
      },
    },
    {
      id: 'settings',
      title: 'Settings…',
      group: 'Window',
      icon: SettingsIcon,
      shortcut: 'Mod+,',
      run: () => window.openSettings(),
    },
    {
      id: 'quit',
      title: 'Quit Backlot',
      group: 'Window',
      icon: Power,
      shortcut: 'Mod+Q',
      run: () => void backend.quit(),
    },
    { id: 'palette', title: 'Show all commands', group: 'Window', shortcut: 'Mod+K', run: window.openPalette },
  ];
}

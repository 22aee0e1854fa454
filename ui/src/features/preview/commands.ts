/** The commands about the preview of the demo that is shown. */
import ExternalLink from '@lucide/svelte/icons/external-link';
import AppWindow from '@lucide/svelte/icons/app-window';
import MonitorPlay from '@lucide/svelte/icons/monitor-play';
import type { Command } from '$lib/commands/registry.svelte';
import { isReady } from '$lib/demo/states';
import type { App } from '$lib/state/app';
import type { Previews } from './previews.svelte';
import type { Stage } from './stage.svelte';

export function previewCommands(app: App, previews: Previews, stage: Stage): Command[] {
  const group = 'Preview';
  const demo = () => (app.listing.selected && isReady(app.listing.selected) ? app.listing.selected.id : null);
  const onContent = () => demo() !== null && app.place.tab === 'content';
  return [
    {
      id: 'preview.toggle',
      title: 'Start or stop the preview',
      group,
      icon: MonitorPlay,
      shortcut: 'Mod+P',
      enabled: () => demo() !== null,
      run: () => previews.toggle(demo()!),
    },
    {
      id: 'preview.show',
      title: 'Show or hide the page beside the form',
      group,
      shortcut: 'Mod+Shift+P',
      enabled: onContent,
      run: () => {
        if (stage.isOpen) stage.hide();
        else {
          stage.show();
          if (!stage.isRunning) void previews.start(demo()!);
        }
      },
    },
    {
      id: 'preview.select',
      title: 'Choose widgets by clicking the page, or follow its links',
      group,
      enabled: () => onContent() && stage.isOpen,
      run: () => void (stage.isSelecting = !stage.isSelecting),
    },
    {
      id: 'preview.trust',
      title: 'Decide on the site’s own command…',
      group,
      enabled: () => demo() !== null,
      run: () => previews.review(demo()!),
    },
    {
      id: 'preview.browser',
      title: 'Open the preview in the browser',
      group,
      icon: ExternalLink,
      shortcut: 'Mod+Shift+O',
      enabled: () => demo() !== null,
      run: () => previews.openInBrowser(demo()!),
    },
    {
      id: 'preview.window',
      title: 'Open the preview in a window of its own',
      group,
      icon: AppWindow,
      enabled: () => demo() !== null,
      run: () => previews.openInWindow(demo()!),
    },
    {
      id: 'preview.copyAddress',
      title: 'Copy the preview’s address',
      group,
      enabled: () => stage.isRunning,
      run: async () => {
        const preview = previews.of(demo() ?? '');
        if (preview.state === 'running') await app.attempt(() => navigator.clipboard.writeText(preview.address));
      },
    },
  ];
}

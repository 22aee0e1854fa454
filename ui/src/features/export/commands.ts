/** The command that builds the site of the demo that is shown. */
import Package from '@lucide/svelte/icons/package';
import type { Command } from '$lib/commands/registry.svelte';
import { isReady } from '$lib/demo/states';
import type { App } from '$lib/state/app';
import type { Builds } from './builds.svelte';

export function buildCommands(app: App, builds: Builds): Command[] {
  const demo = () => (app.listing.selected && isReady(app.listing.selected) ? app.listing.selected : null);
  return [
    {
      id: 'demo.build',
      title: 'Build the site…',
      group: 'This demo',
      icon: Package,
      shortcut: 'Mod+B',
      enabled: () => demo() !== null,
      run: () => builds.ask(demo()!),
    },
  ];
}

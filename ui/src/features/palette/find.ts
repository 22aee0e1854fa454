/** What the palette offers for what was typed. */
import type { DemoView } from '$lib/backend';
import type { Command } from '$lib/commands/registry.svelte';
import { filterDemos, everything, fold } from '$lib/demo/filter';

export type Offer = { kind: 'command'; id: string; command: Command } | { kind: 'demo'; id: string; demo: DemoView };

const mostDemos = 8;

/** Commands that can run now, best match first, then demos to go to. */
export function findOffers(commands: readonly Command[], demos: readonly DemoView[], typed: string): Offer[] {
  const words = fold(typed).split(/\s+/).filter(Boolean);
  const groups = [...new Set(commands.map(({ group }) => group))];
  const groupRank = ({ group }: Command) => groups.indexOf(group);
  const fitting = commands
    .filter((command) => command.id !== 'palette' && (command.enabled?.() ?? true))
    .map((command) => ({ command, score: scoreOf(command, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  if (words.length === 0) fitting.sort((a, b) => groupRank(a.command) - groupRank(b.command));
  const offers: Offer[] = fitting.map(({ command }) => ({ kind: 'command', id: command.id, command }));
  if (words.length === 0) return offers;
  const found = filterDemos(demos, { ...everything, text: typed }).slice(0, mostDemos);
  return [...offers, ...found.map((demo): Offer => ({ kind: 'demo', id: demo.id, demo }))];
}

function scoreOf({ title, group }: Command, words: string[]): number {
  const name = fold(title);
  const all = `${name} ${fold(group)}`;
  if (!words.every((word) => all.includes(word))) return 0;
  return words.length > 0 && name.startsWith(words.join(' ')) ? 2 : 1;
}

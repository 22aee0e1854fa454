import { expect, test, vi } from 'vitest';
import { matches } from '../../src/lib/ui/keys';
import { Commands } from '../../src/lib/commands/registry.svelte';
import { Toasts } from '../../src/lib/ui/toasts.svelte';

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  ({
    key,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    altKey: false,
    target: null,
    preventDefault: vi.fn(),
    ...more,
  }) as unknown as KeyboardEvent;

test('a shortcut is its key and exactly its modifiers', () => {
  expect(matches('Mod+N', press('n', { ctrlKey: true }))).toBe(true);
  expect(matches('Mod+N', press('n'))).toBe(false);
  expect(matches('Mod+N', press('N', { ctrlKey: true, shiftKey: true }))).toBe(false);
  expect(matches('Mod+Shift+T', press('T', { ctrlKey: true, shiftKey: true }))).toBe(true);
  expect(matches('F2', press('F2'))).toBe(true);
  expect(matches('F2', press('F2', { altKey: true }))).toBe(false);
});

test('of two commands with one key the one that can run does', () => {
  vi.stubGlobal('HTMLElement', class {});
  const ran: string[] = [];
  const commands = new Commands();
  const command = (id: string, enabled: boolean) => ({
    id,
    title: id,
    group: '',
    shortcut: 'Delete',
    enabled: () => enabled,
    run: () => void ran.push(id),
  });
  const remove = commands.add(command('dismiss', false), command('delete', true));
  commands.press(press('Delete'));
  expect(ran).toEqual(['delete']);
  remove();
  commands.press(press('Delete'));
  expect(ran).toEqual(['delete']);
  vi.unstubAllGlobals();
});

test('a note with an action takes the place of the last one, runs out, and is held while a person is there', () => {
  vi.useFakeTimers();
  const toasts = new Toasts();
  const note = (text: string) => toasts.show({ text, tone: 'plain', action: { label: 'Undo', run: () => {} } }, 5_000);
  note('one');
  note('two');
  expect(toasts.list.map(({ text }) => text)).toEqual(['two']);
  vi.advanceTimersByTime(4_000);
  toasts.hold();
  vi.advanceTimersByTime(60_000);
  expect(toasts.list).toHaveLength(1);
  toasts.release();
  vi.advanceTimersByTime(1_001);
  expect(toasts.list).toHaveLength(0);
  vi.useRealTimers();
});

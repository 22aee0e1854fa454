import { beforeEach, expect, test, vi } from 'vitest';
import type { Backend } from '../../src/lib/backend/types';
import { Workspace } from '../../src/lib/state/workspace.svelte';
import { changed, demo, HandHost, removed, settle } from './support';

let host: HandHost;
let workspace: Workspace;
const names = () => workspace.demos.map(({ name }) => name);

beforeEach(async () => {
  host = new HandHost();
  workspace = new Workspace(host as unknown as Backend);
  void workspace.start();
  await settle();
});

test('the snapshot is taken after subscribing', async () => {
  expect(host.order).toEqual(['subscribe', 'snapshot']);
  expect(workspace.link).toBe('loading');
  await host.answer(4, [demo('A')]);
  expect(workspace.link).toBe('ready');
});

test('events in order are applied, those already in are not', async () => {
  await host.answer(4, [demo('A')]);
  host.listener(changed(4, demo('A', { name: 'Old' })));
  expect(names()).toEqual(['A']);
  host.listener(changed(5, demo('A', { name: 'New' })));
  host.listener(changed(6, demo('B', { created_at: '2026-01-02T00:00:00Z' })));
  expect(names()).toEqual(['B', 'New']);
  host.listener(removed(7, 'a'));
  expect(names()).toEqual(['B']);
});

test('events that come before the snapshot are applied on it', async () => {
  host.listener(changed(4, demo('A', { name: 'Before' })));
  host.listener(changed(5, demo('A', { name: 'After' })));
  await host.answer(4, [demo('A')]);
  expect(names()).toEqual(['After']);
});

test('a gap takes a new snapshot, and what came meanwhile is applied on that', async () => {
  await host.answer(4, [demo('A')]);
  host.listener(changed(6, demo('C')));
  await settle();
  expect(host.order.filter((call) => call === 'snapshot')).toHaveLength(2);
  host.listener(changed(7, demo('A', { name: 'Seven' })));
  await host.answer(6, [demo('A'), demo('B'), demo('C')]);
  expect(names()).toEqual(['Seven', 'B', 'C']);
});

test('a gap while a snapshot is on its way takes one more', async () => {
  await host.answer(4, []);
  host.listener(changed(6, demo('A')));
  await settle();
  host.listener(changed(9, demo('B')));
  await host.answer(6, [demo('A')]);
  await host.answer(9, [demo('A'), demo('B')]);
  expect(names()).toEqual(['A', 'B']);
  host.listener(removed(10, 'a'));
  expect(names()).toEqual(['B']);
});

test('a snapshot that fails is told, and starting again heals it', async () => {
  await host.fail({ code: 'NotWritable', message: 'No.' });
  expect(workspace.link).toBe('failed');
  expect(workspace.failure?.message).toBe('No.');
  void workspace.start();
  await settle();
  await host.answer(1, [demo('A')]);
  expect(workspace.link).toBe('ready');
  expect(host.order.filter((call) => call === 'subscribe')).toHaveLength(1);
});

test('a demo that went to the trash leaves the list, and the trash is asked for', async () => {
  await host.answer(4, [demo('A'), demo('B')]);
  host.trashed = [demo('A')];
  host.listener(removed(5, 'a'));
  await settle();
  expect(names()).toEqual(['B']);
  expect(workspace.trash.map(({ name }) => name)).toEqual(['A']);
  host.listener(changed(6, demo('A')));
  expect(workspace.trash).toEqual([]);
});

test('a reply shows a new demo early, and never brings back one that is gone', async () => {
  await host.answer(4, []);
  workspace.admit(demo('A', { name: 'Early' }));
  expect(names()).toEqual(['Early']);
  host.listener(changed(5, demo('A')));
  workspace.admit(demo('A', { name: 'Late' }));
  expect(names()).toEqual(['A']);
  host.listener(removed(6, 'a'));
  workspace.admit(demo('A'));
  expect(names()).toEqual([]);
});

test('loading is called slow after 200 ms, and not before', async () => {
  vi.useFakeTimers();
  const slow = new Workspace(new HandHost() as unknown as Backend);
  void slow.start();
  await vi.advanceTimersByTimeAsync(199);
  expect(slow.slow).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(slow.slow).toBe(true);
  vi.useRealTimers();
});

test('notices of the whole workspace come and go', async () => {
  await host.answer(4, []);
  expect(workspace.notices).toEqual([]);
  const notices = [{ kind: 'workspace_moved', message: 'It was moved.' } as const];
  host.listener({ seq: 5, kind: 'notices_changed', notices });
  expect(workspace.notices).toEqual(notices);
  host.listener({ seq: 6, kind: 'notices_changed', notices: [] });
  expect(workspace.notices).toEqual([]);
});

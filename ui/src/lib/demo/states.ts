/** What a demo's state is called and how it feels. A badge is always an icon and one of these words. */
import type { DemoView, Phase, Progress } from '$lib/backend';

export type Badge = 'cloning' | 'organizing' | 'ready' | 'failed' | 'cancelled' | 'interrupted' | 'trashed';

export const badgeWord: Record<Badge, string> = {
  cloning: 'Cloning',
  organizing: 'Organizing',
  ready: 'Ready',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
  trashed: 'In trash',
};

export function badgeOf({ status }: DemoView): Badge {
  if (status.state === 'failed' && status.error.code === 'Cancelled') return 'cancelled';
  return status.state;
}

export const isReady = (demo: DemoView): boolean => demo.status.state === 'ready';
export const isUnderWay = ({ status }: DemoView): boolean =>
  status.state === 'cloning' || status.state === 'organizing';
/** Its creation ended without a demo: it can be retried or dismissed. A folder that cannot be read is of no request. */
export const isStopped = ({ status, request_id }: DemoView): boolean =>
  (status.state === 'failed' || status.state === 'interrupted') && request_id !== '';

export function progressOf({ status }: DemoView): Progress | undefined {
  return status.state === 'cloning' || status.state === 'organizing' ? status.progress : undefined;
}

export const phases: { phase: Phase; word: string }[] = [
  { phase: 'waiting', word: 'Waiting' },
  { phase: 'fetching', word: 'Fetching' },
  { phase: 'checking', word: 'Checking' },
  { phase: 'checking_out', word: 'Writing files' },
  { phase: 'organizing', word: 'Organizing' },
  { phase: 'syncing', word: 'Saving to disk' },
];

export const phaseWord = (phase: Phase): string => phases.find((one) => one.phase === phase)?.word ?? phase;

/** The part of the current phase that is done, from 0 to 1; undefined while nobody knows the whole. */
export function fractionOf(progress: Progress | undefined): number | undefined {
  if (!progress) return undefined;
  const { phase, objects, objects_total, files, files_total } = progress;
  if (phase === 'fetching' && objects_total > 0) return Math.min(1, objects / objects_total);
  if (phase === 'checking_out' && files_total > 0) return Math.min(1, files / files_total);
  return undefined;
}

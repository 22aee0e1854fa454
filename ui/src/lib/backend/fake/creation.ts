/** How a fake creation goes: the statuses it passes through, one a tick. */
import type { Brief, CreateDemo, DemoView, Failure, Phase, Progress } from '../types';
import { documentHead, statusOf } from './status';

const objectsTotal = 3184;
const filesTotal = 412;

export type Step = { state: 'cloning' | 'organizing'; progress: Progress };

function step(phase: Phase, counts: Partial<Progress> = {}): Step {
  const progress = { phase, objects: 0, objects_total: 0, bytes: 0, files: 0, files_total: 0, ...counts };
  return { state: phase === 'organizing' || phase === 'syncing' ? 'organizing' : 'cloning', progress };
}

/** The steps of a creation that goes well. Totals are unknown at first, as with a real remote. */
export function* steps(): Generator<Step> {
  yield step('waiting');
  yield step('fetching');
  for (let part = 1; part <= 8; part += 1) {
    const objects = Math.round((objectsTotal * part) / 8);
    yield step('fetching', { objects, objects_total: objectsTotal, bytes: objects * 1731 });
  }
  const fetched = { objects: objectsTotal, objects_total: objectsTotal };
  yield step('checking', fetched);
  for (let part = 1; part <= 6; part += 1) {
    const files = Math.round((filesTotal * part) / 6);
    yield step('checking_out', { ...fetched, files, files_total: filesTotal, bytes: files * 9120 });
  }
  yield step('organizing', { ...fetched, files: filesTotal, files_total: filesTotal });
  yield step('syncing', { ...fetched, files: filesTotal, files_total: filesTotal });
}

/** Why a creation from this source fails, if it does. */
export function failureOf(source: string, isRetry: boolean): Failure | undefined {
  const failure = (code: Failure['code'], message: string): Failure => ({ code, message, field: 'template' });
  if (source.includes('fail-once') && isRetry) return undefined;
  if (source.includes('fail'))
    return failure(
      'NoNetwork',
      `${hostOf(source)} could not be reached. Nothing was created. Check the connection and retry.`,
    );
  if (source.includes('missing'))
    return failure(
      'NotFound',
      `There is nothing at ${source}. Nothing was created. Check that the path is right and the disk is there.`,
    );
  if (source.includes('empty'))
    return failure(
      'EmptyRepository',
      `${source} has no commits yet. Nothing was created. Commit something there and retry.`,
    );
  return undefined;
}

function hostOf(source: string): string {
  return /^[a-z]+:\/\/(?:[^@/]+@)?([^:/]+)/.exec(source)?.[1] ?? source;
}

export function freshDemo(request: CreateDemo, requestId: string, url: string, at: string): DemoView {
  const brief = Object.fromEntries(Object.entries(request.brief).filter(([, value]) => value)) as Brief;
  return {
    ...documentHead,
    id: crypto.randomUUID(),
    slug: request.slug,
    name: request.name || request.slug,
    tags: request.tags,
    brief,
    template: { key: url === request.template ? '' : request.template, url, branch: request.branch ?? '', commit: '' },
    version_id: '',
    request_id: requestId,
    created_at: at,
    status: statusOf({ state: 'cloning' }, 'Waiting to start.', at),
  };
}

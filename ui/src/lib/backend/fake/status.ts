import type { DemoView, State } from '../types';

/** A status as its document would be. */
export function statusOf(state: State, message: string, at: string): DemoView['status'] {
  return { schema: 1, rev: 1, message, updated_at: at, ...state };
}

/** What every document begins with. */
export const documentHead = { schema: 1, rev: 1 };

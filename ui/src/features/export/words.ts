/** What is said of a build. */
import type { Build } from '$lib/backend';
import { bytes, count } from '$lib/demo/format';

const phases = { rendering: 'Rendering pages', writing: 'Writing files', finishing: 'Waiting for the disk' } as const;

export function progress(build: Build): { words: string; fraction: number | undefined } {
  const { state } = build;
  if (state.kind !== 'running') return { words: '', fraction: undefined };
  if (state.phase === 'finishing' || state.total === 0) return { words: phases[state.phase], fraction: undefined };
  const words = `${phases[state.phase]}: ${count(state.done)} of ${count(state.total)}`;
  return { words, fraction: state.done / state.total };
}

export const stateWord = (build: Build): string =>
  ({ running: 'Running', done: 'Built', failed: 'Failed', cancelled: 'Stopped', interrupted: 'Interrupted' })[
    build.state.kind
  ];

const many = (value: number, one: string, more: string): string => `${count(value)} ${value === 1 ? one : more}`;
/** What a build has in it; of a site that is taken as it stands it is not known which files are media. */
export const contents = ({ pages, media, files, bytes: size }: Build): string => {
  const others = media > 0 ? many(media, 'media file', 'media files') : many(files, 'file', 'files');
  return [many(pages, 'page', 'pages'), others, bytes(size)].join(' · ');
};

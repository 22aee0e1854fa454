/** What is wrong with a library, and which of it is to be repaired. */
import { type Failure, type MediaBackend, type MediaFinding, toFailure } from '$lib/backend';

export const findingKinds: { kind: string; title: string }[] = [
  { kind: 'missing_file', title: 'Files that are not there' },
  { kind: 'orphan', title: 'Files outside the library' },
  { kind: 'duplicate', title: 'Duplicates' },
  { kind: 'stale_usage', title: 'Places out of date' },
  { kind: 'missing_size', title: 'Sizes not known' },
  { kind: 'wrong_contents', title: 'Files that are something else' },
  { kind: 'missing_alt', title: 'No alt text' },
];

export const keyOf = ({ kind, id, path }: MediaFinding): string => `${kind} ${id ?? ''} ${path}`;

export interface Group {
  kind: string;
  title: string;
  findings: readonly MediaFinding[];
}

export class Doctor {
  link = $state<'loading' | 'ready' | 'failed'>('loading');
  slow = $state(false);
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  findings = $state.raw<readonly MediaFinding[]>([]);
  #chosen = $state.raw<ReadonlySet<string>>(new Set());
  readonly #backend: Pick<MediaBackend, 'checkMedia' | 'repairMedia'>;
  readonly #demo: string;

  readonly groups: readonly Group[] = $derived.by(() => groupsOf(this.findings));
  readonly repairable = $derived.by(() => this.findings.filter(({ remedy }) => remedy));
  readonly chosen = $derived.by(() => this.repairable.filter((finding) => this.#chosen.has(keyOf(finding))));

  constructor(backend: Pick<MediaBackend, 'checkMedia' | 'repairMedia'>, demo: string) {
    this.#backend = backend;
    this.#demo = demo;
  }

  has(finding: MediaFinding): boolean {
    return this.#chosen.has(keyOf(finding));
  }
  /** Chooses these or leaves them out, as far as they can be repaired. */
  choose(findings: readonly MediaFinding[], wanted: boolean): void {
    const keys = new Set(this.#chosen);
    for (const finding of findings) {
      if (!finding.remedy) continue;
      if (wanted) keys.add(keyOf(finding));
      else keys.delete(keyOf(finding));
    }
    this.#chosen = keys;
  }

  /** Looks again. At first, everything that can be repaired is chosen. */
  async check(): Promise<void> {
    const first = this.link !== 'ready';
    if (first) this.link = 'loading';
    const slowly = setTimeout(() => (this.slow = true), 200);
    try {
      this.findings = await this.#backend.checkMedia(this.#demo);
      if (first) this.choose(this.findings, true);
      this.failure = null;
      this.link = 'ready';
    } catch (thrown) {
      this.failure = toFailure(thrown);
      this.link = 'failed';
    } finally {
      clearTimeout(slowly);
      this.slow = false;
    }
  }
  /** Repairs what is chosen; gives what takes it back. */
  async repair(): Promise<string> {
    this.busy = true;
    try {
      const token = await this.#backend.repairMedia(this.#demo, [...this.chosen]);
      await this.check();
      return token;
    } finally {
      this.busy = false;
    }
  }
}

/** In the order of what hurts most; a kind that is not known comes last, by its own name. */
export function groupsOf(findings: readonly MediaFinding[]): Group[] {
  const byKind = new Map<string, MediaFinding[]>();
  for (const finding of findings) {
    const group = byKind.get(finding.kind);
    if (group) group.push(finding);
    else byKind.set(finding.kind, [finding]);
  }
  const known = findingKinds.filter(({ kind }) => byKind.has(kind));
  const others = [...byKind.keys()].filter((kind) => !findingKinds.some((one) => one.kind === kind));
  return [...known, ...others.map((kind) => ({ kind, title: kind.replace(/_/g, ' ') }))].map(({ kind, title }) => ({
    kind,
    title,
    findings: byKind.get(kind)!,
  }));
}

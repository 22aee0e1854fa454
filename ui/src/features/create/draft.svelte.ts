/**
 * The demo that is being asked for. It outlives the form, so going away and coming back loses nothing, and what was
 * asked for last is kept by its request, so that a creation that failed can be changed and asked for again.
 */
import { toFailure, type Backend, type CreateDemo, type DemoView, type Failure } from '$lib/backend';
import { answerProblem, briefOf, noAnswers, questions, type BriefAnswers, type BriefKey } from './brief';
import { SlugField } from './slug.svelte';
import { branchProblem, nameFromSource, sourceProblem } from './source';

export type Source = { kind: 'template'; key: string } | { kind: 'folder'; path: string } | { kind: 'url' };

interface Asked {
  source: Source;
  url: string;
  branch: string;
  name: string;
  answers: BriefAnswers;
  assets: string[];
}

/** What is in the form, as it can be brought back into another window. */
export type KeptDraft = Omit<Asked, 'source'> & {
  source: Source | null;
  /** Empty while it follows the name. */
  slug: string;
  isNamed: boolean;
  isBriefOpen: boolean;
};

export class Draft {
  source = $state.raw<Source | null>(null);
  url = $state('');
  branch = $state('');
  name = $state('');
  answers = $state<BriefAnswers>(noAnswers());
  assets = $state.raw<readonly string[]>([]);
  briefOpen = $state(false);
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** Problems are told once somebody has tried to create, not while they are still typing. */
  tried = $state(false);
  readonly slug: SlugField;

  readonly #backend: Backend;
  readonly #asked = new Map<string, Asked>();
  /** One id for one set of answers: asking twice is asking once. */
  #request: { id: string; body: string } | null = null;
  #named = false;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.slug = new SlugField(backend);
  }

  readonly problems = $derived.by(() => {
    const problems: Partial<Record<'template' | 'branch' | 'name' | 'slug' | BriefKey, string>> = {};
    const note = (key: keyof typeof problems, problem: string | undefined) => problem && (problems[key] = problem);
    if (!this.source) note('template', 'Choose what to start from.');
    else if (this.source.kind === 'url') note('template', sourceProblem(this.url));
    if (this.source?.kind !== 'template') note('branch', branchProblem(this.branch));
    if (this.name.trim() === '') note('name', 'Give the demo a name.');
    if (this.slug.value === '') note('slug', 'Give the demo a folder name.');
    for (const { key } of questions) note(key, answerProblem(key, this.answers[key]));
    return problems;
  });

  /** What to say at a field: what the host refused, or, after a try, what is wrong with it. */
  problemAt(field: keyof typeof this.problems): string | undefined {
    if (field === 'slug' && this.slug.problem) return this.slug.problem.message;
    if (this.failure?.field === field) return this.failure.message;
    return this.tried ? this.problems[field] : undefined;
  }

  choose(source: Source): void {
    this.source = source;
    this.failure = null;
    if (source.kind === 'folder') this.#suggestName(nameFromSource(source.path));
    if (source.kind === 'url') this.#suggestName(nameFromSource(this.url));
  }
  setUrl(url: string): void {
    this.url = url;
    this.failure = null;
    if (!sourceProblem(url)) this.#suggestName(nameFromSource(url));
  }
  setName(name: string): void {
    this.name = name;
    this.#named = name !== '';
    this.slug.follow(name);
  }
  addAssets(paths: readonly string[]): void {
    this.assets = [...new Set([...this.assets, ...paths])];
  }
  removeAsset(path: string): void {
    this.assets = this.assets.filter((one) => one !== path);
  }

  /** Asks for the demo. Gives it once its creation is recorded, and nothing when there is something to mend first. */
  async submit(): Promise<DemoView | null> {
    if (this.busy) return null;
    this.busy = true;
    try {
      await this.slug.settled();
      return await this.#submit();
    } finally {
      this.busy = false;
    }
  }

  async #submit(): Promise<DemoView | null> {
    this.tried = true;
    this.failure = null;
    const problems = Object.keys(this.problems);
    if (problems.length > 0 || this.slug.problem) {
      this.briefOpen ||= questions.some(({ key }) => key in this.problems);
      return null;
    }
    try {
      const request = this.#body();
      const demo = await this.#backend.createDemo(request);
      this.#asked.set(request.request_id!, this.#keep());
      this.reset();
      return demo;
    } catch (thrown) {
      this.failure = toFailure(thrown);
      if (this.failure.field === 'slug') this.slug.refuse(this.failure);
      if (this.failure.code === 'RequestIdReused') this.#request = null;
      return null;
    }
  }

  /** Takes up what a creation that came to nothing was asked with. */
  takeUp(demo: DemoView): void {
    const asked = this.#asked.get(demo.request_id);
    this.reset();
    const known = demo.template.url.startsWith('starter:') ? demo.template.url.slice('starter:'.length) : '';
    this.source = asked?.source ?? (known ? { kind: 'template', key: known } : { kind: 'url' });
    this.url = asked?.url ?? (known ? '' : demo.template.url);
    this.branch = asked?.branch ?? demo.template.branch;
    this.name = demo.name;
    this.#named = true;
    this.answers = asked?.answers ?? { ...noAnswers(), ...demo.brief };
    this.assets = asked?.assets ?? [];
    this.briefOpen = Object.values(this.answers).some(Boolean);
    this.slug.set(demo.slug);
  }

  kept(): KeptDraft {
    const { source, url, branch, name, slug, briefOpen } = this;
    const answers = { ...this.answers };
    const assets = [...this.assets];
    return {
      source,
      url,
      branch,
      name,
      answers,
      assets,
      slug: slug.own ? slug.value : '',
      isNamed: this.#named,
      isBriefOpen: briefOpen,
    };
  }
  bringBack({ source, url, branch, name, answers, assets, slug, isNamed, isBriefOpen }: KeptDraft): void {
    this.reset();
    Object.assign(this, { source, url, branch, name, answers: { ...noAnswers(), ...answers }, assets });
    this.briefOpen = isBriefOpen;
    this.#named = isNamed;
    if (slug === '') this.slug.follow(name);
    else this.slug.edit(slug);
  }

  reset(): void {
    this.source = null;
    this.url = this.branch = this.name = '';
    this.answers = noAnswers();
    this.assets = [];
    this.briefOpen = this.tried = this.#named = false;
    this.failure = null;
    this.#request = null;
    this.slug.clear();
  }

  #suggestName(name: string): void {
    if (this.#named || name === '') return;
    this.name = name;
    this.slug.follow(name);
  }
  #keep(): Asked {
    const { url, branch, name } = this;
    return { source: this.source!, url, branch, name, answers: { ...this.answers }, assets: [...this.assets] };
  }
  #body(): CreateDemo {
    const source = this.source!;
    const template = source.kind === 'template' ? source.key : source.kind === 'folder' ? source.path : this.url.trim();
    const branch = source.kind === 'template' ? '' : this.branch.trim();
    const request: CreateDemo = {
      slug: this.slug.value,
      name: this.name.trim(),
      template,
      ...(branch && { branch }),
      tags: [],
      brief: briefOf($state.snapshot(this.answers)),
      assets: [...this.assets],
    };
    const body = JSON.stringify(request);
    if (this.#request?.body !== body) this.#request = { id: crypto.randomUUID(), body };
    return { ...request, request_id: this.#request.id };
  }
}

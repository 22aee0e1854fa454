/**
 * What is chosen of a list, as lists of files have it: a plain pick chooses one, with Ctrl it adds or takes away, with
 * Shift it reaches from where the last plain pick was. Only what is visible counts as chosen.
 */
interface Named {
  readonly id: string;
}

export interface How {
  /** Adds or takes away. */
  toggle?: boolean;
  /** From the anchor to here. */
  range?: boolean;
}

export class Selection<Item extends Named> {
  ids = $state.raw<ReadonlySet<string>>(new Set());
  /** Where the keyboard is. */
  active = $state<string | null>(null);
  readonly #visible: () => readonly Item[];
  readonly chosen = $derived.by(() =>
    this.ids.size === 0 ? [] : this.#visible().filter(({ id }) => this.ids.has(id)),
  );
  readonly index = $derived.by(() => this.#visible().findIndex(({ id }) => id === this.active));
  #anchor: string | null = null;

  constructor(visible: () => readonly Item[]) {
    this.#visible = visible;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  pick(id: string, { toggle = false, range = false }: How = {}): void {
    this.active = id;
    if (range) this.#reach(id, toggle);
    else if (toggle) {
      this.#anchor = id;
      const ids = new Set(this.ids);
      if (!ids.delete(id)) ids.add(id);
      this.ids = ids;
    } else {
      this.#anchor = id;
      this.ids = new Set([id]);
    }
  }
  /** Moves the keyboard to `index`, or the nearest there is; unless it is only passing, that chooses. */
  go(index: number, how: How & { passing?: boolean } = {}): void {
    const visible = this.#visible();
    const item = visible[Math.max(0, Math.min(visible.length - 1, index))];
    if (!item) return;
    if (how.passing) this.active = item.id;
    else this.pick(item.id, how);
  }
  all(): void {
    this.ids = new Set(this.#visible().map(({ id }) => id));
    this.active ??= this.#visible()[0]?.id ?? null;
  }
  only(ids: readonly string[]): void {
    this.ids = new Set(ids);
    this.#anchor = this.active = ids[0] ?? null;
  }
  clear(): void {
    this.ids = new Set();
    this.#anchor = this.active;
  }

  /** What is to be chosen when `ids` are gone: what follows them. Ask while they are still there. */
  after(ids: readonly string[]): string[] {
    const gone = new Set(ids);
    const visible = this.#visible();
    const from = Math.max(0, this.index);
    const next =
      visible.slice(from).find(({ id }) => !gone.has(id)) ?? visible.slice(0, from).findLast(({ id }) => !gone.has(id));
    return next ? [next.id] : [];
  }

  #reach(to: string, add: boolean): void {
    const visible = this.#visible();
    const end = visible.findIndex(({ id }) => id === to);
    const start = Math.max(
      0,
      visible.findIndex(({ id }) => id === this.#anchor),
    );
    const reached = visible.slice(Math.min(start, end), Math.max(start, end) + 1).map(({ id }) => id);
    this.ids = new Set(add ? [...this.ids, ...reached] : reached);
  }
}

/** The rows of the list of widgets and blocks. A row whose widget did not change is the same object. */
import { SvelteSet } from 'svelte/reactivity';
import type { Json, WidgetType } from '$lib/backend';
import { at } from '$lib/content/json';
import type { Acts } from './acts';
import { blocksOf, homeOf, isGlobal, kindOf, placeOf, summaryOf, typeOf, widgetsOf } from './documents';

export interface Row {
  key: string;
  /** `self`: the page's own settings, or the global widget itself; `add`: adds a block. */
  kind: 'self' | 'widget' | 'block' | 'add';
  widget: string | null;
  block: string | null;
  level: number;
  /** Among its siblings, from 0. */
  index: number;
  total: number;
  label: string;
  summary: string;
  canExpand: boolean;
  isOpen: boolean;
  isUnknown: boolean;
}

export const keyOf = (widget: string | null, block: string | null = null): string =>
  block === null ? (widget === null ? 'self' : `widget ${widget}`) : `block ${widget ?? ''} ${block}`;

export class Tree {
  readonly acts: Acts;
  readonly open = new SvelteSet<string>();
  /** A row that has focus without being selected: one that adds a block. */
  focused = $state<string | null>(null);
  #kept = new Map<string, { value: Json | undefined; type: unknown; row: Row }>();
  #last: readonly Row[] = [];
  readonly rows: readonly Row[] = $derived.by(() => {
    const rows = this.#build();
    const isSame = rows.length === this.#last.length && rows.every((row, index) => row === this.#last[index]);
    if (!isSame) this.#last = rows;
    return this.#last;
  });
  readonly selectedKey = $derived.by(() => {
    const { widget, block } = this.acts.site.selection;
    return keyOf(widget, block);
  });
  /** Where the keyboard is. */
  readonly activeKey = $derived.by(() => {
    const wanted = this.focused ?? this.selectedKey;
    return this.rows.some(({ key }) => key === wanted) ? wanted : (this.rows[0]?.key ?? null);
  });

  constructor(acts: Acts) {
    this.acts = acts;
  }

  toggle(row: Row, open = !this.open.has(row.key)): void {
    if (!row.canExpand) return;
    if (open) this.open.add(row.key);
    else {
      this.open.delete(row.key);
      const { selection } = this.acts.site;
      if (selection.widget === row.widget && selection.block !== null) selection.select(row.widget);
      if (this.focused?.startsWith(`add ${row.widget}`)) this.focused = null;
    }
  }
  go(row: Row): void {
    if (row.kind === 'add') this.focused = row.key;
    else {
      this.focused = null;
      this.acts.site.selection.select(row.widget, row.block);
    }
  }
  /** The edges of a row and its siblings; the blocks of an open widget belong to it. */
  edgesAround(row: Row, boxOf: (row: Row) => { top: number; bottom: number }): { top: number; bottom: number }[] {
    const { rows } = this;
    const isSibling = (one: Row) => one.kind === row.kind && (row.kind === 'widget' || one.widget === row.widget);
    return rows.filter(isSibling).map((one) => {
      const { top, bottom } = boxOf(one);
      const after = rows.slice(rows.indexOf(one) + 1);
      const end = after.findIndex(({ level }) => level <= one.level);
      const last = (end < 0 ? after : after.slice(0, end)).at(-1);
      return { top, bottom: last ? boxOf(last).bottom : bottom };
    });
  }
  /** Where a dragged row would go: a widget among the widgets, a block into the nearest widget that takes it. */
  dropOf(row: Row, y: number, boxOf: (row: Row) => { top: number; bottom: number }): Drop {
    const { acts, rows } = this;
    const { content } = acts.session ?? {};
    const among = (): Drop => ({ ...dropAt(y, row.index, this.edgesAround(row, boxOf)), to: row.widget });
    if (row.kind !== 'block' || row.widget === null) return among();
    const kind = typeOf(at(content, placeOf(row.widget, row.block)));
    const widgets = rows.filter((one) => one.kind === 'widget');
    const edges = widgets.length > 0 ? this.edgesAround(widgets[0]!, boxOf) : [];
    const homes = widgets
      .map((home, index) => ({ home, away: Math.max(edges[index]!.top - y, y - edges[index]!.bottom, 0) }))
      .filter(({ home }) => home.widget === row.widget || acts.takes(home.widget, kind));
    const { home } = homes.reduce((best, one) => (one.away < best.away ? one : best));
    if (home.widget === row.widget) return among();
    const blocks = rows.filter((one) => one.kind === 'block' && one.widget === home.widget);
    if (blocks.length > 0) return { ...dropAt(y, blocks.length, blocks.map(boxOf)), to: home.widget };
    // Closed, or empty: at its end.
    const index = blocksOf(at(content, homeOf(home.widget))).length;
    return { index, line: boxOf(home).bottom, to: home.widget };
  }
  /** A row of a block is seen only when its widget is open. */
  unfold(): void {
    const { widget, block } = this.acts.site.selection;
    if (widget !== null && block !== null) this.open.add(keyOf(widget));
  }

  #build(): readonly Row[] {
    const { site } = this.acts;
    const { session, content: listing } = site;
    if (!session || session.content === undefined || !listing) return [];
    const kept = this.#kept;
    this.#kept = new Map();
    const { content } = session;
    const take = (fresh: Row, value: Json | undefined, type: WidgetType | undefined, name: () => [string, string]) => {
      const old = kept.get(fresh.key);
      const isSame =
        old !== undefined &&
        old.value === value &&
        old.type === type &&
        old.row.index === fresh.index &&
        old.row.total === fresh.total &&
        old.row.isOpen === fresh.isOpen &&
        old.row.canExpand === fresh.canExpand;
      if (!isSame) [fresh.label, fresh.summary] = name();
      const row = isSame ? old.row : fresh;
      this.#kept.set(row.key, { value, type, row });
      return row;
    };
    const base = { label: '', summary: '', canExpand: false, isOpen: false, isUnknown: false, index: 0, total: 1 };
    const rows: Row[] = [];

    const addBlocks = (widget: string | null, value: Json | undefined, type: WidgetType | undefined, level: number) => {
      const blocks = blocksOf(value);
      const total = blocks.length;
      blocks.forEach((block, index) => {
        const content = at(value, ['blocks', block]);
        const known = type?.blocks.find((one) => one.type === typeOf(content));
        const row: Row = { ...base, key: keyOf(widget, block), kind: 'block', widget, block, level, index, total };
        const name = (): [string, string] => [
          known?.label ?? (typeOf(content) || 'Block'),
          summaryOf(content, known?.settings ?? []),
        ];
        rows.push(take({ ...row, isUnknown: type !== undefined && !known }, content, type, name));
      });
      if (!type || type.blocks.length === 0) return;
      if (type.maxBlocks !== undefined && total >= type.maxBlocks) return;
      const label = type.blocks.length === 1 ? `Add ${type.blocks[0]!.label.toLowerCase()}` : 'Add a block';
      const row: Row = { ...base, key: `add ${widget ?? ''}`, kind: 'add', widget, block: null, level, label };
      rows.push(take(row, undefined, type, () => [label, '']));
    };

    const isPage = kindOf(session.name) === 'page';
    const typeNamed = (value: Json | undefined) =>
      listing.widgetTypes.find((one) => one.type === typeOf(value) && one.global === isGlobal(session.name));
    if (!isPage) {
      const type = typeNamed(content);
      const row: Row = { ...base, key: 'self', kind: 'self', widget: null, block: null, level: 1 };
      rows.push(take(row, undefined, type, () => [type?.label ?? site.nameOf(session.name), '']));
      addBlocks(null, content, type, 2);
      return rows;
    }
    const self: Row = { ...base, key: 'self', kind: 'self', widget: null, block: null, level: 1 };
    rows.push(take(self, undefined, undefined, () => ['Page settings', '']));
    const order = widgetsOf(content);
    order.forEach((widget, index) => {
      const value = at(content, homeOf(widget));
      const type = typeNamed(value);
      const key = keyOf(widget);
      const canExpand = blocksOf(value).length > 0 || (type?.blocks.length ?? 0) > 0;
      const isOpen = canExpand && this.open.has(key);
      const place = { kind: 'widget' as const, widget, block: null, level: 1, index, total: order.length };
      const row: Row = { ...base, ...place, key, canExpand, isOpen, isUnknown: !type };
      rows.push(
        take(row, value, type, () => [
          type?.label ?? (typeOf(value) || 'Widget'),
          summaryOf(value, type?.settings ?? []),
        ]),
      );
      if (isOpen) addBlocks(widget, value, type, 2);
    });
    return rows;
  }
}

/** Where a dragged row would go: its new index among its siblings, and where the line is drawn. */
interface Slot {
  index: number;
  line: number;
}
/** The same, and the widget that a block would belong to then. */
export interface Drop extends Slot {
  to: string | null;
}
/** `rows` are the siblings of what is dragged, with their edges; a widget's edge is below its blocks. */
export function dropAt(y: number, from: number, rows: readonly { top: number; bottom: number }[]): Slot {
  const before = rows.findIndex(({ top, bottom }) => y < (top + bottom) / 2);
  const slot = before < 0 ? rows.length : before;
  const line = slot < rows.length ? rows[slot]!.top : (rows.at(-1)?.bottom ?? 0);
  return { index: slot > from ? slot - 1 : slot, line };
}

/** One fake document: what it holds, what can be undone, and what each change makes of it. */
import type { Change, Clip, Edit, Json, SaveState, WidgetType } from '../content';
import type { Failure } from '../types';
import { applyEdits, at, editsBetween, inverseOf, isObject, objectAt, type JsonObject } from '../../content/json';
import { parse, problemOf, textProblem } from './site';

interface Step {
  /** In the order to be applied. */
  forth: Edit[];
  back: Edit[];
  texts: [before: string, after: string];
  label?: string;
  at: number;
}
export interface Planned {
  edits: Edit[];
  added?: string;
}

const together = 1_000;
const refuse = (code: Failure['code'], message: string): never => {
  throw { code, message } satisfies Failure;
};

export class FakeDocument {
  readonly name: string;
  version = 1;
  content: Json | undefined;
  problem: string | undefined;
  save: SaveState = { state: 'saved' };
  /** What is on disk as far as this host knows: the edits are made on it. */
  base: string;
  /** How often it was opened and not closed since. */
  viewers = 0;
  timer: ReturnType<typeof setTimeout> | undefined;
  #text: string | undefined;
  #undo: Step[] = [];
  #redo: Step[] = [];

  constructor(name: string, text: string) {
    this.name = name;
    this.base = text;
    this.#take(text);
  }

  get text(): string {
    this.#text ??= `${JSON.stringify(this.content, null, 2)}\n`;
    return this.#text;
  }
  get isDirty(): boolean {
    return this.text !== this.base;
  }
  get canUndo(): boolean {
    return this.#undo.length > 0;
  }
  get canRedo(): boolean {
    return this.#redo.length > 0;
  }

  change(change: Change, types: readonly WidgetType[], now: number): Planned {
    const before = this.text;
    if (change.kind === 'set_text') {
      const text = replay(change.base ?? before, change.text, before);
      const problem = textProblem(change.text);
      if (problem && !this.problem)
        refuse('InvalidInput', `${this.name} would not be what it is any more. ${problem} Nothing was changed.`);
      const value = problem ? undefined : parse(text);
      const edits: Edit[] = value === undefined ? [] : [{ path: [], value }];
      const back: Edit[] = this.content === undefined ? [] : [{ path: [], value: this.content }];
      this.#take(text);
      this.#push({ forth: edits, back, texts: [before, text], at: now, label: 'text' });
      return { edits };
    }
    if (this.content === undefined) refuse('WrongState', 'This document is edited as text. Nothing was changed.');
    const planned = plan(this.content!, change, types);
    const back: Edit[] = [];
    let value: Json | undefined = this.content;
    for (const edit of planned.edits) {
      back.unshift(inverseOf(value, edit));
      value = applyEdits(value, [edit]);
    }
    this.#hold(value!);
    const label = change.kind === 'set' ? change.label : undefined;
    this.#push({ forth: planned.edits, back, texts: [before, this.text], at: now, ...(label && { label }) });
    return planned;
  }

  undo(): Edit[] {
    const step = this.#undo.pop() ?? refuse('WrongState', 'There is nothing to undo.');
    this.#redo.push(step);
    this.#step(step.back, step.texts[0]);
    return step.back;
  }
  redo(): Edit[] {
    const step = this.#redo.pop() ?? refuse('WrongState', 'There is nothing to redo.');
    this.#undo.push(step);
    this.#step(step.forth, step.texts[1]);
    return step.forth;
  }

  /** Another text in its place; it can be undone. */
  replace(text: string, now: number): void {
    const before = this.text;
    const was: Edit[] = this.content === undefined ? [] : [{ path: [], value: this.content }];
    this.#take(text);
    const is: Edit[] = this.content === undefined ? [] : [{ path: [], value: this.content }];
    this.#push({ forth: is, back: was, texts: [before, text], at: now });
    this.version += 1;
  }
  /** What is on disk now, when nothing of ours would be lost. */
  reload(text: string): void {
    this.base = text;
    this.#take(text);
    this.version += 1;
  }

  #step(edits: Edit[], text: string): void {
    if (edits.length === 0 || edits[0]!.path.length === 0) this.#take(text);
    else this.#hold(applyEdits(this.content, edits)!);
    this.version += 1;
  }
  #push(step: Step): void {
    const last = this.#undo.at(-1);
    this.#redo = [];
    this.version += 1;
    if (last?.label && last.label === step.label && step.at - last.at < together) {
      last.forth = [...last.forth, ...step.forth];
      last.back = [...step.back, ...last.back];
      last.texts = [last.texts[0], step.texts[1]];
      last.at = step.at;
    } else this.#undo.push(step);
  }
  #take(text: string): void {
    this.#text = text;
    this.problem = problemOf(this.name, text);
    this.content = this.problem ? undefined : parse(text);
  }
  #hold(content: Json): void {
    this.content = content;
    this.#text = undefined;
  }
}

/** What was made of `base`, made of `now`; where both are different from it, `mine` is taken. */
function replay(base: string, mine: string, now: string): string {
  if (mine === base) return now;
  if (now === base || [base, mine, now].some((text) => parse(text) === undefined)) return mine;
  const edits = editsBetween(parse(base), parse(mine));
  return `${JSON.stringify(applyEdits(parse(now), edits), null, 2)}\n`;
}

const newId = (type: string): string => `${type}-${crypto.randomUUID().slice(0, 8)}`;
const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const listOf = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);
const put = (list: string[], item: string, index: number): string[] => list.toSpliced(Math.max(0, index), 0, item);

/** A container of widgets or of blocks: where its things are, and where their order is. */
interface Place {
  things: string[];
  order: string[];
}
const widgetsAt: Place = { things: ['widgets'], order: ['widgetsOrder'] };
const blocksAt = (widget?: string): Place => {
  const home = widget === undefined ? [] : ['widgets', widget];
  return { things: [...home, 'blocks'], order: [...home, 'blocksOrder'] };
};

function plan(content: Json, change: Exclude<Change, { kind: 'set_text' }>, types: readonly WidgetType[]): Planned {
  const orderOf = ({ things, order }: Place): string[] => {
    const known = objectAt(content, things);
    const listed = listOf(at(content, order)).filter((id) => Object.hasOwn(known, id));
    return [...listed, ...Object.keys(known).filter((id) => !listed.includes(id))];
  };
  const get = (place: Place, id: string): Json =>
    at(content, [...place.things, id]) ?? refuse('NotFound', 'This is not there any more. Nothing was changed.');
  const insert = (place: Place, id: string, value: Json, index: number): Planned => ({
    edits: [
      { path: [...place.things, id], value },
      { path: place.order, value: put(orderOf(place), id, index) },
    ],
    added: id,
  });
  const remove = (place: Place, id: string): Planned => {
    get(place, id);
    const order = orderOf(place).filter((one) => one !== id);
    return { edits: [{ path: [...place.things, id] }, { path: place.order, value: order }] };
  };
  const move = (place: Place, id: string, index: number): Planned => {
    get(place, id);
    const rest = orderOf(place).filter((one) => one !== id);
    return { edits: [{ path: place.order, value: put(rest, id, index) }] };
  };
  const duplicate = (place: Place, id: string): Planned => {
    const value = get(place, id);
    return insert(place, newId(textOf(objectAt(value, []).type)), afresh(value), orderOf(place).indexOf(id) + 1);
  };
  const typeAt = (widget?: string): WidgetType => {
    const name = textOf(at(content, widget === undefined ? ['type'] : ['widgets', widget, 'type']));
    return types.find((one) => one.type === name) ?? refuse('NotFound', `There is no widget “${name}” in this theme.`);
  };
  const room = (widget?: string): WidgetType => {
    const type = typeAt(widget);
    if (type.maxBlocks !== undefined && orderOf(blocksAt(widget)).length >= type.maxBlocks)
      refuse('InvalidInput', `“${type.label}” has at most ${type.maxBlocks} blocks. Nothing was added.`);
    return type;
  };

  switch (change.kind) {
    case 'set':
      return { edits: change.edits };
    case 'add_widget': {
      const type = types.find((one) => one.type === change.type && !one.global);
      if (!type) return refuse('NotFound', `There is no widget “${change.type}” in this theme.`);
      return insert(widgetsAt, newId(type.type), freshWidget(type), change.index);
    }
    case 'duplicate_widget':
      return duplicate(widgetsAt, change.widget);
    case 'remove_widget':
      return remove(widgetsAt, change.widget);
    case 'move_widget':
      return move(widgetsAt, change.widget, change.index);
    case 'add_block': {
      const block = room(change.widget).blocks.find((one) => one.type === change.type);
      if (!block) return refuse('NotFound', `There is no block “${change.type}” in this widget.`);
      const value = { type: block.type, settings: defaultsOf(block.settings) };
      return insert(blocksAt(change.widget), newId(block.type), value, change.index);
    }
    case 'duplicate_block':
      room(change.widget);
      return duplicate(blocksAt(change.widget), change.block);
    case 'remove_block':
      return remove(blocksAt(change.widget), change.block);
    case 'move_block':
      if (change.to === undefined || change.to === change.widget)
        return move(blocksAt(change.widget), change.block, change.index);
      return carry(change.widget, change.block, change.to, change.index);
    case 'paste':
      return paste(change.clip, change.widget, change.index);
  }

  function carry(widget: string | undefined, block: string, to: string, index: number): Planned {
    const value = get(blocksAt(widget), block);
    const kind = textOf(objectAt(value, []).type);
    const type = room(to);
    if (!type.blocks.some((one) => one.type === kind))
      refuse('NotFound', `“${type.label}” takes no block “${kind}”. Nothing was changed.`);
    const isTaken = Object.hasOwn(objectAt(content, blocksAt(to).things), block);
    const { edits, added } = insert(blocksAt(to), isTaken ? newId(kind) : block, value, index);
    return { edits: [...remove(blocksAt(widget), block).edits, ...edits], added };
  }

  function paste(clip: Clip, widget: string | undefined, index: number): Planned {
    const kind = textOf(objectAt(clip.content, []).type);
    if (clip.backlot === 'widget') {
      if (!types.some((one) => one.type === kind && !one.global))
        refuse('InvalidInput', `This site’s theme has no widget “${kind}”. Nothing was pasted.`);
      return insert(widgetsAt, newId(kind), afresh(clip.content), index);
    }
    const type = room(widget);
    if (clip.of !== type.type || !type.blocks.some((one) => one.type === kind))
      refuse('InvalidInput', `“${type.label}” takes no block “${kind}”. Nothing was pasted.`);
    return insert(blocksAt(widget), newId(kind), afresh(clip.content), index);
  }
}

function defaultsOf(settings: WidgetType['settings']): JsonObject {
  return Object.fromEntries(
    settings.filter(({ id, default: value }) => id && value !== undefined).map((one) => [one.id, one.default!]),
  );
}
function freshWidget(type: WidgetType): Json {
  const first = type.blocks[0];
  const blocks = first && type.blocks.length === 1 ? [first, first] : [];
  const made = blocks.map((block) => [newId(block.type), { type: block.type, settings: defaultsOf(block.settings) }]);
  return {
    type: type.type,
    settings: defaultsOf(type.settings),
    blocks: Object.fromEntries(made) as JsonObject,
    blocksOrder: made.map(([id]) => id as string),
  };
}
/** A copy whose blocks have ids of their own. */
function afresh(value: Json): Json {
  if (!isObject(value) || !isObject(value.blocks)) return structuredClone(value);
  const ids = new Map(Object.keys(value.blocks).map((id) => [id, newId(textOf(objectAt(value.blocks, [id]).type))]));
  const blocks = Object.fromEntries(Object.entries(value.blocks).map(([id, block]) => [ids.get(id)!, block]));
  const blocksOrder = listOf(value.blocksOrder).flatMap((id) => ids.get(id) ?? []);
  return structuredClone({ ...value, blocks, blocksOrder });
}

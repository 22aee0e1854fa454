/** What can be done with the widgets and blocks of the open document. Each act is one change, and can be undone. */
import { toFailure, type Change, type Clip, type WidgetType } from '$lib/backend';
import { at } from '$lib/content/json';
import type { App } from '$lib/state/app';
import { putClip } from './clipboard';
import { blocksOf, findType, homeOf, isGlobal, kindOf, placeOf, typeOf, widgetsOf } from './documents';
import type { DocumentSession } from './session.svelte';
import type { SiteEditor } from './site.svelte';

export class Acts {
  readonly #app: App;
  readonly site: SiteEditor;
  /** The acts under way, of which each begins with what the one before it has made. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(app: App, site: SiteEditor) {
    this.#app = app;
    this.site = site;
  }

  /** Does an act once those before it are done: what a key means is decided by what is there then. */
  #next(act: () => Promise<void>): Promise<void> {
    const done = this.#line.then(act);
    this.#line = done.catch(() => undefined);
    return done;
  }
  /** Resolves once the acts that were begun are done. */
  async settled(): Promise<void> {
    await this.#line;
  }

  get session(): DocumentSession | null {
    return this.site.session;
  }
  /** The selected widget or block; of a global widget only blocks can be moved or removed. */
  get chosen(): { widget: string | null; block: string | null } | null {
    const { selection, session } = this.site;
    if (!session?.content || this.site.raw) return null;
    const { widget, block } = selection;
    if (widget === null && block === null) return null;
    return at(session.content, placeOf(widget, block)) === undefined ? null : { widget, block };
  }
  /** The type of the widget that is selected, or that the selected block belongs to. */
  typeAt(widget: string | null): WidgetType | undefined {
    const { session, content } = this.site;
    if (!session || !content) return undefined;
    return findType(content, typeOf(at(session.content, homeOf(widget))), isGlobal(session.name));
  }
  siblings(widget: string | null, block: string | null): string[] {
    const { session } = this.site;
    if (block === null) return widgetsOf(session?.content);
    return blocksOf(at(session?.content, homeOf(widget)));
  }
  /** Whether another block fits into the widget. */
  hasRoom(widget: string | null): boolean {
    const most = this.typeAt(widget)?.maxBlocks;
    return most === undefined || blocksOf(at(this.session?.content, homeOf(widget))).length < most;
  }
  /** Whether a block of this type fits into the widget, besides those that it has. */
  takes(widget: string | null, block: string): boolean {
    const isKnown = this.typeAt(widget)?.blocks.some(({ type }) => type === block) ?? false;
    return isKnown && this.hasRoom(widget);
  }
  labelOf(widget: string | null, block: string | null): string {
    const type = this.typeAt(widget);
    const name = typeOf(at(this.session?.content, placeOf(widget, block)));
    if (block === null) return type?.label ?? (name || 'Widget');
    return type?.blocks.find((one) => one.type === name)?.label ?? (name || 'Block');
  }

  addWidget = (type: WidgetType) => this.#next(() => this.#addWidget(type));
  addBlock = (widget: string | null, type: string) => this.#next(() => this.#addBlock(widget, type));
  duplicate = () => this.#next(() => this.#duplicate());
  remove = () => this.#next(() => this.#remove());
  move = (by: -1 | 1) => this.#next(() => this.#move(by));
  moveTo = (widget: string | null, block: string | null, index: number, to = widget) =>
    this.#next(() => this.#moveTo(widget, block, index, to));
  cut = () => this.#next(() => this.#cut());
  paste = (clip: Clip | null) => this.#next(() => this.#paste(clip));

  async #addWidget(type: WidgetType): Promise<void> {
    const { widget } = this.site.selection;
    const order = widgetsOf(this.session?.content);
    const index = widget === null ? order.length : order.indexOf(widget) + 1;
    const added = await this.#do({ kind: 'add_widget', type: type.type, index });
    if (added) this.#arrive(added, null, `Added ${type.label}.`);
  }
  async #addBlock(widget: string | null, type: string): Promise<void> {
    const { selection } = this.site;
    const order = blocksOf(at(this.session?.content, homeOf(widget)));
    const isBeside = selection.widget === widget && selection.block !== null;
    const index = isBeside ? order.indexOf(selection.block!) + 1 : order.length;
    const added = await this.#do({ kind: 'add_block', ...named(widget), type, index });
    if (added) this.#arrive(widget, added, `Added ${this.labelOf(widget, added)}.`);
  }
  async #duplicate(): Promise<void> {
    const { chosen } = this;
    if (!chosen) return;
    const { widget, block } = chosen;
    const change: Change =
      block === null
        ? { kind: 'duplicate_widget', widget: widget! }
        : { kind: 'duplicate_block', ...named(widget), block };
    const label = this.labelOf(widget, block);
    const added = await this.#do(change);
    if (added) this.#arrive(block === null ? added : widget, block === null ? null : added, `Duplicated ${label}.`);
  }
  async #remove(): Promise<void> {
    const { chosen, session } = this;
    if (!chosen || !session) return;
    const { widget, block } = chosen;
    const clip = this.clip()!;
    const label = this.labelOf(widget, block);
    const order = this.siblings(widget, block);
    const index = order.indexOf(block ?? widget!);
    const next = order[index + 1] ?? order[index - 1] ?? null;
    const change: Change =
      block === null ? { kind: 'remove_widget', widget: widget! } : { kind: 'remove_block', ...named(widget), block };
    if ((await this.#do(change)) === false) return;
    if (block === null) this.#arrive(next, null);
    else this.#arrive(widget, next);
    const { edits, name } = session;
    const bringBack = (now: DocumentSession): Promise<unknown> | undefined => {
      if (at(now.content, placeOf(widget, block)) !== undefined) return undefined;
      const isLast = session.edits === edits && (now === session || now.edits === 0);
      return isLast ? now.undo() : now.change({ kind: 'paste', clip, ...(block !== null && named(widget)), index });
    };
    const run = () =>
      void this.#app
        .attempt(() => this.site.within(name, async (now) => void (await bringBack(now))))
        .then(() => this.session?.name === name && this.#arrive(widget, block));
    this.#app.toasts.show({
      text: `Removed “${label}”.`,
      tone: 'plain',
      action: { label: 'Undo', hint: 'Mod+Z', testid: 'undo-button', run },
    });
  }
  /** Where a step up or down takes what is chosen: a block at an end of its widget goes on into the next one that takes it. */
  step(by: -1 | 1): { index: number; to: string | null } | null {
    const { chosen, session } = this;
    if (!chosen) return null;
    const { widget, block } = chosen;
    const order = this.siblings(widget, block);
    const index = order.indexOf(block ?? widget!) + by;
    if (index >= 0 && index < order.length) return { index, to: widget };
    if (block === null || widget === null) return null;
    const kind = typeOf(at(session?.content, placeOf(widget, block)));
    const widgets = widgetsOf(session?.content);
    const from = widgets.indexOf(widget);
    const ahead = by > 0 ? widgets.slice(from + 1) : widgets.slice(0, from).reverse();
    const to = ahead.find((one) => this.takes(one, kind));
    if (to === undefined) return null;
    return { index: by > 0 ? 0 : blocksOf(at(session?.content, homeOf(to))).length, to };
  }
  async #move(by: -1 | 1): Promise<void> {
    const { chosen } = this;
    const step = this.step(by);
    if (chosen && step) await this.#moveTo(chosen.widget, chosen.block, step.index, step.to);
  }
  /** Moves to a place, counted without the thing itself; a block also into another widget. */
  async #moveTo(widget: string | null, block: string | null, index: number, to = widget): Promise<void> {
    const order = this.siblings(widget, block);
    const isCarried = block !== null && to !== null && to !== widget;
    if (!isCarried && order.indexOf(block ?? widget!) === index) return;
    const change: Change =
      block === null
        ? { kind: 'move_widget', widget: widget!, index }
        : { kind: 'move_block', ...named(widget), block, ...(isCarried && { to }), index };
    const added = await this.#do(change);
    if (added === false) return;
    const total = isCarried ? blocksOf(at(this.session?.content, homeOf(to))).length : order.length;
    const into = isCarried ? ` in ${this.labelOf(to, null)}` : '';
    this.#arrive(to, added ?? block, `Moved to place ${index + 1} of ${total}${into}.`);
  }

  clip(): Clip | null {
    const { chosen, session } = this;
    if (!chosen || !session) return null;
    const content = at(session.content, placeOf(chosen.widget, chosen.block));
    if (content === undefined) return null;
    if (chosen.block === null) return { backlot: 'widget', content };
    return { backlot: 'block', of: typeOf(at(session.content, homeOf(chosen.widget))), content };
  }
  copy(): boolean {
    const { chosen } = this;
    const clip = this.clip();
    if (!clip || !chosen) return false;
    void putClip(clip);
    this.#app.announcer.say(`Copied ${this.labelOf(chosen.widget, chosen.block)}.`);
    return true;
  }
  async #cut(): Promise<void> {
    if (this.copy()) await this.#remove();
  }
  async #paste(clip: Clip | null): Promise<void> {
    const { selection, session } = this.site;
    if (!session?.content || this.site.raw) return;
    if (!clip) {
      this.#app.toasts.show({ text: 'The clipboard holds no widget or block.', tone: 'plain' });
      return;
    }
    const { widget, block } = selection;
    const isWidget = clip.backlot === 'widget';
    if (isWidget && kindOf(session.name) !== 'page') {
      this.#app.toasts.show({ text: 'A widget can be pasted into a page only.', tone: 'plain' });
      return;
    }
    const order = isWidget ? widgetsOf(session.content) : blocksOf(at(session.content, homeOf(widget)));
    const beside = isWidget ? widget : block;
    const index = beside === null ? order.length : order.indexOf(beside) + 1;
    const added = await this.#do({ kind: 'paste', clip, ...(!isWidget && named(widget)), index });
    if (added) this.#arrive(isWidget ? added : widget, isWidget ? null : added, 'Pasted.');
  }

  /** Focus goes to the list's row of what is selected then. */
  onarrive: () => void = () => {};
  #arrive(widget: string | null, block: string | null, news?: string): void {
    this.site.selection.select(widget, block);
    if (news) this.#app.announcer.say(news);
    this.onarrive();
  }
  /** The id of what is new, nothing, or false when the host refuses. */
  async #do(change: Change): Promise<string | undefined | false> {
    try {
      return await this.session?.change(change);
    } catch (thrown) {
      this.#app.toasts.show({ text: toFailure(thrown).message, tone: 'bad' }, 9_000);
      return false;
    }
  }
}

const named = (widget: string | null): { widget?: string } => (widget === null ? {} : { widget });

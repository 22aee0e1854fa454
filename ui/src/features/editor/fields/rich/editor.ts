/** The rich text editor itself; it is loaded when a text is first shown. It has no undo of its own: the document has. */
import { baseKeymap, setBlockType, toggleMark } from 'prosemirror-commands';
import { keymap } from 'prosemirror-keymap';
import type { MarkType, Node, NodeType } from 'prosemirror-model';
import { liftListItem, sinkListItem, splitListItem, wrapInList } from 'prosemirror-schema-list';
import { EditorState, type Command } from 'prosemirror-state';
import { EditorView } from 'prosemirror-view';
import { read, withoutLooks, write } from './html';
import { schema } from './schema';

export { isUnderstood } from './html';

const { nodes, marks } = schema;

export interface RichState {
  strong: boolean;
  em: boolean;
  link: { href: string; newTab: boolean } | null;
  /** `p`, `h2`, … or a list. */
  block: string;
  list: 'bullet' | 'ordered' | null;
}
export interface RichOptions {
  html: string;
  attributes: Record<string, string>;
  ontype: (html: string) => void;
  onstate: (state: RichState) => void;
  onlink: () => void;
  /** The view would swallow these keys. */
  onstep: (step: 'undo' | 'redo') => void;
}

const wordsOf = (href: string): string => href.replace(/^(mailto|tel):/, '');
const insertBreak: Command = (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView());
  return true;
};

export class RichEditor {
  readonly #view: EditorView;
  #html: string;

  constructor(place: HTMLElement, options: RichOptions) {
    this.#html = options.html;
    const keys: Record<string, Command> = {
      'Mod-b': toggleMark(marks.strong),
      'Mod-i': toggleMark(marks.em),
      'Mod-Shift-k': () => (options.onlink(), true),
      'Mod-z': () => (options.onstep('undo'), true),
      'Mod-Shift-z': () => (options.onstep('redo'), true),
      'Mod-y': () => (options.onstep('redo'), true),
      'Shift-Enter': insertBreak,
      Enter: splitListItem(nodes.list_item),
      'Mod-]': sinkListItem(nodes.list_item),
      'Mod-[': liftListItem(nodes.list_item),
    };
    this.#view = new EditorView(place, {
      state: EditorState.create({ doc: read(options.html), plugins: [keymap(keys), keymap(baseKeymap)] }),
      attributes: options.attributes,
      transformPastedHTML: withoutLooks,
      dispatchTransaction: (transaction) => {
        this.#view.updateState(this.#view.state.apply(transaction));
        if (transaction.docChanged && !transaction.getMeta('given')) {
          this.#html = write(this.#view.state.doc);
          options.ontype(this.#html);
        }
        options.onstate(this.state);
      },
    });
    options.onstate(this.state);
  }

  /** The text as it is somewhere else now: by an undo, or by another program. */
  show(html: string): void {
    if (html === this.#html) return;
    this.#html = html;
    const { state } = this.#view;
    const doc = read(html);
    const start = state.doc.content.findDiffStart(doc.content);
    const end = state.doc.content.findDiffEnd(doc.content);
    if (start === null || !end) return;
    let { a, b } = end;
    const overlap = start - Math.min(a, b);
    if (overlap > 0) [a, b] = [a + overlap, b + overlap];
    this.#view.dispatch(state.tr.replace(start, a, doc.slice(start, b)).setMeta('given', true));
  }
  focus(): void {
    this.#view.focus();
  }
  destroy(): void {
    this.#view.destroy();
  }

  get state(): RichState {
    const { state } = this.#view;
    const { $from } = state.selection;
    const link = this.#linkAt()?.mark;
    const list = ancestor($from, (type) => type === nodes.bullet_list || type === nodes.ordered_list);
    const { parent } = $from;
    return {
      strong: this.#has(marks.strong),
      em: this.#has(marks.em),
      link: link ? { href: String(link.attrs.more.href ?? ''), newTab: link.attrs.more.target === '_blank' } : null,
      block: parent.type === nodes.heading ? `h${parent.attrs.level}` : 'p',
      list: list ? (list.type === nodes.bullet_list ? 'bullet' : 'ordered') : null,
    };
  }
  bold = (): void => this.#run(toggleMark(marks.strong));
  italic = (): void => this.#run(toggleMark(marks.em));
  block(name: string): void {
    const level = Number(/^h([1-6])$/.exec(name)?.[1] ?? 0);
    this.#run(level ? setBlockType(nodes.heading, { level }) : setBlockType(nodes.paragraph));
  }
  list(kind: 'bullet' | 'ordered'): void {
    const type = kind === 'bullet' ? nodes.bullet_list : nodes.ordered_list;
    const now = this.state.list;
    if (now === kind) return this.#run(liftListItem(nodes.list_item));
    if (now) return this.#run(switchList(type));
    // A heading is no list's item: it becomes a paragraph first.
    if (this.state.block !== 'p') this.#run(setBlockType(nodes.paragraph));
    this.#run(wrapInList(type));
  }

  /** Sets or takes away the link of what is selected; of a link that the caret is in, the whole of it. */
  link(href: string, newTab: boolean): void {
    const { state } = this.#view;
    const found = this.#linkAt();
    const { from, to } = found ?? state.selection;
    const transaction = state.tr.removeMark(from, to, marks.link);
    if (href) {
      const old = { ...(found?.mark.attrs.more as Record<string, string>) };
      if (newTab) Object.assign(old, { target: '_blank', rel: old.rel ?? 'noopener' });
      else if (old.target === '_blank') delete old.target;
      const mark = marks.link.create({ more: { ...old, href } });
      const said = found && state.doc.textBetween(from, to) === wordsOf(String(found.mark.attrs.more.href));
      // A link that says its own address goes on to say it.
      if (from === to || said) transaction.replaceWith(from, to, schema.text(wordsOf(href), [mark]));
      else transaction.addMark(from, to, mark);
    }
    this.#view.dispatch(transaction);
  }

  #run(command: Command): void {
    command(this.#view.state, this.#view.dispatch, this.#view);
    this.#view.focus();
  }
  #has(type: MarkType): boolean {
    const { from, to, empty, $from } = this.#view.state.selection;
    const { storedMarks, doc } = this.#view.state;
    return empty ? type.isInSet(storedMarks ?? $from.marks()) !== undefined : doc.rangeHasMark(from, to, type);
  }
  /** The link that the selection begins in, and how far it goes. */
  #linkAt() {
    const { $from, from, empty, to } = this.#view.state.selection;
    const { parent, parentOffset } = $from;
    const start = from - parentOffset;
    let found: { from: number; to: number; mark: ReturnType<typeof marks.link.create> } | undefined;
    parent.forEach((node: Node, offset) => {
      const mark = marks.link.isInSet(node.marks);
      const [first, last] = [start + offset, start + offset + node.nodeSize];
      if (!mark) return;
      if (found && found.mark.eq(mark) && found.to === first) found.to = last;
      else if (first <= from && from <= last && (empty || last > from) && to > first - 1)
        found ??= { from: first, to: last, mark };
    });
    return found;
  }
}

function ancestor($from: EditorState['selection']['$from'], fits: (type: NodeType) => boolean): Node | undefined {
  for (let depth = $from.depth; depth > 0; depth -= 1) if (fits($from.node(depth).type)) return $from.node(depth);
  return undefined;
}
const switchList =
  (type: NodeType): Command =>
  ({ selection: { $from }, tr }, dispatch) => {
    for (let depth = $from.depth; depth > 0; depth -= 1) {
      const { type: now } = $from.node(depth);
      if (now !== nodes.bullet_list && now !== nodes.ordered_list) continue;
      dispatch?.(tr.setNodeMarkup($from.before(depth), type));
      return true;
    }
    return false;
  };

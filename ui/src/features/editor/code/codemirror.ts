/**
 * The text editor and the comparison of two texts; loaded when one is first shown.
 *
 * Each lives in a shadow root: there its styles are a sheet of its own, which the window's policy allows, where a
 * `<style>` made at run time would be refused.
 */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { linter } from '@codemirror/lint';
import { diff, getChunks, MergeView } from '@codemirror/merge';
import { EditorState, Transaction, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'transparent', fontSize: '12px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '18px', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--text-faint)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--text) 5%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 35%, transparent)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--selected)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', border: '1px solid var(--line-strong)', color: 'var(--text)' },
  '.cm-lintRange-error': { backgroundImage: 'none', borderBottom: '2px solid var(--bad)' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--bad)' },
  '.cm-changedLine': { backgroundColor: 'color-mix(in srgb, var(--accent) 14%, transparent)' },
  '.cm-changedText': { background: 'color-mix(in srgb, var(--accent) 38%, transparent)' },
  '.cm-deletedLine, .cm-deletedText': { textDecoration: 'none' },
  '.cm-collapsedLines': {
    background: 'var(--sunken)',
    color: 'var(--text-soft)',
    padding: '2px 12px',
    fontFamily: 'var(--font)',
  },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '""', margin: 0 },
});
const colors = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--accent-text)' },
  { tag: tags.string, color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--hushed)' },
  { tag: tags.invalid, color: 'var(--bad)' },
]);
const plain: Extension = [
  lineNumbers(),
  drawSelection(),
  bracketMatching(),
  json(),
  syntaxHighlighting(colors),
  look,
  EditorView.lineWrapping,
  EditorState.phrases.of({ '$ unchanged lines': '$ lines are the same' }),
];

/** A place in a shadow root, filling the element. */
function shadowOf(place: HTMLElement): { root: ShadowRoot; inside: HTMLElement } {
  const root = place.shadowRoot ?? place.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    `:host{display:block;height:100%} .inside{height:100%;min-height:0;overflow:auto}
     .inside>.cm-editor{height:100%} .cm-mergeView{height:100%;overflow:auto}
     .cm-mergeViewEditor{min-width:0} .cm-mergeViewEditor+.cm-mergeViewEditor{border-left:1px solid var(--line)}`,
  );
  root.adoptedStyleSheets = [sheet];
  const inside = document.createElement('div');
  inside.className = 'inside';
  root.replaceChildren(inside);
  return { root, inside };
}

export interface TextOptions {
  text: string;
  label: string;
  ontype: (text: string) => void;
}
export class TextEditor {
  readonly #view: EditorView;
  #given = false;

  constructor(place: HTMLElement, { text, label, ontype }: TextOptions) {
    const { root, inside } = shadowOf(place);
    this.#view = new EditorView({
      parent: inside,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          plain,
          highlightActiveLine(),
          history(),
          indentOnInput(),
          linter(jsonParseLinter(), { delay: 300 }),
          // Tab is a way out of the editor too: after Escape it moves focus.
          keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged && !this.#given) ontype(state.doc.toString());
          }),
        ],
      }),
    });
  }
  get text(): string {
    return this.#view.state.doc.toString();
  }
  /** Another text in its place: only where it differs, so that the caret stays. Undone here if the person put it there. */
  show(text: string, isOwn = false): void {
    const before = this.text;
    const after = text.replace(/\r\n?/g, '\n');
    if (after === before) return;
    const changes = diff(before, after, { scanLimit: 500 }).map(({ fromA, toA, fromB, toB }) => ({
      from: fromA,
      to: toA,
      insert: after.slice(fromB, toB),
    }));
    this.#given = true;
    this.#view.dispatch({ changes, annotations: Transaction.addToHistory.of(isOwn) });
    this.#given = false;
  }
  focus(): void {
    this.#view.focus();
  }
  destroy(): void {
    this.#view.destroy();
  }
}

/** Two texts side by side, at their first difference. */
export class Comparison {
  readonly #view: MergeView;

  constructor(place: HTMLElement, left: string, right: string, labels: readonly [string, string]) {
    const { root, inside } = shadowOf(place);
    const side = (label: string): Extension => [
      plain,
      EditorState.readOnly.of(true),
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    ];
    this.#view = new MergeView({
      parent: inside,
      root,
      a: { doc: left, extensions: side(labels[0]) },
      b: { doc: right, extensions: side(labels[1]) },
      gutter: false,
      collapseUnchanged: { margin: 3, minSize: 8 },
    });
    const first = getChunks(this.#view.b.state)?.chunks[0];
    if (!first) return;
    const { b } = this.#view;
    const at = Math.min(first.fromB, b.state.doc.length);
    b.dispatch({ effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    requestAnimationFrame(() => {
      const top = b.lineBlockAt(at).top;
      this.#view.dom.scrollTop = Math.max(0, top - 60);
    });
  }
  destroy(): void {
    this.#view.destroy();
  }
}

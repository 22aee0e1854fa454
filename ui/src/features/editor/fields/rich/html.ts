/** Rich text from HTML and back, and whether anything would be lost on the way. */
import { DOMParser as Reader, type Mark, type Node } from 'prosemirror-model';
import { attributesOf, schema, type Attributes } from './schema';

const reader = Reader.fromSchema(schema);
/** The window's policy refuses `style` attributes even in a text that is only read: they go by another name meanwhile. */
const style = 'data-kept-style';
const bodyOf = (html: string): HTMLElement => {
  const renamed = eachAttribute(html, (name, rest) => (/^style$/i.test(name) ? style : name) + rest);
  return new DOMParser().parseFromString(renamed, 'text/html').body;
};

const tag = /<[a-z][^\s/>]*(?:\s+[^\s=>]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]*))?)*\s*\/?>/gi;
const attribute = /(\s+)([^\s=>"'/]+)(\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+))?/g;
/** Writes every attribute of every tag anew, and nothing else of the text. */
function eachAttribute(html: string, write: (name: string, rest: string) => string): string {
  return html.replace(tag, (whole) =>
    whole.replace(attribute, (_, space: string, name: string, rest: string | undefined) => {
      const written = write(name, rest ?? '');
      return written && space + written;
    }),
  );
}
/** Of what is pasted only words, structure and links are wanted, not another program's looks. */
export const withoutLooks = (html: string): string =>
  eachAttribute(html, (name, rest) => (/^(href|title|target|rel|start|lang)$/i.test(name) ? name + rest : ''));

export const read = (html: string): Node => reader.parse(bodyOf(html));

const escaped = (text: string): string =>
  text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\u00a0/g, '&nbsp;');
const attributes = (more: Attributes): string =>
  Object.entries(more)
    .map(([key, value]) => {
      const name = key === style ? 'style' : key;
      return value === '' ? ` ${name}` : ` ${name}="${escaped(value).replace(/"/g, '&quot;')}"`;
    })
    .join('');
const tagOf = ({ type, attrs }: Node | Mark): string => {
  if (type.name === 'heading') return `h${attrs.level}`;
  const tags: Record<string, string> = { paragraph: 'p', bullet_list: 'ul', ordered_list: 'ol', list_item: 'li' };
  return (
    tags[type.name] ??
    { blockquote: 'blockquote', horizontal_rule: 'hr', hard_break: 'br', link: 'a' }[type.name] ??
    String(attrs.tag)
  );
};
const isEmpty = (more: Attributes): boolean => Object.keys(more).length === 0;

/** Nothing at all for a text without a character. */
export function write(doc: Node): string {
  const only = doc.childCount === 1 ? doc.firstChild! : null;
  if (only?.type.name === 'paragraph' && only.content.size === 0) return '';
  return inside(doc);
}
function inside(parent: Node): string {
  let html = '';
  parent.forEach((node, _, index) => (html += nodeHtml(node, parent, index)));
  return html;
}
function nodeHtml(node: Node, parent: Node, index: number): string {
  const tag = tagOf(node);
  const head = `<${tag}${attributes(node.attrs.more)}>`;
  if (node.type.name === 'horizontal_rule') return head;
  if (!node.isTextblock) return `${head}${inside(node)}</${tag}>`;
  const isBare =
    node.type.name === 'paragraph' &&
    parent.type.name === 'list_item' &&
    index === 0 &&
    !node.attrs.isTagged &&
    isEmpty(node.attrs.more);
  return isBare ? inline(node) : `${head}${inline(node)}</${tag}>`;
}
/** Marks that go on from one piece to the next are closed only once. */
function inline(block: Node): string {
  let html = '';
  let open: readonly Mark[] = [];
  const close = (to: number) => {
    for (const mark of open.slice(to).toReversed()) html += `</${tagOf(mark)}>`;
  };
  block.forEach((piece) => {
    let same = 0;
    while (same < open.length && same < piece.marks.length && open[same]!.eq(piece.marks[same]!)) same += 1;
    close(same);
    for (const mark of piece.marks.slice(same)) html += `<${tagOf(mark)}${attributes(mark.attrs.more)}>`;
    open = piece.marks;
    html += piece.isText ? escaped(piece.text ?? '') : `<${tagOf(piece)}${attributes(piece.attrs.more)}>`;
  });
  close(0);
  return html;
}

/** Whether a text comes back as it was. The order of nested marks, and space between blocks, mean nothing. */
export function isUnderstood(html: string): boolean {
  if (html.trim() === '') return true;
  const before = shapeOf(bodyOf(html));
  return before !== undefined && before === shapeOf(bodyOf(write(read(html))));
}

const blocks = new Set(['P', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'UL', 'OL', 'LI', 'BLOCKQUOTE', 'HR']);
const wraps = new Set(['BODY', 'UL', 'OL', 'LI', 'BLOCKQUOTE']);

/** One line that is equal for texts that mean the same. Nothing for what has a part that is not even an element. */
function shapeOf(root: Element): string | undefined {
  let isStrange = false;
  const walk = (element: Element, marks: readonly string[]): string => {
    let out = '';
    let run = '';
    const holdsBlocks = wraps.has(element.tagName);
    const flush = () => {
      // Words that stand bare among blocks are a paragraph; space among them is nothing.
      if (holdsBlocks && element.tagName !== 'LI' && run.trim() !== '') out += `<P>${run.trim()}</P>`;
      else if (!holdsBlocks || run.trim() !== '') out += holdsBlocks ? run.trim() : run;
      run = '';
    };
    for (const child of element.childNodes) {
      if (child.nodeType === 3) run += textShape(child.textContent ?? '', marks);
      else if (!(child.nodeType === 1)) isStrange = true;
      else {
        const inner = child as Element;
        const head = `${inner.tagName}${attributeShape(attributesOf(inner))}`;
        if (blocks.has(inner.tagName)) {
          flush();
          out += `<${head}>${walk(inner, [])}</${inner.tagName}>`;
        } else if (inner.tagName === 'BR') run += `<${head}>`;
        else {
          const words = walk(inner, [...marks, head].sort());
          // An element with no words in it would be dropped: it counts by itself.
          run += inner.textContent === '' ? `<${head}>${words}</${inner.tagName}>` : words;
        }
      }
    }
    flush();
    return out;
  };
  const shape = merge(walk(root, []));
  return isStrange ? undefined : shape;
}
const attributeShape = (all: Attributes): string =>
  Object.entries(all)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    .join('');
/** Each word with its marks, so that it does not matter where one run of marks ends. */
function textShape(text: string, marks: readonly string[]): string {
  const around = marks.length > 0 ? `{${marks.join('|')}}` : '';
  return text
    .replace(/[ \t\r\n\f]+/g, ' ')
    .split('')
    .map((letter) => (letter === ' ' ? ' ' : `${around}${escaped(letter)}`))
    .join('');
}
const merge = (shape: string): string =>
  shape
    .replace(/ +/g, ' ')
    .replace(/ ?(<BR[^>]*>) ?/g, '$1')
    .replace(/> /g, '>')
    .replace(/ </g, '<');

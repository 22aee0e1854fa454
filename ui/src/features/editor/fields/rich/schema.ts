/**
 * What the rich text editor understands. An element keeps the tag and the attributes it came with, so that they are
 * written again as they were; what is not described here is not understood, and such a text is edited as HTML.
 */
import { Schema, type Mark, type MarkSpec, type Node, type NodeSpec, type TagParseRule } from 'prosemirror-model';

export type Attributes = Record<string, string>;

export const attributesOf = (element: Element): Attributes =>
  Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));

const kept = { more: { default: {} as Attributes } };
const keep = (tag: string): TagParseRule => ({
  tag,
  getAttrs: (element) => ({ tag: element.tagName.toLowerCase(), more: attributesOf(element) }),
});

function block(content: string, tag: string, more: Partial<NodeSpec> = {}): NodeSpec {
  return { content, group: 'block', attrs: kept, parseDOM: [keep(tag)], toDOM: () => [tag, 0], ...more };
}
/** `tags` mean the same; the first is the one that is made new. */
function mark(...tags: [string, ...string[]]): MarkSpec {
  return {
    attrs: { tag: { default: tags[0] }, ...kept },
    parseDOM: tags.map(keep),
    toDOM: (one: Mark) => [String(one.attrs.tag), 0],
  };
}

export const schema = new Schema({
  nodes: {
    doc: { content: 'block+' },
    // The first paragraph of a list's item is written without its tag, unless it came with one.
    paragraph: {
      content: 'inline*',
      group: 'block',
      attrs: { ...kept, isTagged: { default: false } },
      parseDOM: [{ tag: 'p', getAttrs: (element) => ({ more: attributesOf(element), isTagged: true }) }],
      toDOM: () => ['p', 0],
    },
    heading: {
      content: 'inline*',
      group: 'block',
      defining: true,
      attrs: { ...kept, level: { default: 2 } },
      parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({
        tag: `h${level}`,
        getAttrs: (element: HTMLElement) => ({ level, more: attributesOf(element) }),
      })),
      toDOM: (node: Node) => [`h${node.attrs.level}`, 0],
    },
    bullet_list: block('list_item+', 'ul'),
    ordered_list: block('list_item+', 'ol'),
    list_item: {
      content: 'paragraph block*',
      defining: true,
      attrs: kept,
      parseDOM: [keep('li')],
      toDOM: () => ['li', 0],
    },
    blockquote: block('block+', 'blockquote', { defining: true }),
    horizontal_rule: { group: 'block', attrs: kept, parseDOM: [keep('hr')], toDOM: () => ['hr'] },
    hard_break: {
      inline: true,
      group: 'inline',
      selectable: false,
      attrs: kept,
      parseDOM: [keep('br')],
      toDOM: () => ['br'],
    },
    text: { group: 'inline' },
  },
  marks: {
    link: {
      inclusive: false,
      attrs: kept,
      parseDOM: [{ tag: 'a', getAttrs: (element) => ({ more: attributesOf(element) }) }],
      // With no address of its own it leads nowhere: the window must not be left by a click.
      toDOM: (one: Mark) => ['a', { title: String(one.attrs.more.href ?? '') }, 0],
    },
    span: mark('span'),
    strong: mark('strong', 'b'),
    em: mark('em', 'i'),
    underline: mark('u'),
    strike: mark('s', 'del', 'strike'),
    small: mark('small'),
    sub: mark('sub'),
    sup: mark('sup'),
    code: mark('code'),
  },
});

/** What is typed, as a page is told of it before its site has made it. */
import type { Json } from '$lib/backend';
import type { TypedText } from '$lib/backend/preview';
import { editsBetween, at, type Path } from '$lib/content/json';

/** The plain texts of settings that are others in `after` than in `before`, two versions of one document. */
export function textsBetween(document: string, before: Json | undefined, after: Json | undefined): TypedText[] {
  return editsBetween(before, after).flatMap(({ path, value }) => {
    const place = placeOf(document, path);
    const was = at(before, path);
    return place && isPlain(was) && isPlain(value) ? [{ ...place, before: was, text: value }] : [];
  });
}

/** What a page shows of a marked-up text is not what was typed. */
const isPlain = (value: Json | undefined): value is string => typeof value === 'string' && !/<|&[#\w]+;/.test(value);

function placeOf(document: string, path: Path): Pick<TypedText, 'widget' | 'block' | 'setting'> | null {
  const isGlobal = document.startsWith('global/');
  if (!isGlobal && path[0] !== 'widgets') return null;
  const widget = isGlobal ? document.slice('global/'.length) : path[1];
  const inside = isGlobal ? path : path.slice(2);
  if (widget === undefined) return null;
  if (inside.length === 2 && inside[0] === 'settings') return { widget, block: null, setting: inside[1]! };
  if (inside.length === 4 && inside[0] === 'blocks' && inside[2] === 'settings')
    return { widget, block: inside[1]!, setting: inside[3]! };
  return null;
}

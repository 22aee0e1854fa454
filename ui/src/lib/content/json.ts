/** JSON as a value that is never changed in place: an edit gives a new value that shares all it does not touch. */
import type { Edit, Json } from '$lib/backend/content';

export type Path = readonly string[];
export type JsonObject = { [key: string]: Json };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands at `path`; undefined when nothing does. */
export function at(value: Json | undefined, path: Path): Json | undefined {
  let here = value;
  for (const key of path) {
    if (Array.isArray(here)) here = here[Number(key)];
    else if (isObject(here) && Object.hasOwn(here, key)) here = here[key];
    else return undefined;
  }
  return here;
}

/** The object at `path`, or an empty one. */
export function objectAt(value: Json | undefined, path: Path): JsonObject {
  const found = at(value, path);
  return isObject(found) ? found : {};
}

/** Objects that are missing on the way to an edit's place are made; one edit without a value takes its place away. */
export function applyEdit(value: Json | undefined, { path, value: next }: Edit, depth = 0): Json | undefined {
  const key = path[depth];
  if (key === undefined) return next;
  if (Array.isArray(value)) {
    const index = Number(key);
    const changed = applyEdit(value[index], { path, value: next }, depth + 1);
    if (changed === undefined) return index < value.length ? value.toSpliced(index, 1) : value;
    return index < value.length ? value.with(index, changed) : [...value, changed];
  }
  const object = isObject(value) ? value : {};
  const known = Object.hasOwn(object, key) ? object[key] : undefined;
  const changed = applyEdit(known, { path, value: next }, depth + 1);
  if (changed === undefined) {
    if (!Object.hasOwn(object, key)) return value;
    return Object.fromEntries(Object.entries(object).filter(([other]) => other !== key));
  }
  return changed === known ? object : { ...object, [key]: changed };
}

export const applyEdits = (value: Json | undefined, edits: readonly Edit[]): Json | undefined =>
  edits.reduce<Json | undefined>((now, edit) => applyEdit(now, edit), value);

/** The edit that takes `edit` back, where `value` is what it is about to change. */
export function inverseOf(value: Json | undefined, { path }: Edit): Edit {
  const before = at(value, path);
  return before === undefined ? { path } : { path, value: before };
}

export function isEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}

export const isSamePath = (a: Path, b: Path): boolean =>
  a.length === b.length && a.every((key, index) => key === b[index]);
/** Whether one of the two stands inside the other, or is it. */
export const meet = (a: Path, b: Path): boolean => {
  const length = Math.min(a.length, b.length);
  return isSamePath(a.slice(0, length), b.slice(0, length));
};

/** The smallest edits that make `before` into `after`. A list is one value. */
export function editsBetween(before: Json | undefined, after: Json | undefined, path: string[] = []): Edit[] {
  if (isEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [after === undefined ? { path } : { path, value: after }];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    editsBetween(
      Object.hasOwn(before, key) ? before[key] : undefined,
      Object.hasOwn(after, key) ? after[key] : undefined,
      [...path, key],
    ),
  );
}

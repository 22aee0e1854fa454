/** What every field is given, and what it may do. */
import type { Edit, Json, Setting } from '$lib/backend';
import type { SiteEditor } from '../site.svelte';

export interface FieldProps {
  /** Of the element that the label is for; of a group, of the group. */
  id: string;
  site: SiteEditor;
  setting: Setting;
  /** What is there; undefined where the default stands. */
  value: Json | undefined;
  /** A new value; undefined takes it away. */
  onset: (value: Json | undefined) => void;
  /** Changes inside the value: their paths begin there. */
  onedit: (edits: Edit[]) => void;
  /** Says what is wrong with what was typed; nothing when all is well. */
  onproblem: (problem: string) => void;
  /** The ids of what describes the field. */
  describedby: string | undefined;
  invalid: boolean;
}

export const textOf = (value: Json | undefined): string =>
  value === undefined || value === null
    ? ''
    : typeof value === 'string'
      ? value
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);

/** What stands in a field that has no value of its own. */
export const shownValue = (value: Json | undefined, { default: usual }: Setting): Json | undefined => value ?? usual;

/** Which field edits which type of setting. What is not named here is edited as JSON. */
import type { Component } from 'svelte';
import CheckboxField from './CheckboxField.svelte';
import ColorField from './ColorField.svelte';
import type { FieldProps } from './field';
import FontField from './FontField.svelte';
import IconField from './IconField.svelte';
import JsonField from './JsonField.svelte';
import LinkField from './LinkField.svelte';
import MediaField from './MediaField.svelte';
import MenuField from './MenuField.svelte';
import NumberField from './NumberField.svelte';
import RadioField from './RadioField.svelte';
import RichTextField from './RichTextField.svelte';
import SelectField from './SelectField.svelte';
import TextField from './TextField.svelte';

export interface FieldKind {
  field: Component<FieldProps>;
  /** The label is for a group of elements. */
  isGroup?: boolean;
  /** The field shows the label itself. */
  isLabelled?: boolean;
  /** What a value must be for this field to edit it; another value is edited as JSON. */
  takes: (value: unknown) => boolean;
}

const isText = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number' || value === null;
const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;
const isLinkLike = (value: unknown): boolean => isText(value) || (typeof value === 'object' && !Array.isArray(value));

const media: FieldKind = { field: MediaField, isGroup: true, takes: isText };
const font: FieldKind = { field: FontField, isGroup: true, takes: isLinkLike };
const known: Record<string, FieldKind> = {
  text: { field: TextField, takes: isText },
  textarea: { field: TextField, takes: isText },
  code: { field: TextField, takes: isText },
  richtext: { field: RichTextField, isGroup: true, takes: isText },
  number: { field: NumberField, takes: isText },
  range: { field: NumberField, takes: isText },
  checkbox: { field: CheckboxField, isLabelled: true, takes: (value) => typeof value === 'boolean' || value === null },
  select: { field: SelectField, takes: isPlain },
  radio: { field: RadioField, isGroup: true, takes: isPlain },
  color: { field: ColorField, takes: isText },
  image: media,
  video: media,
  audio: media,
  file: media,
  link: { field: LinkField, isGroup: true, takes: isLinkLike },
  menu: { field: MenuField, takes: isText },
  icon: { field: IconField, takes: isText },
  font,
  font_picker: font,
};
const json: FieldKind = { field: JsonField, takes: () => true };

export function kindFor(type: string, value: unknown): FieldKind {
  const kind = Object.hasOwn(known, type) ? known[type]! : json;
  return value === undefined || kind.takes(value) ? kind : json;
}

/** The part of the door that is about a demo's media. `demo` is always the demo's id. */
import type { Failure } from './types';

export interface MediaSize {
  path: string;
  width: number;
  height: number;
}
/** As it stands in `media.json`; a field that is not described here is kept. */
export interface MediaItem {
  id: string;
  filename: string;
  originalName: string;
  /** The media type, such as `image/png`. */
  type: string;
  /** In bytes. */
  size: number;
  uploaded: string;
  /** From the site's root, such as `/uploads/images/a.jpg`. */
  path: string;
  metadata: { alt?: string; title?: string; caption?: string; focalPoint?: { x: number; y: number } };
  width?: number;
  height?: number;
  /** `about`, `global:header`, `global:theme-settings`. */
  usedIn: string[];
  sizes?: Record<string, MediaSize>;
}
export interface MediaListing {
  rev: string | null;
  files: MediaItem[];
  /** What takes back the change that this is the answer to, where that can be done. */
  token?: string;
  /** What the change did to the file that was put in place. */
  notes?: ImportNote[];
  /** What a person should look at after the change that this is the answer to. */
  warnings?: string[];
}
/** What an import did to a part of a file. */
export interface ImportNote {
  effect: 'removed' | 'kept' | 'repaired';
  /** Such as `location`, `exif`, `scripts`. */
  subject: string;
  /** The names of the parts, such as those of elements. */
  names?: string[];
  /** The note as a sentence. */
  message: string;
}
export interface MediaChange {
  alt?: string;
  title?: string;
  caption?: string;
  /** 0 to 1 from the left and from the top; null takes it away. */
  focalPoint?: { x: number; y: number } | null;
}
/** A place that uses an item. */
export interface MediaUse {
  /** `pages/about`, `global/header`, `theme`. */
  document: string;
  /** The document's name for a person. */
  name: string;
  path: string[];
  widget?: string;
  block?: string;
}
export interface MediaImport {
  id: string;
  demo: string;
  state: 'running' | 'done' | 'cancelled';
  /** Files so far and in all. */
  done: number;
  total: number;
  /** The file that is worked on. */
  current?: string;
  /** Ids of what was added. */
  added: string[];
  /** Files whose bytes are there already, with the id of the item. */
  duplicates: { file: string; id: string }[];
  /** What could not be taken, and why. */
  failed: { file: string; error: Failure }[];
  /** What was removed from files that were added, kept in them, or repaired. Empty until the import has ended. */
  notes: { file: string; id: string; notes: ImportNote[] }[];
}
export interface MediaFinding {
  /** `missing_file`, `orphan`, `duplicate`, `stale_usage`, `missing_alt`, `missing_size`. */
  kind: string;
  /** The item, where it is about one. */
  id?: string;
  path: string;
  /** What is wrong, in words. */
  message: string;
  /** What the repair would do; none when it takes a person. */
  remedy?: string;
}
/** What the system says of files dragged over the window; positions are CSS pixels of the viewport. */
export type FileDrag =
  | { kind: 'over'; x: number; y: number; count: number }
  | { kind: 'drop'; x: number; y: number; files: string[] }
  | { kind: 'leave' };

/** Events about media. */
export type MediaEvent = { kind: 'media_changed'; demo: string } | { kind: 'import_changed'; import: MediaImport };

export interface MediaBackend {
  media(demo: string): Promise<MediaListing>;
  /** The address of a picture of an image: a thumbnail of at most 256 px, or the file itself. Of a video or sound, `full` is what plays. */
  mediaUrl(demo: string, item: Pick<MediaItem, 'path' | 'uploaded'>, size: 'thumb' | 'full'): string;
  setMedia(demo: string, id: string, change: MediaChange): Promise<MediaItem>;
  /** Begins at once; how it goes is told by events. */
  importMedia(demo: string, files: string[]): Promise<MediaImport>;
  /** The imports that run, each as it was told last. */
  imports(demo: string): Promise<MediaImport[]>;
  cancelImport(id: string): Promise<void>;
  /**
   * Another file in the place of an item's; what refers to it refers to the new one. Gives the item, and with `token` what
   * `restoreMedia` needs to bring the old file back.
   */
  replaceMedia(demo: string, id: string, file: string): Promise<MediaListing>;
  /** A new file name; every reference follows, in one transaction. Gives the item, and in `warnings` what may still have the old name. */
  renameMedia(demo: string, id: string, filename: string): Promise<MediaListing>;
  /** Refused with `InUse` naming the places, unless `evenIfUsed`. Gives what `restoreMedia` needs. */
  removeMedia(demo: string, ids: string[], evenIfUsed: boolean): Promise<string>;
  restoreMedia(demo: string, token: string): Promise<void>;
  /** Where these items are used, by their ids, found with one search of the site. An item that is gone has no entry. */
  mediaUses(demo: string, ids: string[]): Promise<Record<string, MediaUse[]>>;
  checkMedia(demo: string): Promise<MediaFinding[]>;
  /** Does what the remedies of these findings say; gives what `restoreMedia` needs. */
  repairMedia(demo: string, findings: MediaFinding[]): Promise<string>;
  /** Files dragged over the window from outside. */
  onFileDrag(listener: (drag: FileDrag) => void): Promise<() => void>;
}

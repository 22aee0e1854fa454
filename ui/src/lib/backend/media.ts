/** The part of the door that is about a demo's media. `demo` is always the demo's id. */
import type { Change } from '../bindings/Change';
import type { ImportNote } from '../bindings/ImportNote';
import type { MediaChange } from '../bindings/MediaChange';
import type { MediaFinding } from '../bindings/MediaFinding';
import type { MediaImport } from '../bindings/MediaImport';
import type { MediaItem } from '../bindings/MediaItem';
import type { MediaListing } from '../bindings/MediaListing';
import type { MediaSize } from '../bindings/MediaSize';
import type { MediaUse } from '../bindings/MediaUse';

export type { ImportNote, MediaChange, MediaFinding, MediaImport, MediaItem, MediaListing, MediaSize, MediaUse };

/** What the system says of files dragged over the window; positions are CSS pixels of the viewport. */
export type FileDrag =
  | { kind: 'over'; x: number; y: number; count: number }
  | { kind: 'drop'; x: number; y: number; files: string[] }
  | { kind: 'leave' };

/** Events about media. */
export type MediaEvent = Extract<Change, { kind: 'media_changed' | 'import_changed' }>;

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

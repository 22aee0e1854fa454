/**
 * The words of one item while they are typed: they are saved a moment after the last key, and when the field is left.
 *
 * Only what differs from what the host has is sent. What is typed while a save is under way goes with the next one.
 * Somebody else's change is taken over in the fields that are not being edited.
 */
import { type Failure, type MediaChange, type MediaItem, toFailure } from '$lib/backend';

export type Field = 'alt' | 'title' | 'caption';
export type Point = { x: number; y: number };
export type SaveState = 'none' | 'unsaved' | 'saving' | 'saved' | 'failed';

const fields: Field[] = ['alt', 'title', 'caption'];
const isEqual = (a: Point | null, b: Point | null) => a?.x === b?.x && a?.y === b?.y;

export class Words {
  alt = $state('');
  title = $state('');
  caption = $state('');
  point = $state.raw<Point | null>(null);
  state = $state<SaveState>('none');
  failure = $state.raw<Failure | null>(null);

  readonly #save: (change: MediaChange) => Promise<MediaItem>;
  readonly #wait: number;
  #kept: Record<Field, string> & { point: Point | null } = { alt: '', title: '', caption: '', point: null };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | null = null;

  constructor(item: MediaItem, save: (change: MediaChange) => Promise<MediaItem>, wait = 800) {
    this.#save = save;
    this.#wait = wait;
    this.follow(item);
  }

  /** The item as it is now: a field that was not edited since shows it. */
  follow({ metadata }: MediaItem): void {
    for (const field of fields) {
      const now = metadata[field] ?? '';
      if (this[field] === this.#kept[field]) this[field] = now;
      this.#kept[field] = now;
    }
    const now = metadata.focalPoint ?? null;
    if (isEqual(this.point, this.#kept.point)) this.point = now;
    this.#kept.point = now;
  }

  edit(field: Field, value: string): void {
    this[field] = value;
    this.#later();
  }
  /** Null stands for the middle. */
  focus(point: Point | null): void {
    this.point = point;
    this.#later();
  }

  /** Saves at once what is not saved; says whether all of it is. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    await this.#saving;
    if (this.#change()) await this.#run();
    return this.#change() === undefined;
  }

  #later(): void {
    clearTimeout(this.#timer);
    if (!this.#change()) {
      if (this.state === 'unsaved' || this.state === 'failed') this.state = 'none';
      return;
    }
    if (this.state !== 'saving') this.state = 'unsaved';
    this.#timer = setTimeout(() => void this.flush(), this.#wait);
  }
  #change(): MediaChange | undefined {
    const change: MediaChange = {};
    for (const field of fields) if (this[field] !== this.#kept[field]) change[field] = this[field];
    if (!isEqual(this.point, this.#kept.point)) change.focalPoint = this.point;
    return Object.keys(change).length > 0 ? change : undefined;
  }
  #run(): Promise<void> {
    this.#saving ??= this.#send().finally(() => (this.#saving = null));
    return this.#saving;
  }
  async #send(): Promise<void> {
    const change = this.#change();
    if (!change) return;
    this.state = 'saving';
    try {
      this.follow(await this.#save(change));
      // However the host keeps it: what was sent and still stands there is saved.
      for (const field of fields) if (this[field] === change[field]) this.#kept[field] = this[field];
      this.failure = null;
      this.state = this.#change() ? 'unsaved' : 'saved';
    } catch (thrown) {
      this.failure = toFailure(thrown);
      this.state = 'failed';
    }
  }
}

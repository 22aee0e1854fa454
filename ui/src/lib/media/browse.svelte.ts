/** How a library is looked at: what is searched for, in what order it stands, and what is chosen of it. */
import type { MediaItem } from '$lib/backend';
import { everything, filterMedia, sortMedia, type Criteria, type Order } from './filter';
import type { MediaKind } from './kinds';
import { kindOf } from './kinds';
import type { Library } from './library.svelte';
import { Selection } from './selection.svelte';

export type Look = 'grid' | 'list';

export class Browse {
  readonly library: Library;
  criteria = $state<Criteria>({ ...everything });
  order = $state<Order | ''>('');
  look = $state<Look>('grid');
  readonly #only: MediaKind | undefined;
  readonly offered = $derived.by(() =>
    this.#only ? this.library.items.filter((item) => kindOf(item) === this.#only) : this.library.items,
  );
  readonly #sorted = $derived.by(() => sortMedia(this.offered, this.order));
  readonly visible: readonly MediaItem[] = $derived.by(() => filterMedia(this.#sorted, this.criteria));
  readonly isFiltered = $derived.by(() => this.visible !== this.#sorted);
  readonly selection = new Selection<MediaItem>(() => this.visible);

  /** `only` leaves out all other kinds from the start. */
  constructor(library: Library, only?: MediaKind) {
    this.library = library;
    this.#only = only;
  }

  clear(): void {
    this.criteria = { ...everything };
  }
}

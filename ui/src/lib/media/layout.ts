/** Where tiles stand, and where a key leads among them. */

const gap = 8;
/** Name and numbers below a picture. */
const caption = 44;

export interface Layout {
  columns: number;
  rowHeight: number;
  pictureHeight: number;
}

/** `width` is what there is for tiles, without the margins. */
export function layoutOf(width: number, least = 138): Layout {
  const room = Math.max(least, width);
  const columns = Math.max(1, Math.floor((room + gap) / (least + gap)));
  const tile = (room - gap * (columns - 1)) / columns;
  const pictureHeight = Math.round(tile * 0.72);
  return { columns, pictureHeight, rowHeight: pictureHeight + caption + gap };
}

export function rowsOf<Item>(items: readonly Item[], columns: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / columns) }, (_, row) =>
    items.slice(row * columns, (row + 1) * columns),
  );
}

/** The index that a key leads to from `at` (-1 is nowhere); undefined for keys that do not move. */
export function stepTo(key: string, at: number, total: number, columns: number, page: number): number | undefined {
  const last = total - 1;
  const down = (rows: number) => {
    const wanted = at + rows * columns;
    const isLastRow = Math.floor(at / columns) === Math.floor(last / columns);
    return wanted > last ? (isLastRow ? at : last) : wanted;
  };
  const up = (rows: number) => {
    const wanted = at - rows * columns;
    return wanted < 0 ? at % columns : wanted;
  };
  const steps: Record<string, () => number> = {
    ArrowRight: () => (columns > 1 ? Math.min(last, at + 1) : at),
    ArrowLeft: () => (columns > 1 ? Math.max(0, at - 1) : at),
    ArrowDown: () => down(1),
    ArrowUp: () => up(1),
    PageDown: () => down(page),
    PageUp: () => up(page),
    Home: () => 0,
    End: () => last,
  };
  const step = steps[key];
  if (!step || total === 0) return undefined;
  return at < 0 ? (key === 'End' ? last : 0) : step();
}

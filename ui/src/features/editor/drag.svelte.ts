/** Dragging a row of a list by the pointer, with a line where it would go. Escape gives up. */

export interface DragHost<Goal> {
  /** The element that scrolls. */
  scroller: () => HTMLElement | undefined;
  /** Where what is dragged would go, were it let go at this point. */
  goalAt: (key: string, x: number, y: number) => (Goal & { line: number }) | null;
  drop: (key: string, goal: Goal) => void;
}

const threshold = 4;

export class RowDrag<Goal> {
  /** The row that is dragged. */
  key = $state<string | null>(null);
  goal = $state.raw<(Goal & { line: number }) | null>(null);
  readonly #host: DragHost<Goal>;

  constructor(host: DragHost<Goal>) {
    this.#host = host;
  }

  /** A press on a row: it becomes a drag once it moves. */
  begin(event: PointerEvent, key: string): void {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    const from = { x: event.clientX, y: event.clientY };
    let at = from;
    let frame = 0;
    const move = (event: PointerEvent) => {
      at = { x: event.clientX, y: event.clientY };
      if (this.key === null && Math.hypot(at.x - from.x, at.y - from.y) < threshold) return;
      this.key = key;
      this.goal = this.#host.goalAt(key, at.x, at.y);
      if (!frame) frame = requestAnimationFrame(scroll);
    };
    /** Near an edge of the list it scrolls by itself. */
    const scroll = () => {
      frame = 0;
      const scroller = this.#host.scroller();
      if (!scroller || this.key === null) return;
      const { top, bottom } = scroller.getBoundingClientRect();
      const by = at.y < top + 24 ? -8 : at.y > bottom - 24 ? 8 : 0;
      const before = scroller.scrollTop;
      scroller.scrollTop += by;
      if (scroller.scrollTop === before) return;
      this.goal = this.#host.goalAt(key, at.x, at.y);
      frame = requestAnimationFrame(scroll);
    };
    const end = (drops: boolean) => {
      const { goal } = this;
      const was = this.key;
      cancelAnimationFrame(frame);
      this.key = null;
      this.goal = null;
      stop.abort();
      if (was === null) return;
      // The click that ends a drag selects nothing; there is none when it ends over another element.
      const swallow = (click: Event) => click.stopPropagation();
      addEventListener('click', swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener('click', swallow, { capture: true }));
      if (drops && goal) this.#host.drop(was, goal);
    };
    const stop = new AbortController();
    const { signal } = stop;
    addEventListener('pointermove', move, { signal });
    addEventListener('pointerup', () => end(true), { signal });
    addEventListener('pointercancel', () => end(false), { signal });
    addEventListener('blur', () => end(false), { signal });
    const keys = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || this.key === null) return;
      event.preventDefault();
      event.stopPropagation();
      end(false);
    };
    addEventListener('keydown', keys, { signal, capture: true });
  }
}

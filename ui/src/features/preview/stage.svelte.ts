/** How the preview is looked at: a habit of the window on this machine, not part of a demo. */
import { SvelteMap } from 'svelte/reactivity';
import type { Restored } from '$lib/backend';
import type { Previews } from './previews.svelte';

export type Device = 'desktop' | 'tablet' | 'phone';
export const widths: Record<Device, number | null> = { desktop: null, tablet: 768, phone: 375 };
/** Below this there is no room for lists, preview and form. */
export const enough = 1100;
const name = 'backlot.preview';

interface Habits {
  isShown: boolean;
  width: number;
  device: Device;
  isLogOpen: boolean;
}
const usual: Habits = { isShown: true, width: 560, device: 'desktop', isLogOpen: false };

function kept(): Habits {
  try {
    const { isShown, width, device, isLogOpen } = JSON.parse(localStorage.getItem(name) ?? '{}') as Partial<Habits>;
    return {
      isShown: isShown !== false,
      width: typeof width === 'number' && width >= 320 ? Math.round(width) : usual.width,
      device: device !== undefined && Object.hasOwn(widths, device) ? device : usual.device,
      isLogOpen: isLogOpen === true,
    };
  } catch {
    return { ...usual };
  }
}

export class Stage {
  room = $state(0);
  /** Clicks in the page choose widgets. */
  isSelecting = $state(true);
  /** The demo whose page is in a frame. */
  framed = $state<string | null>(null);
  /** Demos whose page took the window along, and how: it is not shown again unless a person asks. */
  readonly closed = new SvelteMap<string, Restored['why']>();
  #habits = $state<Habits>(kept());
  /** Where there is room for one only, whether it is the preview. */
  #isOnTop = $state(false);
  readonly #previews: Pick<Previews, 'of'>;
  readonly #demo: () => string | null;

  constructor(previews: Pick<Previews, 'of'>, demo: () => string | null) {
    this.#previews = previews;
    this.#demo = demo;
  }

  readonly isNarrow = $derived.by(() => this.room < enough);
  readonly isRunning = $derived.by(() => {
    const demo = this.#demo();
    return demo !== null && this.#previews.of(demo).state === 'running';
  });
  readonly isOpen = $derived.by(() => this.isRunning && (this.isNarrow ? this.#isOnTop : this.#habits.isShown));

  show(): void {
    this.#isOnTop = true;
    this.#change({ isShown: true });
  }
  hide(): void {
    if (this.isNarrow) this.#isOnTop = false;
    else this.#change({ isShown: false });
  }
  /** A page took the window along. */
  close(demo: string, why: Restored['why']): void {
    this.closed.set(demo, why);
  }
  reopen(demo: string): void {
    this.closed.delete(demo);
  }
  giveWay(): void {
    this.#isOnTop = false;
  }
  get width(): number {
    return this.#habits.width;
  }
  set width(width: number) {
    this.#change({ width });
  }
  get device(): Device {
    return this.#habits.device;
  }
  set device(device: Device) {
    this.#change({ device });
  }
  get isLogOpen(): boolean {
    return this.#habits.isLogOpen;
  }
  set isLogOpen(isLogOpen: boolean) {
    this.#change({ isLogOpen });
  }

  #change(part: Partial<Habits>): void {
    Object.assign(this.#habits, part);
    try {
      localStorage.setItem(name, JSON.stringify(this.#habits));
    } catch {
      // A window without storage starts with what is usual.
    }
  }
}

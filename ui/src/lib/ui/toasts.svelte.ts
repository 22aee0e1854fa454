/** Short notes at the foot of the window, some with one thing to do. */

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  action?: { label: string; hint?: string; testid?: string; run: () => void };
  /** What else can be done, as often as a person likes: the note stays. */
  also?: { label: string; testid?: string; run: () => void };
}

export class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  #next = 1;
  #timers = new Map<number, { timer: ReturnType<typeof setTimeout>; ends: number; left: number }>();
  #held = false;

  /** Shows a note. One with an action takes the place of the one before it that had an action. */
  show(toast: Omit<Toast, 'id'>, lastsMs = toast.action ? 10_000 : 5_000): number {
    const id = this.#next++;
    if (toast.action) for (const old of this.list) if (old.action) this.#forget(old.id);
    const rest = this.list.filter((old) => !toast.action || !old.action).slice(-2);
    this.list = [...rest, { ...toast, id }];
    this.#arm(id, lastsMs);
    return id;
  }
  close(id: number): void {
    this.#forget(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }
  /** Does what the note offers, and takes it away. */
  act(id: number): void {
    const action = this.list.find((toast) => toast.id === id)?.action;
    this.close(id);
    action?.run();
  }

  /** No note runs out while a person is at one. */
  hold(): void {
    if (this.#held) return;
    this.#held = true;
    for (const entry of this.#timers.values()) {
      clearTimeout(entry.timer);
      entry.left = Math.max(1_000, entry.ends - Date.now());
    }
  }
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    for (const [id, entry] of [...this.#timers]) this.#arm(id, entry.left);
  }

  #arm(id: number, ms: number): void {
    const timer = setTimeout(() => this.close(id), ms);
    if (this.#held) clearTimeout(timer);
    this.#timers.set(id, { timer, ends: Date.now() + ms, left: ms });
  }
  #forget(id: number): void {
    clearTimeout(this.#timers.get(id)?.timer);
    this.#timers.delete(id);
  }
}

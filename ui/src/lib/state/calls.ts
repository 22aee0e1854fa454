/** Counts the calls that the host has not answered, so that the program does not end between a keystroke and the host. */
import type { Backend } from '$lib/backend';

export class Calls {
  #waiting = new Set<Promise<unknown>>();

  /** The same door, with every call through it counted. */
  counted(backend: Backend): Backend {
    return new Proxy(backend, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => {
          const answer: unknown = Reflect.apply(member, target, given);
          if (answer instanceof Promise) this.#count(answer);
          return answer;
        };
      },
    });
  }

  /** Resolves when every call is answered, and those that followed from the answers. */
  async quiet(): Promise<void> {
    while (this.#waiting.size > 0) {
      await Promise.allSettled(this.#waiting);
      // What waited for an answer makes its own call only after this.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  #count(call: Promise<unknown>): void {
    const settled = call.then(
      () => undefined,
      () => undefined,
    );
    this.#waiting.add(settled);
    void settled.then(() => this.#waiting.delete(settled));
  }
}

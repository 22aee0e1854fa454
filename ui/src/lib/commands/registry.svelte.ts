/** Every action of the window, once: buttons, shortcuts and the palette all run these. */
import { untrack, type Component } from 'svelte';
import { isTyping, matches } from '$lib/ui/keys';

export interface Command {
  id: string;
  title: string;
  group: string;
  icon?: Component<{ size?: number | string }>;
  shortcut?: string;
  /** Another shortcut that does the same. */
  alternate?: string;
  /** A shortcut that means something else while text is typed. */
  notWhileTyping?: boolean;
  enabled?: () => boolean;
  /** Whether its shortcut means this command where focus is now. */
  byKey?: () => boolean;
  run: () => void | Promise<void>;
}

export class Commands {
  list = $state.raw<readonly Command[]>([]);

  /** Adds commands until the function it gives is called. */
  add(...commands: Command[]): () => void {
    // An effect that adds commands must not begin again because there are more commands.
    const change = (to: (list: readonly Command[]) => readonly Command[]) => untrack(() => (this.list = to(this.list)));
    change((list) => [...list, ...commands]);
    return () => change((list) => list.filter((command) => !commands.includes(command)));
  }
  get(id: string): Command | undefined {
    return this.list.find((command) => command.id === id);
  }
  isEnabled(id: string): boolean {
    const command = this.get(id);
    return command !== undefined && (command.enabled?.() ?? true);
  }
  run(id: string): void {
    if (this.isEnabled(id)) void this.get(id)?.run();
  }

  /** Runs the command that the pressed keys stand for, if any. */
  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    // Inside a shadow root the target is only its host.
    const typing = isTyping(event.composedPath?.()[0] ?? event.target);
    const command = this.list.find(
      ({ shortcut, alternate, notWhileTyping, enabled, byKey }) =>
        [shortcut, alternate].some((keys) => keys && matches(keys, event)) &&
        !(typing && notWhileTyping) &&
        (enabled?.() ?? true) &&
        (byKey?.() ?? true),
    );
    if (!command) return;
    event.preventDefault();
    void command.run();
  }
}

import { isTyping } from '$lib/ui/keys';

/** The engine's own menu (Reload, Inspect) has nothing to offer but on text. */
export function oncontextmenu(event: MouseEvent): void {
  const onText = event.target instanceof Element && event.target.closest('.data');
  if (!onText && !isTyping(event.target)) event.preventDefault();
}

/** Focus is never dropped: when what has it goes away, it is given to something near. */
import { tick } from 'svelte';
import type { Attachment } from 'svelte/attachments';

/**
 * An attachment: if focus was inside when the element goes, `heir` gets it.
 *
 * The element is gone already when this is told. Some engines say `focusout` for that and some do not, so a loss of
 * focus to nothing in the same turn counts as having had it.
 */
export function leavesFocusTo(heir: () => HTMLElement | null | undefined): Attachment<HTMLElement> {
  return (element) => {
    let has = element.contains(document.activeElement);
    const entered = () => (has = true);
    const left = (event: FocusEvent) => {
      if (event.relatedTarget === null) setTimeout(() => (has = element.contains(document.activeElement)));
      else has = false;
    };
    element.addEventListener('focusin', entered);
    element.addEventListener('focusout', left);
    return () => {
      if (!has) return;
      void tick().then(() => {
        if (document.activeElement === document.body || document.activeElement === null) heir()?.focus();
      });
    };
  };
}

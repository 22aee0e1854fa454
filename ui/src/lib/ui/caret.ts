/** A text that changes while somebody is in it: the caret goes to where it changed, not to the end. */

type TextElement = HTMLInputElement | HTMLTextAreaElement;

export function changedEnd(before: string, after: string): number {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return after.length - end;
}

export function showText(element: TextElement, text: string): void {
  const before = element.value;
  if (before === text) return;
  const isHere = document.activeElement === element;
  element.value = text;
  if (!isHere) return;
  const caret = changedEnd(before, text);
  element.setSelectionRange(caret, caret);
}

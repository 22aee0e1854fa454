/** Puts the text of a document, or one that was left of it, where it can be pasted from. */
import type { App } from '$lib/state/app';

export async function copyText(app: App, text: string, told: string): Promise<void> {
  const copied = await app.attempt(async () => {
    await navigator.clipboard.writeText(text);
    return true;
  });
  if (copied) app.toasts.show({ text: told, tone: 'plain' });
}

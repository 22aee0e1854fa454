/** What the window and a preview in its frame say to each other, and which page is whose. */
import type { FromFrame, ToFrame } from '$lib/backend';

/** A message, if it is one of a preview at `address` in this very frame. */
export function readMessage(
  event: Pick<MessageEvent, 'origin' | 'source' | 'data'>,
  frame: { contentWindow: unknown } | null | undefined,
  address: string,
): FromFrame | null {
  if (!frame?.contentWindow || event.source !== frame.contentWindow || event.origin !== originOf(address)) return null;
  const data: unknown = event.data;
  if (typeof data !== 'object' || data === null || !('backlot' in data)) return null;
  const { backlot, page, widget, title } = data as Record<string, unknown>;
  if (!isShort(page) || !page.startsWith('/')) return null;
  if (backlot === 'ready') return { backlot, page, title: isShort(title) ? title : '' };
  return backlot === 'selected' && isShort(widget) ? { backlot, page, widget } : null;
}
/** The page in the frame may say anything. */
const isShort = (said: unknown): said is string => typeof said === 'string' && said.length <= 2048;

export function tell(frame: HTMLIFrameElement | null | undefined, address: string, message: ToFrame): void {
  frame?.contentWindow?.postMessage(message, originOf(address));
}

/** Whether a frame of the window may show what is at `address`: its policy lets in http of this machine, and nothing else. */
export const isFramed = (address: string): boolean =>
  /^http:\/\/(127\.0\.0\.1|[a-z0-9-]+\.localhost):/.test(originOf(address));

/** The host of an address as it is shown. The name that a demo has below `localhost` is long, and says nothing to a reader. */
export const shownHost = (address: string): string =>
  new URL(address).hostname.replace(/^[a-z0-9-]+\.localhost$/, 'localhost');

export function originOf(address: string): string {
  try {
    return new URL(address).origin;
  } catch {
    return 'null';
  }
}

/** The path of a page's document, or none of what is on every page. */
export function pageOf(document: string | undefined): string | null {
  if (!document?.startsWith('pages/')) return null;
  const slug = document.slice('pages/'.length);
  return slug === 'index' ? '/' : `/${slug}`;
}
/** The document of a page of the preview. */
export function documentAt(page: string): string {
  const slug = page.replace(/\.html$/, '').replace(/^\/+|\/+$/g, '');
  return `pages/${slug || 'index'}`;
}
/** The URL of a page: its path may be any name, and the address may have a base path, which is the home page as it is. */
export function urlOf(address: string, page: string): string {
  if (page === '/' && originOf(address) !== address.replace(/\/$/, '')) return address;
  return address.replace(/\/+$/, '') + page.split('/').map(encodeURIComponent).join('/');
}

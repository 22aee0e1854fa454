// A video of YouTube, in its frame.
import { attributes, escape } from './text.js';

const ID = /^[\w-]{11}$/;

/** The id in an address or in itself. */
function idOf(src) {
  const text = typeof src === 'string' ? src : (src?.videoId ?? src?.url ?? '');
  if (typeof text !== 'string') return undefined;
  const trimmed = text.trim();
  if (ID.test(trimmed)) return trimmed;
  const found =
    /(?:youtu\.be\/|youtube(?:-nocookie)?\.com\/(?:embed\/|shorts\/|live\/|v\/|watch\?(?:[^#]*&)?v=))([\w-]{11})(?![\w-])/.exec(
      trimmed,
    );
  return found?.[1];
}

const flag = (value) => (value === true || value === 'true' || value === 1 ? 1 : 0);

/** `{% youtube src: widget.settings.video, controls: true %}`; `output: 'url'` and `'thumbnail'` give addresses alone. */
export function youtube({ src, output, ...given }) {
  if (!src) return '';
  const id = idOf(src);
  if (!id) return '<!-- youtube: this is no address of a video -->';
  const options = { ...(typeof src === 'object' ? src.options : undefined), ...given };
  if (output === 'thumbnail') {
    const quality = /^[a-z]+$/.test(options.quality ?? '') ? options.quality : 'hqdefault';
    return `https://i.ytimg.com/vi/${id}/${quality}.jpg`;
  }
  const query = [
    ['autoplay', flag(options.autoplay)],
    ['mute', flag(options.mute)],
    ['loop', flag(options.loop)],
    // A single video loops as a list of itself.
    ['playlist', flag(options.loop) ? id : 0],
    ['start', Number.parseInt(options.start, 10) || 0],
    ['end', Number.parseInt(options.end, 10) || 0],
  ].filter(([, value]) => value !== 0);
  if (options.controls === false) query.push(['controls', 0]);
  if (options.rel === false) query.push(['rel', 0]);
  const parameters = query.map(([name, value]) => `${name}=${value}`).join('&');
  const url = `https://www.youtube-nocookie.com/embed/${id}${parameters && `?${parameters}`}`;
  if (output === 'url') return escape(url);
  const shown = attributes([
    ['src', url],
    ['width', options.width ?? 560],
    ['height', options.height ?? 315],
    ['title', options.title || 'Video'],
    ['class', options.class ?? 'youtube-embed'],
    ['loading', options.loading ?? 'lazy'],
    ['allow', 'accelerometer; autoplay; clipboard-write; encrypted-media; gyroscope; picture-in-picture; web-share'],
    ['allowfullscreen', true],
    // Without the page's address a video refuses to play.
    ['referrerpolicy', 'strict-origin-when-cross-origin'],
  ]);
  return `<iframe${shown}></iframe>`;
}

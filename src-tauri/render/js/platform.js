// What LiquidJS takes for granted in a browser and QuickJS does not have.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The bytes of a text in UTF-8. */
export function utf8(text) {
  const bytes = [];
  for (const character of String(text).toWellFormed()) {
    const code = character.codePointAt(0);
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}

/** The text of bytes in UTF-8; what is none becomes the replacement character. */
export function fromUtf8(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at++];
    const more = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : -1;
    let code = more <= 0 ? first : first & (63 >> more);
    let read = 0;
    while (read < more && (bytes[at] & 0xc0) === 0x80) {
      code = (code << 6) | (bytes[at++] & 63);
      read++;
    }
    const least = [0, 0x80, 0x800, 0x10000][more];
    const isWhole = more >= 0 && read === more && code >= least && code < 0x110000 && (code & 0xfff800) !== 0xd800;
    text += isWhole ? String.fromCodePoint(code) : '\ufffd';
  }
  return text;
}

/** As Node's `base64` has it. */
export function toBase64(text) {
  const bytes = utf8(text);
  let encoded = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b = 0, c = 0] = bytes.slice(at, at + 3);
    encoded += DIGITS[a >> 2] + DIGITS[((a & 3) << 4) | (b >> 4)];
    encoded += at + 1 < bytes.length ? DIGITS[((b & 15) << 2) | (c >> 6)] : '=';
    encoded += at + 2 < bytes.length ? DIGITS[c & 63] : '=';
  }
  return encoded;
}

/** As lenient as Node: what is no digit is passed over, both alphabets are read, and it ends at the first `=`. */
export function fromBase64(text) {
  const bytes = [];
  let held = 0;
  let bits = 0;
  for (const character of String(text)) {
    if (character === '=') break;
    const digit = DIGITS.indexOf(character === '-' ? '+' : character === '_' ? '/' : character);
    if (digit < 0) continue;
    held = ((held << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  return fromUtf8(bytes);
}

/** The bits behind the point of the roots of the first primes: SHA-256's constants. */
function constants(count, exponent) {
  const found = [];
  for (let number = 2; found.length < count; number++) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= number; divisor++) isPrime &&= number % divisor !== 0;
    if (!isPrime) continue;
    const root = number ** exponent;
    found.push(((root - Math.floor(root)) * 2 ** 32) | 0);
  }
  return found;
}
/** Made when the first hash is asked for: few themes do. */
let known;

/** SHA-256 of bytes, as bytes. */
export function sha256(message) {
  known ??= { steps: constants(64, 1 / 3), start: constants(8, 1 / 2) };
  const bytes = [...message, 0x80];
  while (bytes.length % 64 !== 56) bytes.push(0);
  const bits = message.length * 8;
  for (let shift = 56; shift >= 0; shift -= 8)
    bytes.push(shift >= 32 ? (bits / 2 ** shift) & 0xff : (bits >>> shift) & 0xff);
  const turn = (word, by) => (word >>> by) | (word << (32 - by));
  const hash = [...known.start];
  const words = new Array(64);
  for (let at = 0; at < bytes.length; at += 64) {
    for (let i = 0; i < 64; i++) {
      if (i < 16) {
        const b = at + i * 4;
        words[i] = (bytes[b] << 24) | (bytes[b + 1] << 16) | (bytes[b + 2] << 8) | bytes[b + 3];
        continue;
      }
      const [x, y] = [words[i - 15], words[i - 2]];
      const low = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const high = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      words[i] = (words[i - 16] + low + words[i - 7] + high) | 0;
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + known.steps[i] + words[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [a, b, c, d, e, f, g, h] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (hash[i] = (hash[i] + word) | 0));
  }
  return hash.flatMap((word) => [word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff]);
}

/** HMAC with SHA-256 of two texts. */
export function hmac(text, key) {
  let padded = utf8(key);
  if (padded.length > 64) padded = sha256(padded);
  while (padded.length < 64) padded.push(0);
  const inner = sha256([...padded.map((byte) => byte ^ 0x36), ...utf8(text)]);
  return sha256([...padded.map((byte) => byte ^ 0x5c), ...inner]);
}

/** Bytes in hexadecimal digits. */
export function hex(bytes) {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Dates as English has them: there is no `Intl` to ask for any other language. */
Date.prototype.toLocaleDateString = function () {
  return `${this.getMonth() + 1}/${this.getDate()}/${this.getFullYear()}`;
};
Date.prototype.toLocaleTimeString = function () {
  const two = (number) => String(number).padStart(2, '0');
  const hours = this.getHours();
  return `${hours % 12 || 12}:${two(this.getMinutes())}:${two(this.getSeconds())} ${hours < 12 ? 'AM' : 'PM'}`;
};
Date.prototype.toLocaleString = function () {
  return `${this.toLocaleDateString()}, ${this.toLocaleTimeString()}`;
};

/** Time is limited from outside, and LiquidJS asks for it before each piece of a template. */
globalThis.performance = { now: () => 0 };

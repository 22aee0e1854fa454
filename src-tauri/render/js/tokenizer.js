// LiquidJS looks for the end of a piece of HTML, and of a tag, at every character; the engine's own search is far faster.
// What is found is the same.
import { Tokenizer } from 'liquidjs';

const { readHTMLToken, readToDelimiter } = Tokenizer.prototype;

/** Where `stop` begins, from `from` on. What was found ahead is not looked for again. */
function next(tokenizer, stop, from) {
  const known = (tokenizer.ahead ??= Object.create(null));
  if (known[stop] === undefined || known[stop] < from) {
    const found = tokenizer.input.indexOf(stop, from);
    known[stop] = found === -1 ? Infinity : found;
  }
  return known[stop];
}

Tokenizer.prototype.readHTMLToken = function (stops) {
  // The name of a file in `render` is read by this too: a few characters, with other stops.
  if (stops.length !== 2) return readHTMLToken.call(this, stops);
  const begin = this.p;
  this.p = stops.reduce((end, stop) => Math.min(end, next(this, stop, begin)), this.N);
  // At a stop already, the original adds nothing but makes the token.
  const token = readHTMLToken.call(this, stops);
  token.begin = begin;
  return token;
};

Tokenizer.prototype.readToDelimiter = function (delimiter, respectQuoted = false) {
  this.skipBlank();
  const end =
    this.p < this.N ? next(this, delimiter, Math.max(0, this.p + 1 - delimiter.length)) + delimiter.length : Infinity;
  // A delimiter that is quoted is none.
  const last = Math.min(end, this.N);
  if (respectQuoted && (next(this, '"', this.p) < last || next(this, "'", this.p) < last)) {
    return readToDelimiter.call(this, delimiter, true);
  }
  this.p = last;
  return end <= this.N ? end : -1;
};

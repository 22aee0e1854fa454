/** Why a text is no JSON, and where: engines say it each in its own way, some without a place. */
export interface JsonProblem {
  /** Counted from 1. */
  line: number;
  message: string;
}

/** The first thing in the way of reading a text as JSON; null when it is JSON. */
export function jsonProblem(written: string): JsonProblem | null {
  // A byte order mark in front is kept, and no part of the document.
  const text = written.replace(/^\uFEFF/, '');
  try {
    JSON.parse(text);
    const half = halfOfPair(text);
    return half === undefined ? null : { line: lineAt(text, half), message: 'This is half of a surrogate pair.' };
  } catch (thrown) {
    const found = new Reader(text).read();
    if (!found) return { line: 1, message: (thrown as Error).message };
    return { line: lineAt(text, found.at), message: found.message };
  }
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

/** Where an escape such as `\ud83d` stands without its other half, which JavaScript takes and the host does not. */
function halfOfPair(text: string): number | undefined {
  const escapes = /\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\(?:u[\da-fA-F]{4}|.)/g;
  for (const { 0: escape, index } of text.matchAll(escapes)) {
    if (/^\\u[dD][89a-fA-F]..$/.test(escape)) return index;
  }
  return undefined;
}

class Problem {
  constructor(
    readonly at: number,
    readonly message: string,
  ) {}
}

/** Reads JSON only to find where it stops being so. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Problem | null {
    try {
      this.#value();
      this.#space();
      if (this.#at < this.#text.length) this.#fail('There is more text after the end.');
      return null;
    } catch (thrown) {
      // Thousands of lists in each other are more than the stack takes.
      return thrown instanceof Problem ? thrown : null;
    }
  }

  #fail(message: string, at = this.#at): never {
    throw new Problem(at, this.#at >= this.#text.length && at === this.#at ? 'The text ends too early.' : message);
  }
  #space(): void {
    while (/^[ \t\r\n]$/.test(this.#text.charAt(this.#at))) this.#at += 1;
  }
  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (!found) return false;
    this.#at += found[0].length;
    return true;
  }

  #value(): void {
    this.#space();
    const first = this.#text.charAt(this.#at);
    if (first === '{') this.#members('}', () => this.#member());
    else if (first === '[') this.#members(']', () => this.#value());
    else if (first === '"') this.#string();
    else if (!this.#take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y))
      this.#fail(first === "'" ? 'Text stands in double quotes.' : 'A value is missing here.');
  }
  #members(end: '}' | ']', member: () => void): void {
    this.#at += 1;
    this.#space();
    if (this.#text.charAt(this.#at) === end) {
      this.#at += 1;
      return;
    }
    for (;;) {
      member();
      this.#space();
      const next = this.#text.charAt(this.#at);
      const comma = this.#at;
      if (next !== ',' && next !== end) this.#fail(`A comma or “${end}” is missing before this.`);
      this.#at += 1;
      if (next === end) return;
      this.#space();
      if (this.#text.charAt(this.#at) === end) this.#fail('There is a comma after the last item.', comma);
    }
  }
  #member(): void {
    this.#space();
    if (this.#text.charAt(this.#at) !== '"') this.#fail('A name in double quotes is missing here.');
    this.#string();
    this.#space();
    if (this.#text.charAt(this.#at) !== ':') this.#fail('A colon is missing after the name.');
    this.#at += 1;
    this.#value();
  }
  #string(): void {
    const start = this.#at;
    this.#at += 1;
    this.#take(/(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y);
    const next = this.#text.charAt(this.#at);
    if (next === '"') this.#at += 1;
    else if (next === '\\' && this.#at + 1 < this.#text.length) this.#fail('This backslash stands for nothing.');
    else if (next === '\t') this.#fail('A tab within a text is written \\t.');
    else this.#fail('This text has no closing quote.', start);
  }
}

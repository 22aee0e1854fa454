// What went wrong, told with the file and line of the template.

/** Anything thrown as `{message, file, line, column, isLimit}`. `isLimit`: the engine came to its end and must go. */
export function describe(error, file) {
  const cause = error?.originalError ?? error;
  const words = String(cause?.message ?? '');
  const limit = limitOf(cause, words);
  const token = error?.token;
  const [line, column] = token?.getPosition?.() ?? [0, 0];
  return {
    message:
      limit ??
      (isEngines(cause) ? `A value here cannot be worked with: ${words}.` : wordsOf(String(error.message ?? error))),
    file:
      token?.file === undefined || token.file === file
        ? file
        : `snippets/${token.file.replace(/\.liquid$/, '')}.liquid`,
    line,
    column,
    isLimit: limit !== undefined,
  };
}

/** What QuickJS throws by itself. When there is no memory left even for an error, it is null, and LiquidJS stumbles over it. */
function limitOf(cause, words) {
  if (/call stack|stack overflow/.test(words)) return 'It is nested too deeply, or renders itself without end.';
  const isMemory =
    cause === null ||
    cause === undefined ||
    /out of memory|string length|string too long|array length|of null$/.test(words);
  return isMemory ? 'It needs more memory than a template may have.' : undefined;
}

/** Thrown by what LiquidJS calls, in words for those who made that. */
const isEngines = (cause) =>
  ['TypeError', 'RangeError', 'URIError', 'ReferenceError', 'SyntaxError'].includes(cause?.name);

/** LiquidJS's words: it puts the place behind them. */
function wordsOf(message) {
  const missing = /^ENOENT: Failed to lookup "(.*)" in /.exec(message);
  if (missing) return `There is no snippet “${missing[1]}”.`;
  const at = message.search(/, (file:.*, )?line:\d+, col:\d+$/);
  return at < 0 ? message : message.slice(0, at);
}

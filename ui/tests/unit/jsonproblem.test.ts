import { expect, test } from 'vitest';
import { jsonProblem } from '../../src/lib/content/jsonproblem';

test('a text that is JSON has no problem', () => {
  for (const text of ['{}', ' [1, -2.5e3, "a\\n\\u00e9", true, null, {"a": {"b": []}}]\n', '"x"', '0'])
    expect(jsonProblem(text), text).toBeNull();
});

test('a byte order mark in front is no problem, and half of a surrogate pair is one', () => {
  for (const text of ['\uFEFF{}', '"\\ud83d\\ude00"', '"\\\\ud83d"', '"\\u00e9"'])
    expect(jsonProblem(text), text).toBeNull();
  for (const text of ['{"a":\n"\\ud83d"}', '{"a":\n"x\\uDE00y"}', '{"a":\n"\\ud83d\\ud83d\\ude00"}'])
    expect(jsonProblem(text), text).toEqual({ line: 2, message: 'This is half of a surrogate pair.' });
});

test('of any other text it is said on which line it stops being JSON, and what is the matter', () => {
  const cases: [string, number, RegExp][] = [
    ['', 1, /ends too early/],
    ['{\n  "a": 1,\n  "b": [1, 2', 3, /ends too early/],
    ['{\n  "a": 1\n  "b": 2\n}', 3, /comma or “}” is missing/],
    ['[1\n2]', 2, /comma or “\]” is missing/],
    ['{\n  "a": 1,\n}', 2, /comma after the last item/],
    ['{\n  a: 1\n}', 2, /name in double quotes/],
    ['{"a" 1}', 1, /colon is missing/],
    ['{"a": }', 1, /value is missing/],
    ['{\n"a": \'b\'}', 2, /double quotes/],
    ['{\n"a": "b\n}', 2, /no closing quote/],
    ['{"a": "b', 1, /no closing quote/],
    ['{"a": "\\x"}', 1, /backslash/],
    ['{"a": "\t"}', 1, /tab/],
    ['{}\n\n}', 3, /after the end/],
    ['01', 1, /after the end/],
  ];
  for (const [text, line, message] of cases) {
    const found = jsonProblem(text);
    expect(found?.line, text).toBe(line);
    expect(found?.message, text).toMatch(message);
  }
});

test('a text so deep that it cannot be read through is still none', () => {
  expect(jsonProblem('['.repeat(200_000))).not.toBeNull();
});

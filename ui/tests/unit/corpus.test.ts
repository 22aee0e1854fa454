/** The corpus that the renderer's engine is compared with is what LiquidJS in Node makes of it today. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { corpus, target } from '../../scripts/corpus.mjs';

type Case = { template: string } & Record<string, unknown>;

/** Every case of a corpus, with the set that it stands in. */
const cases = (text: string) =>
  (JSON.parse(text) as { about: string; cases: Case[] }[]).flatMap(({ about, cases }) =>
    cases.map((one) => ({ about, ...one })),
  );

test('the committed corpus is up to date: if it is not, run `npm run corpus`', () => {
  const [made, kept] = [corpus(), readFileSync(target, 'utf8')];
  // The cases that differ first: they say more than a difference somewhere in a long text.
  const known = new Set(cases(kept).map((one) => JSON.stringify(one)));
  expect(cases(made).filter((one) => !known.has(JSON.stringify(one)))).toEqual([]);
  expect(made).toBe(kept);
});

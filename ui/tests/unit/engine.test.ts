/** The renderer's engine that the Rust library embeds is the one its sources make. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bundle, target } from '../../scripts/engine.mjs';

test('the committed engine is up to date: if it is not, run `npm run engine`', { timeout: 60_000 }, async () => {
  expect(await bundle()).toBe(readFileSync(target, 'utf8'));
});

// Renders the corpus of tests/fixtures/liquid with LiquidJS in Node, the way the renderer's engine is set up, and writes what
// came of it beside it. The Rust tests compare their engine's output with that.
//
//   npm run corpus
import { realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Liquid } from 'liquidjs';
import { sets } from '../../tests/fixtures/liquid/corpus.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export const target = here('../../tests/fixtures/liquid/corpus.json');

/** What LiquidJS in Node makes of every case. */
export function corpus() {
  const made = sets.map(({ about, data, snippets = {}, templates }) => {
    const known = Object.assign(Object.create(null), snippets);
    for (const [name, text] of Object.entries(snippets)) known[`${name}.liquid`] = text;
    const cases = templates.map((template) => {
      const liquid = new Liquid({ outputEscape: 'escape', templates: known, cache: true });
      try {
        const html = liquid.renderSync(liquid.parse(template, 'case'), structuredClone(data), { globals: {} });
        return { template, html: html.toWellFormed() };
      } catch (error) {
        const token = error.token;
        const [line, column] = token.getPosition();
        // What LiquidJS does not say itself every engine says in its own words.
        const isOwn = !['TypeError', 'RangeError', 'URIError'].includes(error.originalError?.name);
        return { template, error: isOwn ? error.message : null, file: token.file ?? null, line, column };
      }
    });
    return { about, data, snippets, cases };
  });
  return `${JSON.stringify(made, null, 1)}\n`;
}

if (process.argv[1] && realpathSync(process.argv[1]) === here(import.meta.url)) {
  const text = corpus();
  writeFileSync(target, text);
  console.log(`${target}: ${sets.reduce((sum, { templates }) => sum + templates.length, 0)} cases`);
}

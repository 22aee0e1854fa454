// Bundles the renderer's engine: LiquidJS and what is around it (src-tauri/render/js) into one script that the Rust library
// embeds. It is committed, so that building the library needs no Node; a unit test says when it is out of date.
//
//   npm run engine
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export const target = here('../../src-tauri/render/engine.js');

/** The bundle's text. */
export async function bundle() {
  const liquidjs = here('../node_modules/liquidjs/');
  const { version } = JSON.parse(readFileSync(`${liquidjs}package.json`, 'utf8'));
  const licence = readFileSync(`${liquidjs}LICENSE`, 'utf8').trim();
  const [result] = await build({
    configFile: false,
    root: here('../../src-tauri/render/js/'),
    logLevel: 'warn',
    resolve: { alias: { liquidjs: `${liquidjs}dist/liquid.browser.mjs` } },
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      lib: { entry: 'engine.js', formats: ['iife'], name: 'engine' },
    },
  });
  const code = result.output[0].code.trim();
  const notice = `Made by \`npm run engine\` from src-tauri/render/js. It holds LiquidJS ${version}, which has this licence:\n\n${licence}`;
  return `/*!\n${notice}\n*/\n${code}\n`;
}

if (process.argv[1] && realpathSync(process.argv[1]) === here(import.meta.url)) {
  const code = await bundle();
  writeFileSync(target, code);
  console.log(`${target}: ${Math.round(code.length / 1024)} KB`);
}

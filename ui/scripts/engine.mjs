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
    plugins: [faster(), synchronous()],
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

/**
 * Puts the functions of `faster.js` in the place of LiquidJS's own of the same names. One that finds no place is an error: so
 * a new version of LiquidJS cannot leave it behind unseen.
 */
function faster() {
  const file = here('../../src-tauri/render/js/faster.js');
  return {
    name: 'faster',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('liquid.browser.mjs')) return null;
      const text = readFileSync(file, 'utf8');
      const written = new Map(
        functionsOf(this.parse(text)).map(([name, { start, end }]) => [name, text.slice(start, end)]),
      );
      const known = functionsOf(this.parse(code)).filter(([name]) => written.has(name));
      if (known.length !== written.size) {
        const names = known.map(([name]) => name);
        throw new Error(`LiquidJS has no ${[...written.keys()].filter((name) => !names.includes(name)).join(', ')}`);
      }
      const places = known.sort(([, a], [, b]) => b.start - a.start);
      const place = (code, [name, { start, end }]) => code.slice(0, start) + written.get(name) + code.slice(end);
      return { code: places.reduce(place, code), map: null };
    },
  };
}

/** The functions at the top of a module, and the methods of its classes as `Class.method`, with their places. */
function functionsOf(module) {
  return module.body.flatMap((node) => {
    if (node.type === 'FunctionDeclaration') return [[node.id.name, node]];
    if (node.type !== 'ClassDeclaration') return [];
    return node.body.body.map((method) => [`${node.id.name}.${method.key.name}`, method]);
  });
}

/**
 * LiquidJS writes what may wait for something as generators, and runs them to their end step by step. The renderer waits for
 * nothing, and half of its time went into those steps: so here they are functions, and `yield x` is `x`. What is gone through
 * by `for` or `...` stays a generator. That nothing else changes is held by the corpus of `src-tauri/render/engine.rs`.
 */
function synchronous() {
  const lists =
    /^(arguments|blockScope|candidates|children|localScope|partialScope|readExpressionTokens|readFileNameTemplate|strictUniq|toPostfix|_?visit|_analyze|extract\w+)$/;
  return {
    name: 'synchronous',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('liquid.browser.mjs')) return null;
      const cuts = [];
      visit(this.parse(code), (node, parent, within) => {
        if (node.type === 'YieldExpression' && within.isFlat) {
          cuts.push([node.start, node.argument?.start ?? node.end]);
        }
        if (!node.generator) return within;
        const name = node.id?.name ?? parent.key?.name ?? parent.id?.name;
        const isAwaited = parent.type === 'CallExpression' && parent.callee.name === '__awaiter';
        const isFlat = !isAwaited && !lists.test(name);
        const star = code.lastIndexOf('*', code.indexOf('(', node.id?.start ?? node.start));
        if (isFlat) cuts.push([parent.key ? parent.start : star, parent.key ? parent.key.start : star + 1]);
        return { isFlat };
      });
      cuts.sort(([a], [b]) => b - a);
      return { code: cuts.reduce((text, [from, to]) => text.slice(0, from) + text.slice(to), code), map: null };
    },
  };
}

/** Every node below one of a syntax tree; `look` gives what holds within the node. */
function visit(node, look, parent = null, within = { isFlat: false }) {
  if (typeof node?.type === 'string') {
    within = look(node, parent, within);
    parent = node;
  }
  for (const below of Object.values(node ?? {})) if (typeof below === 'object') visit(below, look, parent, within);
}

if (process.argv[1] && realpathSync(process.argv[1]) === here(import.meta.url)) {
  const code = await bundle();
  writeFileSync(target, code);
  console.log(`${target}: ${Math.round(code.length / 1024)} KB`);
}

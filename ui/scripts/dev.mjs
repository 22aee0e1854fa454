/**
 * `npm run dev`: the interface in a browser, against the loopback host, in a workspace that is thrown away afterwards.
 * `cargo xtask web` builds the host and calls this. The query of the page says what the workspace begins with: `?demos=60&added=1`.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createServer } from 'vite';

const program = process.env.BACKLOT_TEST_HOST;
if (!program) {
  console.error('BACKLOT_TEST_HOST names no program. “cargo xtask web” builds it and starts this.');
  process.exit(1);
}
const host = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
const address = await new Promise((found) => createInterface({ input: host.stdout }).once('line', found));
/** A page without a session gets one. */
const sessions = {
  name: 'sessions',
  configureServer(server) {
    server.middlewares.use(async (request, response, next) => {
      const url = new URL(request.url ?? '/', address);
      if (url.pathname !== '/' || url.searchParams.has('session')) return next();
      const scenario = {
        demos: Number(url.searchParams.get('demos') ?? 5),
        long: url.searchParams.has('long'),
        added: url.searchParams.has('added'),
      };
      const answer = await fetch(new URL('host/sessions', address), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(scenario),
      });
      const session = await answer.json();
      if (!answer.ok) return next(new Error(session.message));
      console.log(`A session in ${session.workspace}`);
      response.writeHead(302, { Location: `/?session=${session.token}` }).end();
    });
  },
};
const server = await createServer({
  configFile: new URL('../vite.config.ts', import.meta.url).pathname,
  plugins: [sessions],
  // Where a preview lets itself be framed by an interface that is worked on.
  server: { port: 1420, strictPort: true, proxy: { '/host': address } },
});
await server.listen();
server.printUrls();

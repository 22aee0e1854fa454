/**
 * Builds the window once, away from `dist`, and serves it on a free port to every test, under the policy of the app.
 * Tauri adds a nonce for the style in index.html, and with one `'unsafe-inline'` means nothing: so it is taken out here.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, preview } from 'vite';
import type { TestProject } from 'vitest/node';
import { serveSite } from '../site.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    address: string;
    site: string;
  }
}

export default async function setup(project: TestProject) {
  const outDir = await mkdtemp(join(tmpdir(), 'backlot-ui-'));
  const configFile = new URL('../../vite.config.ts', import.meta.url).pathname;
  await build({ configFile, mode: 'fake', logLevel: 'error', build: { outDir, emptyOutDir: true } });
  const index = await readFile(join(outDir, 'index.html'), 'utf8');
  const style = /<style>([\s\S]*?)<\/style>/.exec(index)![1]!;
  const hash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
  const config = JSON.parse(await readFile(new URL('../../../tauri.conf.json', import.meta.url), 'utf8'));
  const policy = String(config.app.security.csp).replace("'unsafe-inline'", hash);
  const site = await serveSite();
  const server = await preview({
    configFile,
    logLevel: 'error',
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1', headers: { 'Content-Security-Policy': policy } },
  });
  project.provide('address', server.resolvedUrls!.local[0]!);
  project.provide('site', site.address);
  return async () => {
    await server.close();
    await site.close();
    await rm(outDir, { recursive: true, force: true });
  };
}

/** What demos are made from: git repositories on this machine, and a server of one that can be slow or dead. */
import { execFile, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs git in a folder, heedless of what the machine is set to. */
export async function git(folder: string, ...words: string[]): Promise<string> {
  const person = { NAME: 'Tess Ter', EMAIL: 'tess@example.com' };
  const roles = ['AUTHOR', 'COMMITTER'].flatMap((role) =>
    Object.entries(person).map(([key, value]) => [`GIT_${role}_${key}`, value]),
  );
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    ...Object.fromEntries(roles),
  };
  return (await run('git', ['-C', folder, ...words], { env })).stdout.trim();
}

/** Makes a repository with one commit of these files, and names it. */
export async function repository(folder: string, files: Record<string, string> = { 'index.html': page }) {
  for (const [path, contents] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), contents);
  }
  await git(folder, 'init', '--quiet', '--initial-branch=main');
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message', 'A site');
  return folder;
}
const page = '<!doctype html><html lang="en"><title>A site</title><h1>A site</h1></html>';

/** Files enough for a clone of them to be looked at while it goes on. */
export const manyFiles = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`pages/${index}.html`, `${page}${noise(index)}`]));

/** A text of no pattern, so that it takes its room in a pack; the same one every time. */
function noise(seed: number): string {
  let state = seed + 1;
  const next = () => (state = (state * 48_271) % 0x7fff_ffff).toString(36);
  return Array.from({ length: 900 }, next).join('');
}

/** Serves a repository over https on this machine; the host trusts it. */
export class GitServer {
  readonly #changed = new EventEmitter();
  readonly #server: Server;
  #allowed: number;

  private constructor(server: Server, repository: string, bytes: number) {
    this.#server = server;
    this.#allowed = bytes;
    server.on('request', (request, response) => void this.#answer(repository, request, response));
  }

  /** It says only so much until it is allowed more. */
  static async start(repository: string, bytes = Infinity, port = 0): Promise<GitServer> {
    const server = new GitServer(createServer(await identity()), repository, bytes);
    await once(server.#server.listen(port, '127.0.0.1'), 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  /** What is typed to clone from it. */
  get url(): string {
    return `https://127.0.0.1:${this.port}/theme.git`;
  }

  /** It may say so much more. */
  allow(bytes = Infinity): void {
    this.#allowed += bytes;
    this.#changed.emit('allowed');
  }

  async stop(): Promise<void> {
    this.allow();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #answer(repository: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pack = (...words: string[]) => {
      const git = spawn('git', ['upload-pack', '--stateless-rpc', ...words, repository], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      git.stdin.on('error', () => undefined);
      return git;
    };
    if (request.url === '/theme.git/info/refs?service=git-upload-pack') {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
      await this.#send([Buffer.from('001e# service=git-upload-pack\n0000')], response);
      await this.#send(pack('--advertise-refs').stdout, response);
      response.end();
    } else if (request.url === '/theme.git/git-upload-pack') {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
      const git = pack();
      request.pipe(git.stdin);
      await this.#send(git.stdout, response);
      response.end();
    } else {
      response.writeHead(404).end();
    }
  }

  async #send(output: Iterable<Buffer> | Readable, response: ServerResponse): Promise<void> {
    for await (const chunk of output as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length;) {
        while (this.#allowed === 0) await once(this.#changed, 'allowed');
        const part = chunk.subarray(at, at + this.#allowed);
        if (response.destroyed) return;
        response.write(part);
        at += part.length;
        this.#allowed -= part.length;
      }
    }
  }
}

/**
 * Makes a key and a certificate for servers on this machine, which every process that is started after this trusts: this one's
 * environment says so. Gives what undoes it.
 */
export async function trustServers(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'backlot-key-'));
  const certificate = join(folder, 'certificate.pem');
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await run('openssl', ['req', ...kind, ...name, '-keyout', join(folder, 'key.pem'), '-out', certificate]);
  process.env.SSL_CERT_FILE = certificate;
  return () => rm(folder, { recursive: true });
}

/** That key and that certificate. */
export async function identity(): Promise<{ key: string; cert: string }> {
  const certificate = process.env.SSL_CERT_FILE!;
  const key = await readFile(join(dirname(certificate), 'key.pem'), 'utf8');
  return { key, cert: await readFile(certificate, 'utf8') };
}

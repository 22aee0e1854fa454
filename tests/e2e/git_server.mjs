// A git server over https on this machine, as slow or as dead as a test wants it.
//
//   node git_server.mjs <repository> <key> <certificate> <mode file>
//
// Prints its port. The mode file says how it answers, and may change at any time: `serve` (at once), `trickle` (a few
// kilobytes at a time), `hang` (never), `refuse` (401).
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [repository, key, certificate, modeFile] = process.argv.slice(2);
const mode = () => readFileSync(modeFile, 'utf8').trim();
const pause = (millis) => new Promise((done) => setTimeout(done, millis));

function uploadPack(...options) {
  return spawn('git', ['upload-pack', '--stateless-rpc', ...options, repository], { stdio: ['pipe', 'pipe', 'ignore'] });
}

async function send(output, response) {
  for await (const chunk of output) {
    for (let at = 0; at < chunk.length; ) {
      while (mode() === 'hang') await pause(50);
      const slow = mode() === 'trickle';
      const size = slow ? 4096 : chunk.length;
      if (response.destroyed) return;
      response.write(chunk.subarray(at, at + size));
      at += size;
      if (slow) await pause(100);
    }
  }
  response.end();
}

const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, async (request, response) => {
  while (mode() === 'hang') await pause(50);
  if (mode() === 'refuse') {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="templates"' }).end();
  } else if (request.url.endsWith('/info/refs?service=git-upload-pack')) {
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
    response.write('001e# service=git-upload-pack\n0000');
    await send(uploadPack('--advertise-refs').stdout, response);
  } else if (request.url.endsWith('/git-upload-pack') && request.method === 'POST') {
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
    const git = uploadPack();
    request.pipe(git.stdin);
    await send(git.stdout, response);
  } else {
    response.writeHead(404).end();
  }
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
// Ends with the test that started it.
process.stdin.resume().on('end', () => process.exit());

/** What a clone does not have is said on the demo's page, and submodules are fetched from there. */
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { clean } from './axe';
import { GitServer, git, repository } from './git';
import type { Session } from './host';
import { at, gone, open, see, session } from './support';

const servers: GitServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

const slug = 'ledgerline';
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d7a2146'.repeat(8)}\nsize 12345\n`;

/** The repository of the submodule. */
const within = (session: Session) => join(session.outside, 'one');

/** The page of a demo whose template has files in Git LFS and in a submodule, of whose server only so much is heard. */
async function openLacking(bytes?: number) {
  const page = await open({}, async (session) => {
    const commit = await git(await repository(within(session)), 'rev-parse', 'HEAD');
    const server = await GitServer.start(within(session), bytes);
    servers.push(server);
    const template = await repository(join(session.outside, 'template'), {
      'hugo.toml': 'title = "Ledgerline"\n',
      'img/a.jpg': pointer,
      'img/b.jpg': pointer,
      '.gitmodules': `[submodule "one"]\n\tpath = themes/one\n\turl = ${server.url}\n`,
    });
    await git(template, 'update-index', '--add', '--cacheinfo', `160000,${commit},themes/one`);
    await git(template, 'commit', '--quiet', '--message', 'A theme of somebody else');
    await session.cli('demo', 'create', slug, '--template', template, '--name', 'Ledgerline');
  });
  await at(page, `demo-row-${slug}`).click();
  return { page, server: servers[0]! };
}

test('what a person should know about a demo is on its page', async () => {
  const { page } = await openLacking();
  await see(at(page, 'warning-lfs_pointers'), 'git lfs pull');
  await see(at(page, 'warning-submodules'), 'themes/one');
  await see(at(page, 'warning-generator'), 'sources for Hugo');
  await clean(page);
  // It is asked for again, so what was repaired is gone.
  const { remove, site } = session(page);
  for (const path of ['img', 'hugo.toml', '.gitmodules', 'themes']) await remove(slug, path);
  await git(site(slug), 'update-index', '--force-remove', 'themes/one');
  await at(page, 'check-again').click();
  await gone(at(page, 'demo-warnings'));
});

test('submodules are fetched after their URLs were shown', async () => {
  const { page, server } = await openLacking();
  const { port, url } = server;
  await server.stop();
  await at(page, 'fetch-submodules').click();
  await see(at(page, 'fetch-dialog'), url);
  await clean(page);
  await at(page, 'fetch-start').click();
  await see(at(page, 'fetch-failure'), `${url} could not be reached`);
  servers.splice(0, 1, await GitServer.start(within(session(page)), Infinity, port));
  await at(page, 'fetch-start').click();
  await gone(at(page, 'fetch-dialog'));
  await gone(at(page, 'warning-submodules'));
  await at(page, 'warning-lfs_pointers').waitFor();
  expect(await session(page).read(slug, 'themes/one/index.html')).toContain('A site');
});

test('a fetch of submodules ends when it is cancelled', async () => {
  const { page } = await openLacking(0);
  await at(page, 'fetch-submodules').click();
  await at(page, 'fetch-start').click();
  await see(at(page, 'fetch-close'), 'Cancel');
  const begun = () => readdir(join(session(page).workspace, '.staging'));
  await expect.poll(begun).not.toEqual([]);
  await at(page, 'fetch-close').click();
  await gone(at(page, 'fetch-dialog'));
  await at(page, 'warning-submodules').waitFor();
  expect(await begun()).toEqual([]);
});

test('a demo without warnings has no notice', async () => {
  const page = await open({ demos: 3 });
  const answered = page.waitForResponse('**/call/list_demo_warnings');
  await at(page, 'demo-row-ledgerline').click();
  await see(at(page, 'demo-name'), 'Ledgerline');
  expect(await (await answered).json()).toEqual([]);
  expect(await at(page, 'demo-warnings').count()).toBe(0);
});

test('a folder that is a link is named, and nothing is offered that needs its files', async () => {
  const page = await open({ demos: 1 });
  const { outside, workspace } = session(page);
  const elsewhere = join(outside, 'elsewhere');
  await mkdir(elsewhere);
  await symlink(elsewhere, join(workspace, 'demos/shop'));
  await at(page, 'demo-row-shop').click();
  await see(at(page, 'demo-detail'), 'The demo cannot be opened');
  await see(at(page, 'failure-message'), `demos/shop is a link to ${elsewhere}`);
  for (const button of ['retry-button', 'edit-button', 'dismiss-button'])
    expect(await at(page, button).count()).toBe(0);
  await clean(page);
});

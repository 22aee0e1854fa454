/** What is to be known of the workspace as a whole stands above everything else. */
import { expect, test } from 'vitest';
import { clean } from './axe';
import { at, gone, open, see } from './support';

test('a workspace that was moved is told of until it is back', async () => {
  const page = await open('demos=3');
  const tell = (messages: string[]) =>
    page.evaluate(
      (all) => window.backlotFake.tellNotices(all.map((message) => ({ kind: 'workspace_moved' as const, message }))),
      messages,
    );
  await tell(['The workspace folder was moved or deleted.']);
  const notice = at(page, 'notice-workspace_moved');
  await see(notice, 'moved or deleted');
  const [banner, list] = await Promise.all([notice.boundingBox(), at(page, 'new-demo').boundingBox()]);
  expect(banner!.y + banner!.height).toBeLessThanOrEqual(list!.y);
  // The window still fits: nothing of it is pushed out below.
  expect(await page.evaluate(() => document.documentElement.scrollHeight <= window.innerHeight)).toBe(true);
  await clean(page);
  await tell([]);
  await gone(notice);
});

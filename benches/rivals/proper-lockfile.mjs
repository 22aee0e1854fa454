// proper-lockfile + write-file-atomic: what one takes in Node.js to change a file that others change too.
import { readFile } from 'node:fs/promises';
import lockfile from 'proper-lockfile';
import writeFileAtomic from 'write-file-atomic';
import { change, file, run } from './lib.mjs';

// Its default gives up at once; so it neither gives up nor sleeps longer than it must.
const retries = { retries: 1000, minTimeout: 1, maxTimeout: 50 };

await run(async (item, text, isOver) => {
  const unlock = await lockfile.lock(file, { retries });
  try {
    if (isOver()) return false;
    const data = JSON.parse(await readFile(file, 'utf8'));
    change(data, item, text);
    await writeFileAtomic(file, JSON.stringify(data));
    return true;
  } finally {
    await unlock();
  }
});

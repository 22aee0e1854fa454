// lowdb: the whole document in memory, written by a temp and a rename. One process only, and nothing is synced.
import { JSONFilePreset } from 'lowdb/node';
import { change, file, run } from './lib.mjs';

const db = await JSONFilePreset(file, { files: [] });

await run(async (item, text) => {
  change(db.data, item, text);
  await db.write();
  return true;
});

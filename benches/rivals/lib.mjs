// What the workers in JavaScript share: their arguments, and a run of tasks that is timed and told.
//
// worker.mjs <file> <first item> <tasks> <seconds>: prints “ready”, waits for a line, updates, and prints a line per task:
// item, last acknowledged counter, refused updates, updates acknowledged in time, then every latency in microseconds.
import { once } from 'node:events';
import process from 'node:process';

const [file, first, tasks, seconds] = process.argv.slice(2);

export { file };

export const id = (number) => `0197a000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;

// `update(id, text, isOver)` makes one update durable; it answers whether it did, since after the end it need not begin.
export async function run(update) {
  process.stdin.resume();
  console.log('ready');
  await once(process.stdin, 'data');
  const end = performance.now() + Number(seconds) * 1000;
  const isOver = () => performance.now() >= end;
  const task = async (item) => {
    let acknowledged = 0;
    let refused = 0;
    let inTime = 0;
    const latencies = [];
    while (!isOver()) {
      const started = performance.now();
      try {
        if (!(await update(id(item), String(acknowledged + 1), isOver))) break;
      } catch (error) {
        if (refused++ === 0) console.error(String(error));
        continue;
      }
      const now = performance.now();
      acknowledged += 1;
      if (now <= end) inTime += 1;
      latencies.push(Math.round((now - started) * 1000));
    }
    return [item, acknowledged, refused, inTime, ...latencies].join(' ');
  };
  const items = Array.from({ length: Number(tasks) }, (_, index) => Number(first) + index);
  const lines = await Promise.all(items.map(task));
  console.log(lines.join('\n'));
  process.stdin.destroy();
}

export function change(data, item, text) {
  data.files.find((file) => file.id === item).metadata.alt = text;
}

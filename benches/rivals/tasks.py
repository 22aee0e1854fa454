"""What the workers in Python share; lib.mjs says what they are given and what they print."""

import sys
import threading
import time

FILE, FIRST, TASKS, SECONDS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])


def item_id(number):
    return f"0197a000-0000-7000-8000-{number:012x}"


def run(prepare):
    """`prepare()` gives a task its `update(id, text, is_over)`, which answers whether it made the update durable."""
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + SECONDS
    lines = []

    def task(item):
        update = prepare()
        acknowledged = refused = in_time = 0
        latencies = []
        while time.monotonic() < end:
            started = time.monotonic()
            try:
                if not update(item_id(item), str(acknowledged + 1), lambda: time.monotonic() >= end):
                    break
            except Exception as error:
                if refused == 0:
                    print(repr(error), file=sys.stderr)
                refused += 1
                continue
            now = time.monotonic()
            acknowledged += 1
            in_time += now <= end
            latencies.append(round((now - started) * 1e6))
        lines.append(" ".join(map(str, [item, acknowledged, refused, in_time, *latencies])))

    threads = [threading.Thread(target=task, args=(FIRST + index,)) for index in range(TASKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("\n".join(lines), flush=True)

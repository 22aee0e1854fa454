import { expect, test } from 'vitest';
import { Latest } from '../../src/lib/state/latest';

test('an answer that comes after the one to a later question is dropped, and so is a refusal', async () => {
  const latest = new Latest();
  const taken: string[] = [];
  const asked = Array.from({ length: 3 }, () => {
    let resolve = (_: string): void => undefined;
    let reject = (_: string): void => undefined;
    const promise = new Promise<string>((yes, no) => ([resolve, reject] = [yes, no]));
    return { promise, resolve, reject };
  });
  const done = asked.map(({ promise }) =>
    latest.ask(
      () => promise,
      (answer) => taken.push(answer),
      (thrown) => taken.push(`refused ${String(thrown)}`),
    ),
  );
  asked[2]!.resolve('newest');
  await done[2];
  asked[0]!.resolve('oldest');
  asked[1]!.reject('older');
  await Promise.all(done);
  expect(taken).toEqual(['newest']);
  await latest.ask(
    () => Promise.reject('now'),
    () => undefined,
    (thrown) => taken.push(String(thrown)),
  );
  expect(taken).toEqual(['newest', 'now']);
});

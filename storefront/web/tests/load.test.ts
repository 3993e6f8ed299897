import { expect, test } from 'vitest';
import { persistently } from '../src/load';

test('a script that fails once is loaded again', async () => {
  let calls = 0;
  const load = async () => {
    calls += 1;
    if (calls === 1) throw new Error('offline');
    return 'page';
  };
  expect(await persistently(load, [0, 1])).toBe('page');
  expect(calls).toBe(2);
});

test('a script that always fails raises its last error', async () => {
  let calls = 0;
  const load = () => Promise.reject(new Error(`failure ${(calls += 1)}`));
  await expect(persistently(load, [0, 1, 1])).rejects.toThrow('failure 3');
});

import { expect, it } from 'vitest';
import { within } from '../../src/local/within.ts';

it('gives what comes in time', async () => {
  expect(await within(1000, () => Promise.resolve(7))).toBe(7);
});

it('ends when the time is up, even if what is waited for never does', async () => {
  const signals: AbortSignal[] = [];
  const never = (signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<never>(() => undefined);
  };
  await expect(within(10, never)).rejects.toThrow('no answer within 0.01 s');
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

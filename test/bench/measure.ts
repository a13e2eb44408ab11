import { z } from 'zod';
import type { Prepared } from './contenders.ts';

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** What came of some runs: the same of each, and in both places, or something is wrong with one of them. */
export const found = z.object({ result: z.number(), trades: z.number().nullable() });
export type Found = z.infer<typeof found>;

/** Milliseconds of each of some runs, and what came of them. */
export const sample = z.object({ times: z.array(z.number()), found });
export type Sample = z.infer<typeof sample>;

/**
 * Runs it so often.
 * @throws Error where a run comes to something else than the one before.
 */
export function repeated({ run, trades }: Prepared, times: number): Found {
  const result = run();
  for (let time = 1; time < times; time++) {
    const other = run();
    if (other !== result)
      throw new Error(`One run came to ${String(result)}, a later one to ${String(other)}.`);
  }
  return { result, trades: trades() };
}

/** At least so many runs warm up. */
const WARM_UP = 5;

/**
 * Milliseconds of each of so many runs.
 * @param warmUpMs so long come others before, until the compiler is through with what it thinks worth its while.
 * @throws Error where a run comes to something else than another.
 */
export function timed(contender: Prepared, runs: number, warmUpMs: number): Sample {
  const began = performance.now();
  const first = repeated(contender, WARM_UP);
  const outcomes = [first];
  while (performance.now() - began < warmUpMs) outcomes.push(repeated(contender, 1));
  const times = Array.from({ length: runs }, () => {
    const before = performance.now();
    outcomes.push(repeated(contender, 1));
    return performance.now() - before;
  });
  return { times, found: agreed(outcomes) };
}

/**
 * What all of them are.
 * @throws Error where one is something else.
 */
export function agreed(outcomes: readonly Found[]): Found {
  const [first, ...others] = outcomes;
  if (first === undefined) throw new Error('There was no run.');
  const other = others.find(({ result, trades }) => result !== first.result || trades !== first.trades);
  if (other !== undefined)
    throw new Error(`Runs came to ${JSON.stringify(first)} and to ${JSON.stringify(other)}.`);
  return first;
}

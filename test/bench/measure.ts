/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

const WARM_UP = 5;

/** Milliseconds of each of so many runs, after some that warm up. */
export function timed(run: () => unknown, runs: number): number[] {
  for (let time = 0; time < WARM_UP; time++) run();
  return Array.from({ length: runs }, () => {
    const began = performance.now();
    run();
    return performance.now() - began;
  });
}

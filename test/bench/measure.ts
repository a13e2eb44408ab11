/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** So many runs, and so long, until the compiler is through with what it thinks worth its while. */
const WARM_UP = 5;
const WARM_UP_MS = 1000;

/** Milliseconds of each of so many runs, after some that warm up. */
export function timed(run: () => unknown, runs: number): number[] {
  const began = performance.now();
  for (let time = 0; time < WARM_UP || performance.now() - began < WARM_UP_MS; time++) run();
  return Array.from({ length: runs }, () => {
    const before = performance.now();
    run();
    return performance.now() - before;
  });
}

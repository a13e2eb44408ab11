import { describe, expect, it } from 'vitest';
import { SliceSize } from '../../src/executor/slice-size.ts';

/** Lets so many slices pass at so many bars a millisecond; gives the bars of the last. */
function after(slices: number, barsAMs: number, size = new SliceSize()): number {
  for (let slice = 0; slice < slices; slice += 1) size.adapt(size.bars / barsAMs);
  return size.bars;
}

describe('a slice', () => {
  it.each([10, 100, 5000, 40_000])('takes some 8 to 20 ms at %i bars a millisecond', (speed) => {
    const ms = after(20, speed) / speed;
    expect(ms).toBeGreaterThanOrEqual(8);
    expect(ms).toBeLessThanOrEqual(20);
  });

  it('follows a change of speed', () => {
    const size = new SliceSize();
    after(20, 40_000, size);
    expect(after(20, 20, size) / 20).toBeLessThanOrEqual(20);
    expect(after(20, 40_000, size)).toBeGreaterThan(300_000);
  });

  it('stays within bounds where the clock says nothing, or far too much', () => {
    const size = new SliceSize();
    for (let slice = 0; slice < 100; slice += 1) size.adapt(0);
    expect(size.bars).toBe(2 ** 20);
    for (let slice = 0; slice < 100; slice += 1) size.adapt(60_000);
    expect(size.bars).toBe(64);
  });
});

import { encodeBars, decodeBars } from '../../src/candles/arrow.ts';
import { sliceBars, type BarChunk } from '../../src/candles/bars.ts';
import { concatBars } from '../../src/candles/columns.ts';
import { monthBounds } from '../../src/candles/months.ts';
import { syntheticMonth } from '../../src/candles/synthetic.ts';

/** Minutes in every run of every contender. */
export const BARS = 500_000;

const FIRST_YEAR = 2024;

/** A bar with prices as the peers take them. */
export interface PlainBar {
  readonly time: Date;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** The same bars for all. */
export interface BenchBars {
  /** Stored months, as they lie in the bucket. */
  readonly stored: readonly ArrayBuffer[];
  /** Open times of the first and the last bar, in seconds since the epoch. */
  readonly start: number;
  readonly end: number;
}

/** Minutes of BTCUSDT from the generator, from 2024 on. */
export function benchBars(): BenchBars {
  const stored: ArrayBuffer[] = [];
  for (let index = 0, left = BARS; left > 0; index++) {
    const month = `${String(FIRST_YEAR + Math.floor(index / 12))}-${String((index % 12) + 1).padStart(2, '0')}`;
    const bars = syntheticMonth('BTCUSDT', '1m', month);
    const bytes = encodeBars(sliceBars(bars, 0, Math.min(left, bars.length)), '0.01');
    stored.push(Uint8Array.from(bytes).buffer);
    left -= bars.length;
  }
  const { start } = monthBounds(`${String(FIRST_YEAR)}-01`);
  return { stored, start, end: start + (BARS - 1) * 60 };
}

/** All bars in one chunk. */
export function asChunk({ stored }: BenchBars): BarChunk {
  return concatBars(stored.map(decodeBars));
}

/** All bars as objects. */
export function asObjects(bars: BenchBars): PlainBar[] {
  const { time, open, high, low, close, volume, length } = asChunk(bars);
  const price = (ticks = 0) => ticks / 100;
  return Array.from({ length }, (_, row) => ({
    time: new Date((time[row] ?? 0) * 1000),
    open: price(open[row]),
    high: price(high[row]),
    low: price(low[row]),
    close: price(close[row]),
    volume: volume[row] ?? 0,
  }));
}

/** The stored months, decoded; the sum of something in each, so that nothing is left out. */
export function readAll(stored: readonly ArrayBuffer[]): number {
  let sum = 0;
  for (const bytes of stored) {
    const { time, open, high, low, close, volume, length } = decodeBars(bytes);
    for (let row = 0; row < length; row++)
      sum +=
        (time[row] ?? 0) +
        (open[row] ?? 0) +
        (high[row] ?? 0) +
        (low[row] ?? 0) +
        (close[row] ?? 0) +
        (volume[row] ?? 0);
  }
  return sum;
}

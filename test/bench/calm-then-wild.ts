import { DEFAULT_SPEC } from '../../src/candles/bars.ts';
import type { BarChunk } from '../../src/candles/bars.ts';
import type { CandleReader } from '../../src/candles/manifest.ts';
import { monthBounds } from '../../src/candles/months.ts';
import { allocateBars } from '../../src/candles/columns.ts';
import { madeCandles } from './made-candles.ts';

/** In ticks. A grid of 500 lines over 499 of these on either side has them a tick apart. */
const LEVEL = 10_000;
/** How far each minute of the wild month goes, there and back. */
const SWING = 20;

/** Minutes whose price stands still, but for the last month, in each minute of which it goes up and down again. */
export function calmThenWild(symbol: string, window: readonly [start: string, end: string]): CandleReader {
  const [, end] = window;
  const wild = end.slice(0, 7);
  return madeCandles([symbol], DEFAULT_SPEC, window, (month) => {
    const { start, end } = monthBounds(month);
    return minutes(start, (end - start) / 60, month === wild ? SWING : 0);
  });
}

function minutes(start: number, count: number, swing: number): BarChunk {
  const bars = allocateBars(count);
  bars.time.forEach((_, row) => (bars.time[row] = start + row * 60));
  bars.open.fill(LEVEL);
  bars.high.fill(LEVEL + swing);
  bars.low.fill(LEVEL);
  bars.close.fill(LEVEL);
  bars.volume.fill(1);
  return bars;
}

import type { BarChunk } from './bars.ts';
import { type Bar, BarBuffer } from './columns.ts';

/**
 * Coarser bars from finer ones, each stamped with the open time of the coarse bar.
 *
 * A coarse bar exists where any finer bar does: open of the first, highest high, lowest low, close of the last, volumes
 * summed in time order. A finer bar without volume carries a stale price at which nothing traded, so it counts only where
 * no finer bar of that coarse bar traded; the coarse volume is then 0.
 *
 * @param seconds length of a coarse bar, a multiple of that of the finer bars. The chunk must begin and end on its borders,
 *   else the outermost coarse bars are built from what is there.
 */
export function aggregateBars(bars: BarChunk, seconds: number): BarChunk {
  const { time, open, high, low, close, volume } = bars;
  const coarse = new BarBuffer();
  const current: Bar = { time: -1, open: 0, high: 0, low: 0, close: 0, volume: 0 };
  for (let row = 0; row < bars.length; row++) {
    const finer = time[row] ?? 0;
    const stamp = finer - (finer % seconds);
    const traded = volume[row] ?? 0;
    const another = stamp !== current.time;
    if (another && current.time >= 0) coarse.push(current);
    if (another || (traded > 0 && current.volume === 0)) {
      current.time = stamp;
      current.open = open[row] ?? 0;
      current.high = high[row] ?? 0;
      current.low = low[row] ?? 0;
      current.close = close[row] ?? 0;
      current.volume = traded;
    } else if (traded > 0 || current.volume === 0) {
      current.high = Math.max(current.high, high[row] ?? 0);
      current.low = Math.min(current.low, low[row] ?? 0);
      current.close = close[row] ?? 0;
      current.volume += traded;
    }
  }
  if (current.time >= 0) coarse.push(current);
  return coarse.take();
}

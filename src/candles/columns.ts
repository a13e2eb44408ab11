import { type BarChunk, sliceBars } from './bars.ts';

/** One bar on its way into columns; see {@link BarChunk} for the units. */
export interface Bar {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** Columns of `length` rows, all zero, to be filled by the caller. */
export function allocateBars(length: number): BarChunk {
  return {
    length,
    time: new Uint32Array(length),
    open: new Int32Array(length),
    high: new Int32Array(length),
    low: new Int32Array(length),
    close: new Int32Array(length),
    volume: new Float64Array(length),
    isTraded: false,
  };
}

function copyInto(target: BarChunk, at: number, source: BarChunk): void {
  target.time.set(source.time, at);
  target.open.set(source.open, at);
  target.high.set(source.high, at);
  target.low.set(source.low, at);
  target.close.set(source.close, at);
  target.volume.set(source.volume, at);
}

/** The parts one after the other, in memory of their own. */
export function concatBars(parts: readonly BarChunk[]): BarChunk {
  const all = allocateBars(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    copyInto(all, at, part);
    at += part.length;
  }
  return all;
}

/** How many bars open before `time`; also the row of the first that does not. */
export function barsBefore(bars: BarChunk, time: number): number {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bars.time[middle] ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The bars that open in `[from, to]`, sharing memory. */
export function clipBars(bars: BarChunk, from: number, to: number): BarChunk {
  const start = barsBefore(bars, from);
  return sliceBars(bars, start, Math.max(start, barsBefore(bars, to + 1)));
}

/** The last bars with volume that open before `time`, up to `count` of them, in memory of their own. */
export function lastTraded(bars: BarChunk, time: number, count: number): BarChunk {
  const rows: BarChunk[] = [];
  for (let row = barsBefore(bars, time) - 1; row >= 0 && rows.length < count; row--)
    if ((bars.volume[row] ?? 0) > 0) rows.push(sliceBars(bars, row, row + 1));
  return { ...concatBars(rows.reverse()), isTraded: true };
}

/** Columns that grow while bars arrive one by one. */
export class BarBuffer {
  #columns = allocateBars(64);
  #length = 0;
  #isTraded = true;

  get length(): number {
    return this.#length;
  }

  push(bar: Readonly<Bar>): void {
    if (this.#length === this.#columns.length) {
      const wider = allocateBars(2 * this.#length);
      copyInto(wider, 0, this.#columns);
      this.#columns = wider;
    }
    const { time, open, high, low, close, volume } = this.#columns;
    const row = this.#length;
    time[row] = bar.time;
    open[row] = bar.open;
    high[row] = bar.high;
    low[row] = bar.low;
    close[row] = bar.close;
    volume[row] = bar.volume;
    this.#isTraded &&= bar.volume !== 0;
    this.#length = row + 1;
  }

  /** The bars so far in memory of exactly their size; the buffer starts again, empty. */
  take(): BarChunk {
    const taken = concatBars([sliceBars(this.#columns, 0, this.#length)]);
    const isTraded = this.#isTraded;
    this.#length = 0;
    this.#isTraded = true;
    return { ...taken, isTraded };
  }
}

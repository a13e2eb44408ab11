import type { BarChunk } from '../../candles/bars.ts';
import type { Signal } from './signal-strategy.ts';

const NEVER_ABOVE = 2 ** 31 - 1;
const NEVER_BELOW = -1;

/**
 * The highest high and the lowest low of the `lookback` bars before each bar, in constant time a bar (van Herk's method):
 * bars are taken in blocks of `lookback`; the window before a bar is the end of the block before, whose extremes are kept by
 * where they begin, and the beginning of its own.
 */
export class Channel implements Signal {
  readonly #lookback: number;
  /** Highs of the present block so far; behind them the highest from there to the end of the block before. */
  readonly #highs: Int32Array;
  readonly #lows: Int32Array;
  #at = 0;
  /** What is to be taken: rows `[next, end)`. */
  #shown: BarChunk | null = null;
  #next = 0;
  #end = 0;
  #highest = NEVER_BELOW;
  #lowest = NEVER_ABOVE;

  /** @param lookback in bars, from 1. */
  constructor(lookback: number) {
    this.#lookback = lookback;
    // Until so many bars were seen no close is beyond them.
    this.#highs = new Int32Array(lookback).fill(NEVER_ABOVE);
    this.#lows = new Int32Array(lookback).fill(NEVER_BELOW);
  }

  show(bars: BarChunk, from: number, to: number): void {
    this.#shown = bars;
    this.#next = from;
    this.#end = to;
  }

  /** Flat: until a close above the channel. Long: until one below it. */
  untilOrder(isLong: boolean): number {
    if (this.#shown === null) return 0;
    const { high, low, close } = this.#shown;
    const from = this.#next;
    const to = this.#end;
    const highs = this.#highs;
    const lows = this.#lows;
    const lookback = this.#lookback;
    let at = this.#at;
    let highest = this.#highest;
    let lowest = this.#lowest;
    let row = from;
    for (; row < to; row += 1) {
      const top = high[row] ?? 0;
      const bottom = low[row] ?? 0;
      const ordered = isLong
        ? (close[row] ?? 0) < Math.min(lowest, lows[at] ?? 0)
        : (close[row] ?? 0) > Math.max(highest, highs[at] ?? 0);
      highs[at] = top;
      lows[at] = bottom;
      highest = Math.max(highest, top);
      lowest = Math.min(lowest, bottom);
      at += 1;
      if (at === lookback) {
        this.#closeBlock();
        at = 0;
        highest = NEVER_BELOW;
        lowest = NEVER_ABOVE;
      }
      if (ordered) break;
    }
    this.#at = at;
    this.#highest = highest;
    this.#lowest = lowest;
    this.#next = row + 1;
    if (this.#next >= to) this.#shown = null;
    return row - from;
  }

  /** Makes of the block's extremes those from each place to its end. */
  #closeBlock(): void {
    const highs = this.#highs;
    const lows = this.#lows;
    for (let at = this.#lookback - 2; at >= 0; at -= 1) {
      highs[at] = Math.max(highs[at] ?? 0, highs[at + 1] ?? 0);
      lows[at] = Math.min(lows[at] ?? 0, lows[at + 1] ?? 0);
    }
  }
}

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
  #highest = NEVER_BELOW;
  #lowest = NEVER_ABOVE;

  /** @param lookback in bars, from 1. */
  constructor(lookback: number) {
    this.#lookback = lookback;
    // Until so many bars were seen no close is beyond them.
    this.#highs = new Int32Array(lookback).fill(NEVER_ABOVE);
    this.#lows = new Int32Array(lookback).fill(NEVER_BELOW);
  }

  take(bars: BarChunk, from: number, to: number): void {
    for (let row = from; row < to; row += 1) this.#note(bars.high[row] ?? 0, bars.low[row] ?? 0);
  }

  /** Flat: until a close above the channel. Long: until one below it. */
  untilOrder(bars: BarChunk, from: number, to: number, isLong: boolean): number {
    return isLong ? this.#untilBelow(bars, from, to) : this.#untilAbove(bars, from, to);
  }

  #untilAbove({ high, low, close }: BarChunk, from: number, to: number): number {
    for (let row = from; row < to; row += 1) {
      const limit = Math.max(this.#highest, this.#highs[this.#at] ?? 0);
      this.#note(high[row] ?? 0, low[row] ?? 0);
      if ((close[row] ?? 0) > limit) return row;
    }
    return to;
  }

  #untilBelow({ high, low, close }: BarChunk, from: number, to: number): number {
    for (let row = from; row < to; row += 1) {
      const limit = Math.min(this.#lowest, this.#lows[this.#at] ?? 0);
      this.#note(high[row] ?? 0, low[row] ?? 0);
      if ((close[row] ?? 0) < limit) return row;
    }
    return to;
  }

  #note(high: number, low: number): void {
    this.#highs[this.#at] = high;
    this.#lows[this.#at] = low;
    if (high > this.#highest) this.#highest = high;
    if (low < this.#lowest) this.#lowest = low;
    this.#at += 1;
    if (this.#at === this.#lookback) this.#closeBlock();
  }

  #closeBlock(): void {
    for (let at = this.#lookback - 2; at >= 0; at -= 1) {
      this.#highs[at] = Math.max(this.#highs[at] ?? 0, this.#highs[at + 1] ?? 0);
      this.#lows[at] = Math.min(this.#lows[at] ?? 0, this.#lows[at + 1] ?? 0);
    }
    this.#at = 0;
    this.#highest = NEVER_BELOW;
    this.#lowest = NEVER_ABOVE;
  }
}

import type { BarChunk } from '../../candles/bars.ts';
import { UNIT, parseDecimal } from '../decimal.ts';
import type { Signal } from './signal-strategy.ts';

/** Squares are summed in halves of 16 bits, so that sums of 1000 of them are exact. */
const HALF = 65_536;
/** Well above what rounding may do to a comparison in floating point, relative to its largest term. */
const NOISE = 1e-13;

/**
 * How far the close is from the mean of the last closes, in their population standard deviations. Compared without dividing and
 * without roots, as `(n·c − S)² against z²·(n·Q − S²)`, and exactly: where floating point cannot tell, integers do.
 */
export class ZScore implements Signal {
  readonly #lookback: number;
  readonly #entry: bigint;
  readonly #exit: bigint;
  readonly #entrySquare: number;
  readonly #exitSquare: number;
  readonly #ring: Int32Array;
  #seen = 0;
  #base = 0;
  #sum = 0;
  /** Of `d = high·2^16 + low`: the sums of high², high·low and low². */
  #highHigh = 0;
  #highLow = 0;
  #lowLow = 0;

  /** @param lookback in bars, 2 to 1000. @param entry and @param exit decimals, `entry` above `exit`. */
  constructor(lookback: number, entry: string, exit: string) {
    this.#lookback = lookback;
    this.#ring = new Int32Array(lookback);
    this.#entry = parseDecimal(entry);
    this.#exit = parseDecimal(exit);
    this.#entrySquare = Number(entry) ** 2;
    this.#exitSquare = Number(exit) ** 2;
  }

  take({ close }: BarChunk, from: number, to: number): void {
    for (let row = from; row < to; row += 1) this.#note(close[row] ?? 0);
  }

  /** Flat: until a close at or below `−entry`. Long: until one at or above `−exit`. */
  untilOrder({ close }: BarChunk, from: number, to: number, isLong: boolean): number {
    for (let row = from; row < to; row += 1) {
      const price = close[row] ?? 0;
      this.#note(price);
      if (this.#seen < this.#lookback) continue;
      if (isLong ? this.#isBack(price - this.#base) : this.#isLow(price - this.#base)) return row;
    }
    return to;
  }

  #note(price: number): void {
    if (this.#seen === 0) this.#base = price;
    const slot = this.#seen % this.#lookback;
    if (this.#seen >= this.#lookback) this.#add(this.#ring[slot] ?? 0, -1);
    const distance = price - this.#base;
    this.#ring[slot] = distance;
    this.#add(distance, 1);
    this.#seen += 1;
  }

  #add(distance: number, sign: 1 | -1): void {
    const high = distance >> 16;
    const low = distance & 0xffff;
    this.#sum += sign * distance;
    this.#highHigh += sign * high * high;
    this.#highLow += sign * high * low;
    this.#lowLow += sign * low * low;
  }

  /** `z <= −entry`; false of equal closes. */
  #isLow(distance: number): boolean {
    const offset = this.#lookback * distance - this.#sum;
    return offset < 0 && this.#compare(offset, this.#entrySquare, this.#entry) >= 0;
  }

  /** `z >= −exit`; false of equal closes. */
  #isBack(distance: number): boolean {
    const offset = this.#lookback * distance - this.#sum;
    if (offset >= 0) return offset > 0 || !this.#isFlat();
    return this.#compare(offset, this.#exitSquare, this.#exit) <= 0;
  }

  /** Whether all closes are equal, for an offset of 0. */
  #isFlat(): boolean {
    return this.#exactSpread() === 0n;
  }

  /** The sign of `offset² − z²·(n·Q − S²)`. */
  #compare(offset: number, zSquare: number, z: bigint): number {
    const left = offset * offset;
    const squares = this.#lookback * (this.#highHigh * HALF * HALF + 2 * this.#highLow * HALF + this.#lowLow);
    const right = zSquare * (squares - this.#sum * this.#sum);
    if (Math.abs(left - right) > NOISE * (left + zSquare * squares)) return Math.sign(left - right);
    const exact = BigInt(offset) ** 2n * UNIT ** 2n - z ** 2n * this.#exactSpread();
    return exact > 0n ? 1 : exact < 0n ? -1 : 0;
  }

  /** `n·Q − S²`, which is n² times the variance. */
  #exactSpread(): bigint {
    const squares = (BigInt(this.#highHigh) << 32n) + (BigInt(this.#highLow) << 17n) + BigInt(this.#lowLow);
    return BigInt(this.#lookback) * squares - BigInt(this.#sum) ** 2n;
  }
}

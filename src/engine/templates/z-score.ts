import type { BarChunk } from '../../candles/bars.ts';
import { UNIT, parseDecimal } from '../decimal.ts';
import type { Signal } from './signal-strategy.ts';

/** Distances of at most so many ticks have squares of which sums of 1000 are exact. */
const EXACT_DISTANCE = 2 ** 21;
/** Well above what rounding may do to a comparison in floating point, relative to its largest term. */
const NOISE = 1e-13;

/** A bound for z, and its square as a number. */
interface Bound {
  readonly exact: bigint;
  readonly square: number;
}

/**
 * How far the close is from the mean of the last closes, in their population standard deviations. Compared without dividing and
 * without roots, as `(n·c − S)²` against `z²·(n·Q − S²)`, and exactly: where floating point cannot tell, integers do.
 * Closes are held as distances from one of them, so that sums of squares stay small enough to be exact.
 */
export class ZScore implements Signal {
  readonly #lookback: number;
  readonly #entry: Bound;
  readonly #exit: Bound;
  /** Distances from the base in ticks; 0 where none was seen yet. */
  readonly #ring: Int32Array;
  #slot = 0;
  #seen = 0;
  #base = 0;
  #sum = 0;
  #squares = 0;
  /** Whether the window holds distances too far for exact sums of squares. */
  #isWide = false;

  /** @param lookback in bars, 2 to 1000. @param entry and @param exit decimals, `entry` above `exit`. */
  constructor(lookback: number, entry: string, exit: string) {
    this.#lookback = lookback;
    this.#ring = new Int32Array(lookback);
    this.#entry = { exact: parseDecimal(entry), square: Number(entry) ** 2 };
    this.#exit = { exact: parseDecimal(exit), square: Number(exit) ** 2 };
  }

  take(bars: BarChunk, from: number, to: number): void {
    for (let row = from; row < to;) row = this.untilOrder(bars, row, to, false) + 1;
  }

  /** Flat: until a close at or below `−entry`. Long: until one at or above `−exit`. */
  untilOrder({ close }: BarChunk, from: number, to: number, isLong: boolean): number {
    const lookback = this.#lookback;
    const ring = this.#ring;
    const bound = isLong ? this.#exit : this.#entry;
    const firstAnswer = from + Math.max(0, lookback - 1 - this.#seen);
    let slot = this.#slot;
    let sum = this.#sum;
    let squares = this.#squares;
    let row = from;
    for (; row < to; row += 1) {
      const price = close[row] ?? 0;
      let distance = price - this.#base;
      if (distance > EXACT_DISTANCE || distance < -EXACT_DISTANCE || this.#isWide) {
        [sum, squares] = this.#rebase(price, Math.min(lookback, this.#seen + row - from));
        distance = 0;
      }
      const oldest = ring[slot] ?? 0;
      ring[slot] = distance;
      sum += distance - oldest;
      squares += distance * distance - oldest * oldest;
      slot = slot + 1 === lookback ? 0 : slot + 1;
      const offset = lookback * distance - sum;
      // Flat it takes a close below the mean, long anything but one far below.
      if (row < firstAnswer || (!isLong && offset >= 0)) continue;
      const left = offset * offset;
      const all = lookback * squares;
      const over = left - bound.square * (all - sum * sum);
      const doubt = NOISE * (left + bound.square * all);
      if (over > doubt && !this.#isWide && offset < 0) {
        if (isLong) continue;
        break;
      }
      if (over < -doubt && !this.#isWide && offset < 0) {
        if (isLong) break;
        continue;
      }
      if (this.#isOrder(offset, this.#exactSpread(sum, squares), bound, isLong)) break;
    }
    this.#slot = slot;
    this.#sum = sum;
    this.#squares = squares;
    this.#seen += Math.min(row + 1, to) - from;
    return row;
  }

  /** Whether the latest close gives an order, by integers. Equal closes, which have no deviation, give none. */
  #isOrder(offset: number, spread: bigint, { exact }: Bound, isLong: boolean): boolean {
    if (spread === 0n) return false;
    if (offset >= 0) return isLong;
    const over = BigInt(offset) ** 2n * UNIT ** 2n - exact ** 2n * spread;
    return isLong ? over <= 0n : over >= 0n;
  }

  /** `n·Q − S²`, which is n² times the variance. */
  #exactSpread(sum: number, squares: number): bigint {
    let exact = 0n;
    if (this.#isWide) for (const distance of this.#ring) exact += BigInt(distance) ** 2n;
    else exact = BigInt(squares);
    return BigInt(this.#lookback) * exact - BigInt(sum) ** 2n;
  }

  /** Counts the distances of so many bars from `price` on. Gives their sum and that of their squares. */
  #rebase(price: number, bars: number): [sum: number, squares: number] {
    const shift = this.#base - price;
    let sum = 0;
    let squares = 0;
    let farthest = 0;
    for (let slot = 0; slot < bars; slot += 1) {
      const distance = (this.#ring[slot] ?? 0) + shift;
      this.#ring[slot] = distance;
      sum += distance;
      squares += distance * distance;
      farthest = Math.max(farthest, Math.abs(distance));
    }
    this.#base = price;
    this.#isWide = farthest > EXACT_DISTANCE;
    return [sum, squares];
  }
}

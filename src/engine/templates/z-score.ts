import type { BarChunk } from '../../candles/bars.ts';
import { UNIT, parseDecimal } from '../decimal.ts';
import { RecentCloses } from './recent-closes.ts';
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
 * Sums are of distances from one of the closes, so that those of squares stay small enough to be exact.
 */
export class ZScore implements Signal {
  readonly #lookback: number;
  readonly #entry: Bound;
  readonly #exit: Bound;
  readonly #closes: RecentCloses;
  readonly #latest: Float64Array;
  readonly #leaving: Float64Array;
  #seen = 0;
  #base = 0;
  #sum = 0;
  #squares = 0;
  /** Whether the window holds distances too far for exact sums of squares; these are added up as integers of any size then. */
  #isWide = false;
  #exactSquares = 0n;
  /** Bars since the base was chosen, while that is so. */
  #age = 0;

  /** @param lookback in bars, 2 to 1000. @param entry and @param exit decimals, `entry` above `exit`. */
  constructor(lookback: number, entry: string, exit: string) {
    this.#lookback = lookback;
    this.#closes = new RecentCloses(lookback);
    this.#latest = this.#closes.ago(0);
    this.#leaving = this.#closes.ago(lookback);
    this.#entry = { exact: parseDecimal(entry), square: Number(entry) ** 2 };
    this.#exit = { exact: parseDecimal(exit), square: Number(exit) ** 2 };
  }

  show({ close }: BarChunk, from: number, to: number): void {
    if (this.#seen === 0) this.#base = close[from] ?? 0;
    this.#closes.show(close, from, to);
  }

  /** Flat: until a close at or below `−entry`. Long: until one at or above `−exit`. */
  untilOrder(isLong: boolean): number {
    const { next, end } = this.#closes;
    const latest = this.#latest;
    const leaving = this.#leaving;
    const lookback = this.#lookback;
    const bound = isLong ? this.#exit : this.#entry;
    const firstAnswer = next + Math.max(0, lookback - 1 - this.#seen);
    let base = this.#base;
    let sum = this.#sum;
    let squares = this.#squares;
    let at = next;
    for (; at < end; at += 1) {
      let distance = (latest[at] ?? 0) - base;
      // A wide window may have become narrow: once a window's length it is looked over, which is little for each of its bars.
      if (this.#isWide ? this.#age >= lookback : distance > EXACT_DISTANCE || distance < -EXACT_DISTANCE) {
        [sum, squares] = this.#rebase(at);
        base = this.#base;
        distance = 0;
      }
      const oldest = (leaving[at] ?? 0) - base;
      sum += distance - oldest;
      squares += distance * distance - oldest * oldest;
      if (this.#isWide) this.#addExactly(distance, oldest);
      const offset = lookback * distance - sum;
      // Flat it takes a close below the mean, long anything but one far below.
      if ((!isLong && offset >= 0) || at < firstAnswer) continue;
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
    this.#sum = sum;
    this.#squares = squares;
    const taken = Math.min(at + 1, end);
    this.#seen += taken - next;
    this.#closes.takeUntil(taken);
    return at - next;
  }

  /** Whether the latest close gives an order, by integers. Equal closes, which have no deviation, give none. */
  #isOrder(offset: number, spread: bigint, { exact }: Bound, isLong: boolean): boolean {
    if (spread === 0n) return false;
    if (offset >= 0) return isLong;
    const over = BigInt(offset) ** 2n * UNIT ** 2n - exact ** 2n * spread;
    return isLong ? over <= 0n : over >= 0n;
  }

  #addExactly(distance: number, oldest: number): void {
    this.#exactSquares += BigInt(distance) ** 2n - BigInt(oldest) ** 2n;
    this.#age += 1;
  }

  /** `n·Q − S²` of the present window, which is n² times the variance. */
  #exactSpread(sum: number, squares: number): bigint {
    const exact = this.#isWide ? this.#exactSquares : BigInt(squares);
    return BigInt(this.#lookback) * exact - BigInt(sum) ** 2n;
  }

  /** Counts distances from the close at `at` on. Gives their sum and that of their squares, of the window before it. */
  #rebase(at: number): [sum: number, squares: number] {
    const window = this.#window(at - 1);
    const base = this.#latest[at] ?? 0;
    let sum = 0;
    let squares = 0;
    let farthest = 0;
    for (const close of window) {
      const distance = close - base;
      sum += distance;
      squares += distance * distance;
      farthest = Math.max(farthest, Math.abs(distance));
    }
    this.#base = base;
    this.#isWide = farthest > EXACT_DISTANCE;
    this.#age = 0;
    this.#exactSquares = 0n;
    if (this.#isWide) for (const close of window) this.#exactSquares += BigInt(close - base) ** 2n;
    return [sum, squares];
  }

  /** The closes of the window whose last is at `at`. */
  #window(at: number): Float64Array {
    return this.#leaving.subarray(at + 1, at + 1 + this.#lookback);
  }
}

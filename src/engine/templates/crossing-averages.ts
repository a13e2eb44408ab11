import type { BarChunk } from '../../candles/bars.ts';
import { RecentCloses } from './recent-closes.ts';
import type { Signal } from './signal-strategy.ts';

/**
 * Two simple moving averages of the close, kept as how far the fast one is above the slow one: `slow·F − fast·S` of their sums F
 * and S, an integer, so that comparing them is exact: 1000 closes below 2^31, times 1000, stay below 2^52, where halves are exact, too.
 */
export class CrossingAverages implements Signal {
  readonly #fast: number;
  readonly #slow: number;
  readonly #closes: RecentCloses;
  readonly #latest: Float64Array;
  readonly #fastAgo: Float64Array;
  readonly #slowAgo: Float64Array;
  #seen = 0;
  #lead = 0;

  /** Window lengths in bars, 1 to 1000, `fast < slow`. */
  constructor(fast: number, slow: number) {
    this.#fast = fast;
    this.#slow = slow;
    this.#closes = new RecentCloses(slow);
    this.#latest = this.#closes.ago(0);
    this.#fastAgo = this.#closes.ago(fast);
    this.#slowAgo = this.#closes.ago(slow);
  }

  show({ close }: BarChunk, from: number, to: number): void {
    this.#closes.show(close, from, to);
  }

  /** Flat: until the fast average is above the slow one. Long: until it is not. There is no answer until the slow window is full. */
  untilOrder(isLong: boolean): number {
    const { next, end } = this.#closes;
    const latest = this.#latest;
    const fastAgo = this.#fastAgo;
    const slowAgo = this.#slowAgo;
    const fast = this.#fast;
    const slow = this.#slow;
    // Mirrored while long, so that one comparison serves both sides; half a unit lower, since a lead of 0 is none.
    const side = isLong ? -1 : 1;
    const plusClose = side * (slow - fast);
    const minusFast = side * slow;
    const plusSlow = side * fast;
    const firstAnswer = next + Math.max(0, slow - 1 - this.#seen);
    let gap = side * (this.#lead - 0.5);
    let at = next;
    for (; at < end; at += 1) {
      gap += plusClose * (latest[at] ?? 0) - minusFast * (fastAgo[at] ?? 0) + plusSlow * (slowAgo[at] ?? 0);
      if (gap > 0 && at >= firstAnswer) break;
    }
    this.#lead = side * gap + 0.5;
    const taken = Math.min(at + 1, end);
    this.#seen += taken - next;
    this.#closes.takeUntil(taken);
    return at - next;
  }
}

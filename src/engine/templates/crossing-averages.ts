import type { BarChunk } from '../../candles/bars.ts';
import { RecentCloses } from './recent-closes.ts';
import type { Signal } from './signal-strategy.ts';

/**
 * Two simple moving averages of the close, kept as how far the fast one is above the slow one: `slow·F − fast·S` of their sums F
 * and S, an integer, so that comparing them is exact: 1000 closes below 2^31, times 1000, stay below 2^53.
 */
export class CrossingAverages implements Signal {
  readonly #fast: number;
  readonly #slow: number;
  readonly #closes: RecentCloses;
  #seen = 0;
  #lead = 0;

  /** Window lengths in bars, 1 to 1000, `fast < slow`. */
  constructor(fast: number, slow: number) {
    this.#fast = fast;
    this.#slow = slow;
    this.#closes = new RecentCloses(slow);
  }

  show({ close }: BarChunk, from: number, to: number): void {
    this.#closes.show(close, from, to);
  }

  /** Flat: until the fast average is above the slow one. Long: until it is not. There is no answer until the slow window is full. */
  untilOrder(isLong: boolean): number {
    const { values, next, end } = this.#closes;
    const fast = this.#fast;
    const slow = this.#slow;
    const between = slow - fast;
    const firstAnswer = next + Math.max(0, slow - 1 - this.#seen);
    let lead = this.#lead;
    let at = next;
    for (; at < end; at += 1) {
      lead += between * (values[at] ?? 0) - slow * (values[at - fast] ?? 0) + fast * (values[at - slow] ?? 0);
      if (lead > 0 !== isLong && at >= firstAnswer) break;
    }
    this.#lead = lead;
    const taken = Math.min(at + 1, end);
    this.#seen += taken - next;
    this.#closes.takeUntil(taken);
    return at - next;
  }
}

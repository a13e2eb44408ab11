import type { BarChunk } from '../candles/bars.ts';

/** The most rows of a day. */
const ROOM = 1440;

/**
 * When bars open, and at which price. To read single bars of a column is to wait, each time, for memory that nobody has touched before,
 * which would take longer than all else about a fill: prices are copied, which reads them in order, and times are worked out where
 * bars follow each other without a gap.
 */
export class Opens {
  readonly #barSeconds: number;
  readonly #prices = new Int32Array(ROOM);
  #times: Uint32Array = new Uint32Array();
  #from = 0;
  #first = 0;
  #hasGaps = false;

  constructor(barSeconds: number) {
    this.#barSeconds = barSeconds;
  }

  /** Shows rows `[from, to)` of one day, of which there is one at least. */
  show({ time, open }: BarChunk, from: number, to: number): void {
    this.#prices.set(open.subarray(from, to));
    this.#times = time;
    this.#from = from;
    this.#first = time[from] ?? 0;
    // Times are multiples of a bar's length, and rise.
    this.#hasGaps = (time[to - 1] ?? 0) - this.#first !== (to - 1 - from) * this.#barSeconds;
  }

  /** When the bar of a row opens that was shown last, in epoch seconds. */
  time(row: number): number {
    return this.#hasGaps ? (this.#times[row] ?? 0) : this.#first + (row - this.#from) * this.#barSeconds;
  }

  /** What it opens at, in ticks. */
  price(row: number): number {
    return this.#prices[row - this.#from] ?? 0;
  }
}

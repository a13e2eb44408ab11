/**
 * When bars open. It is worked out where they follow each other without a gap: to read the time of a single bar is to wait for
 * memory that nobody has touched before, which would take longer than all else about a fill.
 */
export class OpenTimes {
  readonly #barSeconds: number;
  #from = 0;
  #first = 0;
  #hasGaps = false;

  constructor(barSeconds: number) {
    this.#barSeconds = barSeconds;
  }

  /** Shows the times of rows `[from, to)`, of which there is one at least. */
  show(times: Uint32Array, from: number, to: number): void {
    this.#from = from;
    this.#first = times[from] ?? 0;
    // Times are multiples of a bar's length, and rise.
    this.#hasGaps = (times[to - 1] ?? 0) - this.#first !== (to - 1 - from) * this.#barSeconds;
  }

  /** When the bar of a row opens that was shown last, in epoch seconds. */
  at(times: Uint32Array, row: number): number {
    return this.#hasGaps ? (times[row] ?? 0) : this.#first + (row - this.#from) * this.#barSeconds;
  }
}

/**
 * Two simple moving averages of the close, kept as integer sums so that comparing them is exact:
 * 1000 closes below 2^31, times 1000, stay below 2^53.
 */
export class CrossingAverages {
  readonly #fast: number;
  readonly #slow: number;
  readonly #ring: Int32Array;
  #head = 0;
  #seen = 0;
  #fastSum = 0;
  #slowSum = 0;

  /** Window lengths in bars, 1 to 1000, `fast < slow`. */
  constructor(fast: number, slow: number) {
    this.#fast = fast;
    this.#slow = slow;
    // A power of two lets a mask wrap the index; slots not yet written hold 0 and so leave the sums alone.
    this.#ring = new Int32Array(2 ** Math.ceil(Math.log2(slow)));
  }

  /**
   * Takes the closes of rows `[from, to)` until the answer to "is the fast average above the slow one?" is no longer
   * `above`. Until the slow window is full there is no answer. Returns the row that changed it, which is the last one
   * taken, or `to`.
   */
  untilChange(close: Int32Array, from: number, to: number, above: boolean): number {
    const fast = this.#fast;
    const slow = this.#slow;
    const ring = this.#ring;
    const mask = ring.length - 1;
    let head = this.#head;
    let fastSum = this.#fastSum;
    let slowSum = this.#slowSum;
    const firstAnswer = from + Math.max(0, slow - 1 - this.#seen);
    let row = from;
    while (row < to) {
      const price = close[row] ?? 0;
      fastSum += price - (ring[(head - fast) & mask] ?? 0);
      slowSum += price - (ring[(head - slow) & mask] ?? 0);
      ring[head] = price;
      head = (head + 1) & mask;
      if (fastSum * slow > slowSum * fast !== above && row >= firstAnswer) break;
      row += 1;
    }
    this.#head = head;
    this.#seen += Math.min(row + 1, to) - from;
    this.#fastSum = fastSum;
    this.#slowSum = slowSum;
    return row;
  }

  /** Takes the closes of rows `[from, to)` without asking. */
  take(close: Int32Array, from: number, to: number): void {
    for (let row = from; row < to;) row = this.untilChange(close, row, to, false) + 1;
  }
}

/** Of so many rows at once; a day has 1440 minutes. */
const ROOM = 2048;

/**
 * The closes an indicator looks at, one after the other in memory: those that are still to be taken, and before each of them a
 * whole window, in which the first close stands for what was never seen. A window that slides costs one read a bar this way.
 * They are kept as floating point, which is exact for them: steps on integers would be checked for overflow one by one.
 */
export class RecentCloses {
  readonly #window: number;
  readonly #values: Float64Array;
  #next = 0;
  #end = 0;
  #hasBegun = false;

  /** @param window in bars. */
  constructor(window: number) {
    this.#window = window;
    this.#values = new Float64Array(window + ROOM);
  }

  /**
   * The closes so many bars, at most a window, before those to be taken: at the same index, and always the same memory, so that
   * a loop needs one index for all it reads. In ticks.
   */
  ago(bars: number): Float64Array {
    return this.#values.subarray(this.#window - bars);
  }

  /** The index of the next close that is to be taken. */
  get next(): number {
    return this.#next;
  }

  /** The index behind the last close that is to be taken. */
  get end(): number {
    return this.#end;
  }

  /**
   * Adds the closes of rows `[from, to)`, the next in time order. All that were shown before have been taken.
   * @throws RangeError where there are more of them than fit.
   */
  show(close: Int32Array, from: number, to: number): void {
    const count = to - from;
    if (!this.#hasBegun) this.#values.fill(close[from] ?? 0, 0, this.#window);
    this.#hasBegun = true;
    if (this.#end + count > ROOM) this.#moveToFront();
    this.#values.set(close.subarray(from, to), this.#window + this.#end);
    this.#end += count;
  }

  /** Takes everything before `next`. */
  takeUntil(next: number): void {
    this.#next = next;
  }

  /** Moves the last window, before which nothing is looked at. */
  #moveToFront(): void {
    this.#values.copyWithin(0, this.#end, this.#end + this.#window);
    this.#next = this.#end = 0;
  }
}

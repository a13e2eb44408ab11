/** Room for so many closes behind the window; whatever is longer makes its own. */
const ROOM = 4096;

/**
 * The closes an indicator looks at, one after the other in memory: those that are still to be taken, and before each of them a
 * whole window, in which the first close stands for what was never seen. A window that slides costs one read a bar this way.
 * They are kept as floating point, which is exact for them: steps on integers would be checked for overflow one by one.
 */
export class RecentCloses {
  readonly #window: number;
  #values: Float64Array;
  #next: number;
  #end: number;
  #hasBegun = false;

  /** @param window in bars. */
  constructor(window: number) {
    this.#window = window;
    this.#values = new Float64Array(window + ROOM);
    this.#next = this.#end = window;
  }

  /** The memory, in ticks; another one after {@link show}. */
  get values(): Float64Array {
    return this.#values;
  }

  /** Where the next close lies that is to be taken. */
  get next(): number {
    return this.#next;
  }

  /** Behind the last close that is to be taken. */
  get end(): number {
    return this.#end;
  }

  /** Adds the closes of rows `[from, to)`, the next in time order. All that were shown before have been taken. */
  show(close: Int32Array, from: number, to: number): void {
    if (!this.#hasBegun) this.#values.fill(close[from] ?? 0, 0, this.#window);
    this.#hasBegun = true;
    if (this.#end + to - from > this.#values.length) this.#makeRoom(to - from);
    this.#values.set(close.subarray(from, to), this.#end);
    this.#end += to - from;
  }

  /** Takes everything before `next`. */
  takeUntil(next: number): void {
    this.#next = next;
  }

  /** Moves the last window to the front, of longer memory where that is needed. */
  #makeRoom(count: number): void {
    const last = this.#values.subarray(this.#end - this.#window, this.#end);
    const length = this.#window + Math.max(ROOM, count);
    if (length > this.#values.length) this.#values = new Float64Array(length);
    this.#values.set(last);
    this.#next = this.#end = this.#window;
  }
}

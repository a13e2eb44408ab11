/** Some milliseconds of work: long enough that the pause after it costs little, short enough that nobody waits for it. */
const SHORT_MS = 8;
const LONG_MS = 20;

const FEWEST = 64;
const MOST = 2 ** 20;

/**
 * How many bars to compute between two pauses. A clock may stand still while a Worker computes, so a slice cannot be ended by
 * time: it has a number of bars, which follows from how long the slices before it turned out to take.
 */
export class SliceSize {
  #bars = 1024;

  /** Bars of the next slice, of all symbols together. */
  get bars(): number {
    return this.#bars;
  }

  /** @param ms what the last slice took, as the clock had it after its pause. */
  adapt(ms: number): void {
    if (ms > LONG_MS) this.#bars = Math.max(FEWEST, this.#bars / 2);
    else if (ms < SHORT_MS) this.#bars = Math.min(MOST, this.#bars * 2);
  }
}

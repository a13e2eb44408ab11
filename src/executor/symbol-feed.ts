import { sliceBars, type BarChunk } from '../candles/bars.ts';
import { barsBefore } from '../candles/columns.ts';
import type { Series } from '../candles/series.ts';

/**
 * One symbol's bars on their way into a run, a month in memory at a time. Bars without volume that end a month are left out,
 * since they fill nothing: when the last bar here was fed, the symbol has traded for the last time.
 * Times are seconds since the epoch.
 */
export class SymbolFeed {
  readonly series: Series;
  readonly #start: number;
  readonly #chunks: AsyncIterator<BarChunk>;
  readonly #queue: BarChunk[] = [];
  #row = 0;
  #isRead = false;
  #inWindow = false;

  private constructor(series: Series, start: number, chunks: AsyncIterator<BarChunk>) {
    this.series = series;
    this.#start = start;
    this.#chunks = chunks;
  }

  /** Opens the bars from `start` to `end`, after up to `warmup` before them, and reads until the first in the window. */
  static async open(series: Series, warmup: number, start: number, end: number): Promise<SymbolFeed> {
    const feed = new SymbolFeed(series, start, series.bars(start, end, warmup)[Symbol.asyncIterator]());
    while (!feed.#inWindow && !feed.#isRead) await feed.#read();
    return feed;
  }

  /** Whether there is any bar in the window. */
  get inWindow(): boolean {
    return this.#inWindow;
  }

  /** Whether everything was fed. To be asked after {@link fill}. */
  get isOver(): boolean {
    return this.#queue.length === 0;
  }

  /** When the next bar opens. */
  get next(): number {
    return this.#queue[0]?.time[this.#row] ?? Infinity;
  }

  /** When the last bar that was read opens. */
  get last(): number {
    return this.#queue.at(-1)?.time.at(-1) ?? Infinity;
  }

  /** Reads on where everything that was read has been fed. */
  async fill(): Promise<void> {
    while (this.#queue.length === 0 && !this.#isRead) await this.#read();
  }

  /**
   * Passes the bars that were read and open before `until` to `take`, in order, until that takes fewer than it is given; it gives
   * how many. Returns the instant up to which all bars were taken: `until`, or earlier when the first opens that was not.
   */
  pass(until: number, take: (bars: BarChunk) => number): number {
    for (let chunk = this.#queue[0]; chunk !== undefined; chunk = this.#queue[0]) {
      const to = barsBefore(chunk, until);
      if (to > this.#row) this.#row += take(sliceBars(chunk, this.#row, to));
      if (this.#row < to) return this.next;
      if (to < chunk.length) return until;
      this.#queue.shift();
      this.#row = 0;
    }
    return until;
  }

  async #read(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) {
      this.#isRead = true;
      return;
    }
    const { value } = next;
    this.#inWindow ||= (value.time.at(-1) ?? 0) >= this.#start;
    const traded = value.volume.findLastIndex((volume) => volume > 0) + 1;
    if (traded > 0) this.#queue.push(sliceBars(value, 0, traded));
  }
}

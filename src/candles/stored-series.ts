import { TIMEFRAME_SECONDS, type Timeframe } from '../schemas/primitives.ts';
import { aggregateBars } from './aggregate.ts';
import type { BarChunk } from './bars.ts';
import { clipBars, lastTraded } from './columns.ts';
import type { CandleReader } from './manifest.ts';
import type { Mix, SourceMonth } from './mix.ts';
import type { Series } from './series.ts';
import { readMonth } from './store.ts';

/** The series of a timeframe out of stored months of it and of finer ones. */
export function storedSeries(bucket: CandleReader, symbol: string, timeframe: Timeframe, mix: Mix): Series {
  const months = new StoredMonths(bucket, timeframe, mix.months);
  return {
    symbol,
    spec: mix.spec,
    origin: 'stored',
    leftOut: mix.leftOut,
    async *bars(from, to, warmup = 0) {
      const window = months.between(from, to);
      if (window.length === 0) return;
      // Where the month of `from` is all that warms up, it is read once for both.
      const held = new Map<SourceMonth, BarChunk>();
      const earlier: BarChunk[] = [];
      let wanted = warmup;
      for (const month of months.before(from)) {
        if (wanted === 0) break;
        const bars = await months.read(month);
        const found = lastTraded(bars, from, wanted);
        wanted -= found.length;
        if (found.length > 0) earlier.unshift(found);
        if (wanted === 0 && month === window[0]) held.set(month, bars);
      }
      yield* earlier;
      for (const month of window) {
        const bars = held.get(month) ?? (await months.read(month));
        held.delete(month);
        // Whole months are whole coarse bars: clipping afterwards leaves none of them half built.
        const clipped = clipBars(bars, from, to);
        if (clipped.length > 0) yield clipped;
      }
    },
  };
}

/** Stored months in order of time, as bars of one timeframe. Times are when bars of that open. */
class StoredMonths {
  readonly #bucket: CandleReader;
  readonly #timeframe: Timeframe;
  readonly #months: readonly SourceMonth[];

  constructor(bucket: CandleReader, timeframe: Timeframe, months: readonly SourceMonth[]) {
    this.#bucket = bucket;
    this.#timeframe = timeframe;
    this.#months = months;
  }

  /** Those that may have bars in `[from, to]`. */
  between(from: number, to: number): SourceMonth[] {
    return this.#months.filter(
      ({ entry }) => this.#opens(entry.first) <= to && this.#opens(entry.last) >= from,
    );
  }

  /** Those that have bars before a time, the latest first. */
  before(time: number): SourceMonth[] {
    return this.#months.filter(({ entry }) => this.#opens(entry.first) < time).reverse();
  }

  async read({ timeframe, entry }: SourceMonth): Promise<BarChunk> {
    const bars = await readMonth(this.#bucket, entry);
    return timeframe === this.#timeframe ? bars : aggregateBars(bars, TIMEFRAME_SECONDS[this.#timeframe]);
  }

  /** When the bar opens that a stored one is in. */
  #opens(time: number): number {
    return time - (time % TIMEFRAME_SECONDS[this.#timeframe]);
  }
}

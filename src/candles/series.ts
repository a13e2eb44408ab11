import { TIMEFRAME_SECONDS, type Timeframe, timeframe as timeframes } from '../schemas/primitives.ts';
import { aggregateBars } from './aggregate.ts';
import type { BarChunk, SymbolSpec } from './bars.ts';
import { clipBars } from './columns.ts';
import { manifestKey } from './keys.ts';
import { type CandleReader, type Manifest, readManifest } from './manifest.ts';
import { monthBounds, monthsBetween } from './months.ts';
import { readMonth } from './store.ts';
import { syntheticMonth } from './synthetic.ts';
import { syntheticSpec } from './synthetic-symbols.ts';

/** The end of January 2106, the last whole month whose open times fit 32 bits. */
const LAST_TIME = 4_294_425_599;

/** The candles of one symbol and timeframe, as they were when the series was opened. */
export interface Series {
  readonly symbol: string;
  readonly spec: SymbolSpec;
  readonly origin: 'stored' | 'synthetic';
  /**
   * The bars that open in `[from, to]`, seconds since the epoch, oldest first: one chunk a UTC month at most, none of them
   * empty. About one month is in memory at a time. May be asked repeatedly.
   * @throws Error while iterating when a stored month is gone or damaged
   */
  bars(from: number, to: number): AsyncIterable<BarChunk>;
}

/**
 * Opens the candles of a symbol: the stored ones of the timeframe; else aggregates of the coarsest finer ones stored; else, with
 * `synthetic` and only if nothing at all is stored of the symbol, generated ones. Null when there are none of these.
 * What is stored is decided here, once: candles replaced later do not show in the series.
 * @throws ZodError when a manifest in the bucket is damaged
 */
export async function openSeries(
  bucket: CandleReader,
  symbol: string,
  timeframe: Timeframe,
  options: { readonly synthetic: boolean },
): Promise<Series | null> {
  const wanted = TIMEFRAME_SECONDS[timeframe];
  const fineToCoarse = timeframes.options.toSorted((a, b) => TIMEFRAME_SECONDS[a] - TIMEFRAME_SECONDS[b]);
  const usable = fineToCoarse.filter((other) => wanted % TIMEFRAME_SECONDS[other] === 0);
  for (const source of usable.reverse()) {
    const stored = await readManifest(bucket, manifestKey({ symbol, timeframe: source }));
    if (stored !== null)
      return storedSeries(bucket, symbol, stored.manifest, source === timeframe ? null : wanted);
  }
  const spec = options.synthetic ? syntheticSpec(symbol) : null;
  if (spec === null) return null;
  for (const other of fineToCoarse) {
    if (usable.includes(other)) continue;
    if ((await bucket.head(manifestKey({ symbol, timeframe: other }))) !== null) return null;
  }
  return syntheticSeries(symbol, timeframe, spec);
}

/** @param aggregateTo seconds of the bars to make of the stored ones; null leaves them as they are */
function storedSeries(
  bucket: CandleReader,
  symbol: string,
  manifest: Manifest,
  aggregateTo: number | null,
): Series {
  return {
    symbol,
    spec: manifest.spec,
    origin: 'stored',
    async *bars(from, to) {
      for (const entry of manifest.months) {
        const { start, end } = monthBounds(entry.month);
        if (end <= from || start > to) continue;
        const month = await readMonth(bucket, entry);
        // Whole months are whole coarse bars: clipping afterwards leaves none of them half built.
        const clipped = clipBars(aggregateTo === null ? month : aggregateBars(month, aggregateTo), from, to);
        if (clipped.length > 0) yield clipped;
      }
    },
  };
}

function syntheticSeries(symbol: string, timeframe: Timeframe, spec: SymbolSpec): Series {
  return {
    symbol,
    spec,
    origin: 'synthetic',
    // Nothing here waits, but the stored twin does, and a run should not care which it reads.
    async *bars(from, to) {
      for (const month of monthsBetween(Math.max(from, 0), Math.min(to, LAST_TIME))) {
        const clipped = clipBars(syntheticMonth(symbol, timeframe, month), from, to);
        if (clipped.length > 0) yield await Promise.resolve(clipped);
      }
    },
  };
}

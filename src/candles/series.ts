import { TIMEFRAME_SECONDS, type Timeframe, timeframe as timeframes } from '../schemas/primitives.ts';
import type { BarChunk, SymbolSpec } from './bars.ts';
import { clipBars } from './columns.ts';
import { manifestKey } from './keys.ts';
import { type CandleReader, readManifest } from './manifest.ts';
import { type StoredTimeframe, mixMonths } from './mix.ts';
import { monthsBetween } from './months.ts';
import { storedSeries } from './stored-series.ts';
import { syntheticMonth } from './synthetic.ts';
import { syntheticSpec } from './synthetic-symbols.ts';

/** The end of January 2106, the last whole month whose open times fit 32 bits. */
const LAST_TIME = 4_294_425_599;

/** The candles of one symbol and timeframe, as they were when the series was opened. */
export interface Series {
  readonly symbol: string;
  readonly spec: SymbolSpec;
  readonly origin: 'stored' | 'synthetic';
  /** Finer timeframes that have months of the window which the series lacks, since they were loaded with another spec. */
  readonly leftOut: readonly Timeframe[];
  /**
   * The bars that open in `[from, to]`, seconds since the epoch, oldest first: one chunk a UTC month at most, none of them
   * empty. They follow the last bars with volume before `from`, up to `warmup` of them, however far back those are; where there
   * are none in `[from, to]`, none before are looked for. In memory are about a month at a time and what warms up. May be asked
   * repeatedly.
   * @throws Error while iterating when a stored month is gone or damaged
   */
  bars(from: number, to: number, warmup?: number): AsyncIterable<BarChunk>;
}

/** What a series is opened for. */
export interface SeriesOptions {
  /** Open times that matter, both included, in seconds since the epoch: what is stored in their months decides on the spec. */
  readonly window: { readonly from: number; readonly to: number };
  /** Whether there may be generated candles. */
  readonly synthetic: boolean;
}

/**
 * Opens the candles of a symbol: of each UTC month the stored ones of the timeframe, else aggregates of the coarsest finer ones
 * stored, as {@link mixMonths} has it; else, with `synthetic` and only if nothing at all is stored of the symbol, generated ones.
 * Null when there are none of these. What is stored is decided here, once: candles replaced later do not show in the series.
 * @throws ZodError when a manifest in the bucket is damaged
 */
export async function openSeries(
  bucket: CandleReader,
  symbol: string,
  timeframe: Timeframe,
  { window, synthetic }: SeriesOptions,
): Promise<Series | null> {
  const wanted = TIMEFRAME_SECONDS[timeframe];
  const coarseToFine = timeframes.options.toSorted((a, b) => TIMEFRAME_SECONDS[b] - TIMEFRAME_SECONDS[a]);
  const usable = coarseToFine.filter((other) => wanted % TIMEFRAME_SECONDS[other] === 0);
  const [first, ...others] = await readStored(bucket, symbol, usable);
  if (first !== undefined)
    return storedSeries(bucket, symbol, timeframe, mixMonths([first, ...others], window));
  const spec = synthetic ? syntheticSpec(symbol) : null;
  if (spec === null) return null;
  for (const other of coarseToFine) {
    if (usable.includes(other)) continue;
    if ((await bucket.head(manifestKey({ symbol, timeframe: other }))) !== null) return null;
  }
  return syntheticSeries(symbol, timeframe, spec);
}

/** What is stored in each of the timeframes, in their order; those that are not are left out. */
async function readStored(
  bucket: CandleReader,
  symbol: string,
  sources: readonly Timeframe[],
): Promise<StoredTimeframe[]> {
  const stored = await Promise.all(
    sources.map(async (timeframe) => ({
      timeframe,
      manifest: (await readManifest(bucket, manifestKey({ symbol, timeframe })))?.manifest,
    })),
  );
  return stored.flatMap(({ timeframe, manifest }) => (manifest ? [{ timeframe, manifest }] : []));
}

function syntheticSeries(symbol: string, timeframe: Timeframe, spec: SymbolSpec): Series {
  return {
    symbol,
    spec,
    origin: 'synthetic',
    leftOut: [],
    // Nothing here waits, but the stored twin does, and a run should not care which it reads.
    async *bars(from, to, warmup = 0) {
      // Every bar exists and has volume.
      const first = Math.max(0, from - warmup * TIMEFRAME_SECONDS[timeframe]);
      for (const month of monthsBetween(first, Math.min(to, LAST_TIME))) {
        const clipped = clipBars(syntheticMonth(symbol, timeframe, month), first, to);
        if (clipped.length > 0) yield await Promise.resolve(clipped);
      }
    },
  };
}

import * as z from 'zod';
import {
  TIMEFRAME_SECONDS,
  type Timeframe,
  positiveDecimal,
  timeframe as timeframes,
  toInstant,
} from '../schemas/primitives.ts';
import { DEFAULT_SPEC, type SymbolSpec } from './bars.ts';
import { DumpError } from './dump-error.ts';
import { readMonths, surveyDump } from './dump.ts';
import { type Place, manifestKey } from './keys.ts';
import { missingBars, readManifest } from './manifest.ts';
import { priceScale, shortestDecimal } from './numbers.ts';
import { type ImportOccasion, replaceSpan } from './replace.ts';
import { unpackDump } from './unpack.ts';

/**
 * The query of an import: how the symbol is quantized. What is left out stays as it is stored, or else is as in another timeframe
 * of the symbol, or else the default.
 */
export const specQuery = z.strictObject({
  tick: positiveDecimal.exactOptional().describe('The smallest price step'),
  step: positiveDecimal.exactOptional().describe('The smallest quantity step'),
  min_notional: positiveDecimal
    .exactOptional()
    .describe('The smallest notional of an order, in the quote currency'),
});

/** Where a dump goes. `spec` holds decimals that passed {@link specQuery}. */
export interface ImportTarget extends Place {
  readonly spec?: Partial<SymbolSpec>;
}

/** What a loaded dump held. */
export interface ImportSummary {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Open times of the first and the last bar of the dump, as instants. */
  readonly from: string;
  readonly to: string;
  readonly bars: number;
  /** Bars absent between `from` and `to`. */
  readonly missing: number;
}

/** A loaded dump, or why nothing was stored: `line` is the 1-based line at fault, null when it is the dump as a whole. */
export type ImportOutcome =
  | { readonly ok: true; readonly summary: ImportSummary }
  | { readonly ok: false; readonly line: number | null; readonly message: string };

/**
 * Loads one Binance kline dump, as it is or as gzip or as a ZIP of one file, in place of what is stored of its span, as
 * {@link replaceSpan} has it. A dump is stored whole or not at all. It is read twice, first to check all of it, so that no
 * more of it than a month is in memory.
 *
 * All bars of a symbol and timeframe are in ticks of one size. Another tick is therefore accepted only by a dump that replaces
 * all of them; `step` and `min_notional` may change with any.
 *
 * @throws ManifestContention when other imports of the same symbol and timeframe keep coming first; nothing was stored
 */
export async function importCandles(
  bucket: R2Bucket,
  target: ImportTarget,
  body: Uint8Array,
  occasion: ImportOccasion,
): Promise<ImportOutcome> {
  const { symbol, timeframe } = target;
  const seconds = TIMEFRAME_SECONDS[timeframe];
  const stored = await readManifest(bucket, manifestKey(target));
  const known = stored?.manifest.spec ?? (await specElsewhere(bucket, target)) ?? DEFAULT_SPEC;
  const tick = shortestDecimal(target.spec?.tick ?? known.tick);
  const scale = priceScale(tick);
  if (scale === null) return refused(`The tick ${tick} has too many digits.`);
  try {
    const { first, last, bars } = await surveyDump(unpackDump(body), scale, seconds);
    const dump = { first, last, months: () => readMonths(unpackDump(body), scale, seconds) };
    const clash = await replaceSpan(
      bucket,
      target,
      { ...(stored === null ? known : {}), ...target.spec, tick },
      dump,
      occasion,
    );
    if (clash !== null) return refused(clash);
    const span = { from: toInstant(first * 1000), to: toInstant(last * 1000) };
    return {
      ok: true,
      summary: { symbol, timeframe, ...span, bars, missing: missingBars(first, last, bars, seconds) },
    };
  } catch (error) {
    if (error instanceof DumpError) return { ok: false, line: error.line, message: error.message };
    throw error;
  }
}

/** The spec in another timeframe of the symbol, the coarsest that is stored; null where there is none. */
async function specElsewhere(bucket: R2Bucket, { symbol, timeframe }: Place): Promise<SymbolSpec | null> {
  const others = timeframes.options.filter((other) => other !== timeframe);
  for (const other of others.reverse()) {
    const stored = await readManifest(bucket, manifestKey({ symbol, timeframe: other }));
    if (stored !== null) return stored.manifest.spec;
  }
  return null;
}

function refused(message: string): ImportOutcome {
  return { ok: false, line: null, message };
}

import type { Timeframe } from '../schemas/primitives.ts';
import { type BarChunk, DEFAULT_SPEC, type SymbolSpec, sliceBars } from './bars.ts';
import { barsBefore, concatBars } from './columns.ts';
import type { Dump } from './dump.ts';
import {
  type Manifest,
  type MonthEntry,
  type StoredManifest,
  manifestKey,
  readManifest,
  writeManifest,
} from './manifest.ts';
import type { Month } from './months.ts';
import { readMonth, writeMonth } from './store.ts';

/** Each failed attempt means that another import got through, so more than a few means a crowd. */
const ATTEMPTS = 10;

/** Other imports of the same symbol and timeframe kept coming first. Nothing was stored; trying again later is safe. */
export class ManifestContention extends Error {}

/** The tick the dump was read with, and what else the import says of the symbol; the rest stays as it is stored. */
export type GivenSpec = Partial<SymbolSpec> & Pick<SymbolSpec, 'tick'>;

/** Which candles. */
interface Place {
  readonly symbol: string;
  readonly timeframe: Timeframe;
}

/**
 * Puts the bars of a dump in place of what is stored from its first to its last bar. Month objects first, the manifest
 * last and only if nobody replaced it meanwhile; else all over again on the new one, so that imports at the same time keep
 * one another's bars. Readers see all of the dump or nothing.
 *
 * @returns null, or why the dump cannot be stored beside the bars that would stay
 * @throws ManifestContention
 */
export async function replaceSpan(
  bucket: R2Bucket,
  place: Place,
  given: GivenSpec,
  dump: Dump,
): Promise<string | null> {
  const key = manifestKey(place.symbol, place.timeframe);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const stored = await readManifest(bucket, key);
    const clash = tickClash(stored, given.tick, dump);
    if (clash !== null) return clash;
    const spec = { ...DEFAULT_SPEC, ...stored?.manifest.spec, ...given };
    const months = await nextMonths(bucket, place, spec.tick, dump, stored?.manifest ?? null);
    if (await writeManifest(bucket, key, { spec, months }, stored?.etag ?? null)) return null;
  }
  throw new ManifestContention(`Other imports of ${place.symbol} ${place.timeframe} kept coming first.`);
}

function tickClash(stored: StoredManifest | null, tick: string, dump: Dump): string | null {
  if (stored === null || stored.manifest.spec.tick === tick) return null;
  const stays = stored.manifest.months.some((entry) => entry.first < dump.first || entry.last > dump.last);
  if (!stays) return null;
  return (
    `The stored candles outside of this dump's span have the tick ${stored.manifest.spec.tick}, not ${tick}. ` +
    `Load it with ?tick=${stored.manifest.spec.tick}, or change the tick with one dump that spans all of them.`
  );
}

async function nextMonths(
  bucket: R2Bucket,
  place: Place,
  tick: string,
  dump: Dump,
  current: Manifest | null,
): Promise<MonthEntry[]> {
  const next = new Map<Month, MonthEntry>();
  for (const entry of current?.months ?? []) {
    const covered = entry.first >= dump.first && entry.last <= dump.last;
    if (!covered) next.set(entry.month, entry);
  }
  for (const [month, loaded] of dump.months) {
    const staying = next.get(month);
    const bars = staying ? replaceBars(await readMonth(bucket, staying), loaded, dump) : loaded;
    next.set(month, await writeMonth(bucket, { ...place, month }, bars, tick));
  }
  return [...next.values()].sort((a, b) => (a.month < b.month ? -1 : 1));
}

/** The bars of `stored` outside of the span, with `loaded` in their midst. */
function replaceBars(stored: BarChunk, loaded: BarChunk, span: { first: number; last: number }): BarChunk {
  const before = sliceBars(stored, 0, barsBefore(stored, span.first));
  const after = sliceBars(stored, barsBefore(stored, span.last + 1), stored.length);
  return concatBars([before, loaded, after]);
}

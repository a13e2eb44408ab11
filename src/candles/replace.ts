import { type BarChunk, DEFAULT_SPEC, type SymbolSpec, sliceBars } from './bars.ts';
import { barsBefore, concatBars } from './columns.ts';
import type { DumpExtent, DumpMonth } from './dump.ts';
import { type Place, manifestKey } from './keys.ts';
import { type Manifest, type MonthEntry, readManifest, retiredNext, writeManifest } from './manifest.ts';
import { type Month, monthBounds, monthOf } from './months.ts';
import { readMonth, writeMonth } from './store.ts';

const DAY = 86_400;

/** Each failed attempt means that another import got through, so more than a few means a crowd. */
const ATTEMPTS = 10;

/** Other imports of the same symbol and timeframe kept coming first. Nothing was stored; trying again later is safe. */
export class ManifestContention extends Error {}

/** The tick the dump was read with, and what else the import says of the symbol; the rest stays as it is stored. */
export type GivenSpec = Partial<SymbolSpec> & Pick<SymbolSpec, 'tick'>;

/** Which import it is. */
export interface ImportOccasion {
  /** A UUID of its own. */
  readonly id: string;
  /** When it begins, milliseconds since the epoch. */
  readonly at: number;
}

/** A dump that was checked to its end. */
export interface CheckedDump extends Pick<DumpExtent, 'first' | 'last'> {
  /** Reads its bars from the beginning, oldest first; may be asked repeatedly. */
  months(): AsyncIterable<DumpMonth>;
}

/**
 * Puts the bars of a dump in place of what is stored from its first to its last bar, both included. Of a month that the dump
 * reaches through, from its first day to its last, nothing else stays either: a month published anew may begin later or end
 * earlier than before. All other stored bars stay.
 *
 * Month objects come first, the manifest last and only if nobody replaced it meanwhile; else all over again on the new one, so
 * that imports at the same time keep one another's bars. Readers see all of the dump or nothing.
 *
 * @returns null, or why the dump cannot be stored beside the bars that would stay
 * @throws ManifestContention
 */
export async function replaceSpan(
  bucket: R2Bucket,
  place: Place,
  given: GivenSpec,
  dump: CheckedDump,
  occasion: ImportOccasion,
): Promise<string | null> {
  const key = manifestKey(place);
  const span = replacedSpan(dump);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const stored = await readManifest(bucket, key);
    const current = stored?.manifest ?? null;
    const staying = (current?.months ?? []).filter((entry) => !covers(span, entry));
    const clash = tickClash(current, staying, given.tick);
    if (clash !== null) return clash;
    const spec = { ...DEFAULT_SPEC, ...current?.spec, ...given };
    const next = new Map<Month, MonthEntry>(staying.map((entry) => [entry.month, entry]));
    for await (const { month, bars } of dump.months()) {
      const beside = next.get(month);
      const all = beside ? replaceBars(await readMonth(bucket, beside), bars, span) : bars;
      const at = { ...place, month, importId: occasion.id };
      next.set(month, await writeMonth(bucket, at, all, spec.tick, current));
    }
    const months = [...next.values()].sort((a, b) => (a.month < b.month ? -1 : 1));
    const manifest = { spec, months, retired: retiredNext(current, months, occasion.at) };
    if (await writeManifest(bucket, key, manifest, stored?.etag ?? null)) return null;
  }
  throw new ManifestContention(`Other imports of ${place.symbol} ${place.timeframe} kept coming first.`);
}

/** Open times from the first to the last, both included, in seconds since the epoch. */
interface Span {
  readonly first: number;
  readonly last: number;
}

function replacedSpan({ first, last }: Span): Span {
  const [from, to] = [monthBounds(monthOf(first)), monthBounds(monthOf(last))];
  return {
    first: first < from.start + DAY && last >= from.end - DAY ? from.start : first,
    last: last >= to.end - DAY && first < to.start + DAY ? to.end - 1 : last,
  };
}

function covers(span: Span, { first, last }: Span): boolean {
  return first >= span.first && last <= span.last;
}

function tickClash(current: Manifest | null, staying: readonly MonthEntry[], tick: string): string | null {
  if (current === null || current.spec.tick === tick || staying.length === 0) return null;
  return (
    `The stored candles outside of this dump's span have the tick ${current.spec.tick}, not ${tick}. ` +
    `Load it with ?tick=${current.spec.tick}, or change the tick with one dump that spans all of them.`
  );
}

/** The bars of `stored` outside of the span, with `loaded` in their midst. */
function replaceBars(stored: BarChunk, loaded: BarChunk, span: Span): BarChunk {
  const before = sliceBars(stored, 0, barsBefore(stored, span.first));
  const after = sliceBars(stored, barsBefore(stored, span.last + 1), stored.length);
  return concatBars([before, loaded, after]);
}

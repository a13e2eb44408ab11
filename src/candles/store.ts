import { fromBucket } from '../bucket-call.ts';
import { sha256 } from '../digest.ts';
import { decodeBars, encodeBars } from './arrow.ts';
import type { BarChunk } from './bars.ts';
import { type Place, monthKey, monthKeyStem } from './keys.ts';
import type { CandleReader, Manifest, MonthEntry } from './manifest.ts';
import { type Month } from './months.ts';

/** Where an import puts the bars of a month. */
export interface MonthPlace extends Place {
  readonly month: Month;
  /** UUID of the import. */
  readonly importId: string;
}

/**
 * Stores the bars of one month, at least one, and returns the entry by which the manifest that follows `current` may name
 * them. Where `current` names the same bars already, that is its entry and nothing is stored.
 *
 * The object's name holds a hash of its content, so it never changes: whoever read a manifest keeps reading the bars it
 * named, whatever is loaded meanwhile. It holds the import too, so that no later one names the object unless the manifest
 * before did: an object that has gone unnamed for longer than imports last will not be named again, and may be removed.
 */
export async function writeMonth(
  bucket: R2Bucket,
  place: MonthPlace,
  bars: BarChunk,
  tick: string,
  current: Manifest | null,
): Promise<MonthEntry> {
  const bytes = encodeBars(bars, tick);
  const stem = monthKeyStem(place, place.month, await sha256(bytes));
  const same = current?.months.find(({ key }) => key.startsWith(stem));
  // An object that was lost is stored again.
  if (same !== undefined && (await fromBucket(() => bucket.head(same.key))) !== null) return same;
  const key = monthKey(stem, place.importId);
  const [first, last] = [bars.time.at(0), bars.time.at(-1)];
  if (first === undefined || last === undefined) throw new Error(`There are no bars to store in ${key}.`);
  const httpMetadata = { contentType: 'application/vnd.apache.arrow.file' };
  await fromBucket(() => bucket.put(key, bytes, { httpMetadata }));
  return { month: place.month, key, bars: bars.length, first, last };
}

/**
 * The bars of a stored month.
 * @throws Error when the object a manifest names is gone or is not a candle file.
 */
export async function readMonth(bucket: CandleReader, entry: MonthEntry): Promise<BarChunk> {
  const bytes = await fromBucket(async () => (await bucket.get(entry.key))?.arrayBuffer());
  if (bytes === undefined) throw new Error(`The candles ${entry.key} are gone from the bucket.`);
  return decodeBars(bytes);
}

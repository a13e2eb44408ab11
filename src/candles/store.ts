import type { Timeframe } from '../schemas/primitives.ts';
import { sha256 } from '../digest.ts';
import { decodeBars, encodeBars } from './arrow.ts';
import type { BarChunk } from './bars.ts';
import { type CandleReader, type MonthEntry, candlesPrefix } from './manifest.ts';
import { type Month } from './months.ts';

/** 64 bits of the SHA-256: enough to tell apart the versions of one month. */
const HASH_DIGITS = 16;

/**
 * Stores the bars of one month, at least one, and returns the entry by which a manifest names them.
 *
 * The object's name holds a hash of its content, so it never changes: whoever read a manifest keeps reading the bars it
 * named, whatever is loaded meanwhile. Until a manifest names the object nobody sees it. Objects that no manifest names any
 * more stay in the bucket; nothing removes them yet.
 */
export async function writeMonth(
  bucket: R2Bucket,
  place: { readonly symbol: string; readonly timeframe: Timeframe; readonly month: Month },
  bars: BarChunk,
  tick: string,
): Promise<MonthEntry> {
  const bytes = encodeBars(bars, tick);
  const hash = (await sha256(bytes)).slice(0, HASH_DIGITS);
  const key = `${candlesPrefix(place.symbol, place.timeframe)}${place.month}-${hash}.arrow`;
  const [first, last] = [bars.time.at(0), bars.time.at(-1)];
  if (first === undefined || last === undefined) throw new Error(`There are no bars to store in ${key}.`);
  await bucket.put(key, bytes, { httpMetadata: { contentType: 'application/vnd.apache.arrow.file' } });
  return { month: place.month, key, bars: bars.length, first, last };
}

/**
 * The bars of a stored month.
 * @throws Error when the object a manifest names is gone or is not a candle file.
 */
export async function readMonth(bucket: CandleReader, entry: MonthEntry): Promise<BarChunk> {
  const object = await bucket.get(entry.key);
  if (object === null) throw new Error(`The candles ${entry.key} are gone from the bucket.`);
  return decodeBars(await object.arrayBuffer());
}

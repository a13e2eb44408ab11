import { fromBucket } from '../bucket-call.ts';
import { TIMEFRAME_SECONDS, toInstant } from '../schemas/primitives.ts';
import type { ImportSummary } from './import.ts';
import { CANDLES_PREFIX, placeOfManifest } from './keys.ts';
import { extentOf, readManifest } from './manifest.ts';

/** The candles stored of one symbol and timeframe, told like those of one dump. */
export interface CandleListing extends ImportSummary {
  readonly source: 'stored';
}

/** What the bucket stores, by symbol and then from the finest timeframe to the coarsest. Generated candles are not listed. */
export async function listCandles(bucket: R2Bucket): Promise<CandleListing[]> {
  const listings: CandleListing[] = [];
  for await (const key of keysUnder(bucket, CANDLES_PREFIX)) {
    const place = placeOfManifest(key);
    if (place === null) continue;
    const stored = await readManifest(bucket, key);
    if (stored === null) continue;
    const { from, to, bars, missing } = extentOf(stored.manifest.months, TIMEFRAME_SECONDS[place.timeframe]);
    const span = { from: toInstant(from * 1000), to: toInstant(to * 1000) };
    listings.push({ ...place, ...span, bars, missing, source: 'stored' });
  }
  return listings.sort(
    (a, b) =>
      (a.symbol < b.symbol ? -1 : Number(a.symbol > b.symbol)) ||
      TIMEFRAME_SECONDS[a.timeframe] - TIMEFRAME_SECONDS[b.timeframe],
  );
}

/** Keys in order. One answer of R2 holds 1000 at most, sometimes fewer with more to come. */
async function* keysUnder(bucket: R2Bucket, prefix: string): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const options = { prefix, ...(cursor === undefined ? {} : { cursor }) };
    const page = await fromBucket(() => bucket.list(options));
    for (const { key } of page.objects) yield key;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

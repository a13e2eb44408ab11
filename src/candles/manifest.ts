import * as z from 'zod';
import { fromBucket } from '../bucket-call.ts';
import { positiveDecimal } from '../schemas/primitives.ts';

const monthEntry = z.strictObject({
  /** `2025-01` */
  month: z.string().regex(/^[0-9]{4}-[0-9]{2}$/),
  /** The object that holds the month's bars. */
  key: z.string(),
  bars: z.int().positive(),
  /** Open times of the first and the last bar, seconds since the epoch. */
  first: z.int().nonnegative(),
  last: z.int().nonnegative(),
});

/** The key of a month that an import replaced, and when: milliseconds since the epoch. */
const retirement = z.strictObject({ key: z.string(), at: z.int().nonnegative() });

const manifest = z.strictObject({
  spec: z.strictObject({ tick: positiveDecimal, step: positiveDecimal, min_notional: positiveDecimal }),
  months: z.array(monthEntry).min(1),
  /** Manifests of earlier versions of this service do not list them. */
  retired: z.array(retirement).default([]),
});

/**
 * How long a month stays in the bucket without a manifest that names it, in milliseconds. Who opened the last one that did may
 * read the month as long as a run lasts, and an import names what it stored when all is stored: both take minutes.
 */
export const UNNAMED_KEPT_MS = 24 * 60 * 60 * 1000;

/** One stored month as the manifest names it. */
export type MonthEntry = Readonly<z.infer<typeof monthEntry>>;

/**
 * What is stored of a symbol and timeframe right now: months in order of time, at least one, all in ticks of the one spec;
 * and which months were until lately.
 */
export type Manifest = Readonly<z.infer<typeof manifest>>;

/** As much of the bucket as reading candles takes. */
export interface CandleReader {
  get(key: string): Promise<Pick<R2ObjectBody, 'etag' | 'text' | 'arrayBuffer'> | null>;
  head(key: string): Promise<object | null>;
}

/** A manifest and the version of it that was read. */
export interface StoredManifest {
  readonly manifest: Manifest;
  readonly etag: string;
}

/** The open times and the number of bars of all months together, and how many bars are absent between the ends. */
export interface Extent {
  readonly from: number;
  readonly to: number;
  readonly bars: number;
  readonly missing: number;
}

/**
 * Reads the manifest at a key, null where there is none. R2 is strongly consistent: it is the latest.
 * @throws ZodError when the object there is not a manifest, SyntaxError when it is no JSON.
 */
export async function readManifest(bucket: CandleReader, key: string): Promise<StoredManifest | null> {
  const stored = await readText(bucket, key);
  return stored && { manifest: manifest.parse(JSON.parse(stored.text)), etag: stored.etag };
}

function readText(bucket: CandleReader, key: string): Promise<{ text: string; etag: string } | null> {
  return fromBucket(async () => {
    const object = await bucket.get(key);
    return object && { text: await object.text(), etag: object.etag };
  });
}

/**
 * Replaces the manifest at a key if it is still the version `replaces` (null: if there is still none); false when it is not.
 *
 * "If there is none" goes as a header: `If-None-Match: *` is a wildcard there, while runtimes have read
 * `etagDoesNotMatch: '*'` as an ETag spelled `*` (cloudflare/workerd issue 2572). A refused put answers null.
 *
 * @throws BucketError when the bucket failed; then the old version stands, or nothing can be read to tell.
 */
export async function writeManifest(
  bucket: R2Bucket,
  key: string,
  next: Manifest,
  replaces: string | null,
): Promise<boolean> {
  const onlyIf = replaces === null ? new Headers({ 'If-None-Match': '*' }) : { etagMatches: replaces };
  const httpMetadata = { contentType: 'application/json' };
  const text = JSON.stringify(next);
  try {
    return (await fromBucket(() => bucket.put(key, text, { onlyIf, httpMetadata }))) !== null;
  } catch (error) {
    // Of a put whose answer was lost the bucket itself tells: a failed import must have changed nothing.
    if ((await readText(bucket, key))?.text === text) return true;
    throw error;
  }
}

/**
 * What the manifest that follows `current` (null: the first) and names `months` lists as retired: what `current` names and it
 * does not, and what was retired less than {@link UNNAMED_KEPT_MS} before `now`, milliseconds since the epoch.
 */
export function retiredNext(
  current: Manifest | null,
  months: readonly MonthEntry[],
  now: number,
): Manifest['retired'] {
  if (current === null) return [];
  const named = new Set(months.map(({ key }) => key));
  const dropped = current.months.filter(({ key }) => !named.has(key)).map(({ key }) => ({ key, at: now }));
  return [...current.retired.filter((each) => isKept(each, now)), ...dropped];
}

/** Whether a run may still read a retired month. */
export function isKept({ at }: Manifest['retired'][number], now: number): boolean {
  return now - at < UNNAMED_KEPT_MS;
}

/** What bars from the first to the last of a manifest amount to, `seconds` being the length of one. */
export function extentOf(months: readonly MonthEntry[], seconds: number): Extent {
  const from = Math.min(...months.map((entry) => entry.first));
  const to = Math.max(...months.map((entry) => entry.last));
  const bars = months.reduce((sum, entry) => sum + entry.bars, 0);
  return { from, to, bars, missing: missingBars(from, to, bars, seconds) };
}

/** How many bars are absent between the first and the last of `bars` bars, `seconds` being the length of one. */
export function missingBars(from: number, to: number, bars: number, seconds: number): number {
  return (to - from) / seconds + 1 - bars;
}

import { CANDLES_PREFIX, manifestKey, placeOfMonth } from './keys.ts';
import { UNNAMED_KEPT_MS, isKept, readManifest } from './manifest.ts';

/** The key after which the next sweep goes on, while one has not come to the end. Not among what is swept. */
const POSITION_KEY = 'sweep/candles';

/** How much one sweep does. */
export interface SweepLimits {
  /** Objects looked at in one step, 1 to 1000: as many as R2 lists and deletes at once. */
  readonly pageObjects: number;
  /** No step begins after so many operations on the bucket; one step takes at most two for each of its objects. */
  readonly operations: number;
}

/** Cloudflare lets one invocation have 10 000 subrequests, and until lately 1 000. */
const LIMITS: SweepLimits = { pageObjects: 250, operations: 400 };

/** What a sweep found. */
export interface Sweep {
  /** Objects looked at, removed or not. */
  readonly objects: number;
  readonly removed: number;
  readonly removedBytes: number;
  /** Whether it came to the end of the candles; else the next one goes on where it stopped. */
  readonly complete: boolean;
  /** Manifests that could not be read, with why. Of what lies beside them nothing was removed. */
  readonly unreadable: readonly { readonly key: string; readonly error: unknown }[];
}

/**
 * Removes the months that no manifest names and no run can need: those that have gone unnamed for {@link UNNAMED_KEPT_MS}.
 * Nothing but months of candles is ever removed.
 *
 * No import can get between the look at a manifest and the removal. An import names only what it has stored itself, under
 * keys that are its own, and what the manifest before named (see `writeMonth`). What is older than imports last and unnamed
 * will therefore stay unnamed, however late the removal comes.
 *
 * @param now milliseconds since the epoch
 */
export async function sweepCandles(bucket: R2Bucket, now: number, limits = LIMITS): Promise<Sweep> {
  const total = { objects: 0, removed: 0, removedBytes: 0 };
  const unreadable: Sweep['unreadable'][number][] = [];
  let position = await (await bucket.get(POSITION_KEY))?.text();
  let operations = 0;
  let truncated = true;
  while (truncated && operations < limits.operations) {
    const page = await bucket.list({
      prefix: CANDLES_PREFIX,
      limit: limits.pageObjects,
      ...(position === undefined ? {} : { startAfter: position }),
    });
    const groups = monthsByManifest(page.objects.filter((object) => isOld(object, now)));
    const unnamed: R2Object[] = [];
    for (const [key, months] of groups) {
      try {
        unnamed.push(...(await unnamedOf(bucket, key, months, now)));
      } catch (error) {
        unreadable.push({ key, error });
      }
    }
    if (unnamed.length > 0) await bucket.delete(unnamed.map(({ key }) => key));
    total.objects += page.objects.length;
    total.removed += unnamed.length;
    total.removedBytes += unnamed.reduce((sum, { size }) => sum + size, 0);
    operations += 2 + groups.size;
    position = page.objects.at(-1)?.key ?? position;
    truncated = page.truncated;
  }
  if (truncated && position !== undefined) await bucket.put(POSITION_KEY, position);
  else await bucket.delete(POSITION_KEY);
  return { ...total, complete: !truncated, unreadable };
}

/** Whether the import that stored an object is over for sure. */
function isOld({ uploaded }: R2Object, now: number): boolean {
  return now - uploaded.getTime() >= UNNAMED_KEPT_MS;
}

/** The months among objects by the key of the manifest that may name them. */
function monthsByManifest(objects: readonly R2Object[]): Map<string, R2Object[]> {
  const groups = new Map<string, R2Object[]>();
  for (const object of objects) {
    const place = placeOfMonth(object.key);
    if (place === null) continue;
    const key = manifestKey(place);
    groups.set(key, [...(groups.get(key) ?? []), object]);
  }
  return groups;
}

/**
 * Those of the months that the manifest at a key neither names nor lists as lately retired.
 * @throws ZodError when the manifest is damaged
 */
async function unnamedOf(
  bucket: R2Bucket,
  key: string,
  months: readonly R2Object[],
  now: number,
): Promise<R2Object[]> {
  const manifest = (await readManifest(bucket, key))?.manifest;
  const retired = manifest?.retired.filter((each) => isKept(each, now)) ?? [];
  const needed = new Set([...(manifest?.months ?? []), ...retired].map((each) => each.key));
  return months.filter((month) => !needed.has(month.key));
}

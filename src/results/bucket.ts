import { fromBucket } from '../bucket-call.ts';
import { log, whatFailed } from '../observe/log.ts';
import type { Outcome, Refusal } from '../outcome.ts';
import { ROW_BYTES, type StoredResult } from './stored.ts';

/** R2 deletes so many keys at a time, and lists no more. */
const KEYS_AT_ONCE = 1000;

/** A key for one result of a job, which nobody else has: of several attempts the one that is kept must not be overwritten. */
export function newResultKey(jobId: string): string {
  return `${jobId}/${crypto.randomUUID()}`;
}

/** Stores a result that came whole: in a row if it fits, else in the bucket, where it is before its job hears of it. */
export async function storeWhole(bucket: R2Bucket, jobId: string, bytes: Uint8Array): Promise<StoredResult> {
  if (bytes.length <= ROW_BYTES) return { kind: 'row', bytes };
  const key = newResultKey(jobId);
  await fromBucket(() => bucket.put(key, bytes));
  return { kind: 'object', key, before: new Uint8Array(), after: new Uint8Array() };
}

/**
 * Hands a stored result to its job with `complete`, and takes its object away again where the job did not keep it.
 * Where `complete` throws nobody knows, so the object stays: at the latest it goes with the job.
 */
export async function handOver<Value extends { readonly kept: boolean }, Refused extends Refusal<string>>(
  bucket: R2Bucket,
  result: StoredResult,
  complete: () => Promise<Outcome<Value, Refused>>,
): Promise<Outcome<Value, Refused>> {
  const outcome = await complete();
  const kept = outcome.ok && outcome.value.kept;
  if (result.kind === 'object' && !kept) await dropResult(bucket, result.key);
  return outcome;
}

/** Deletes a result that no job has. Where the bucket fails it stays, which the log says: at the latest it goes with its job. */
export async function dropResult(bucket: R2Bucket, key: string): Promise<void> {
  try {
    await bucket.delete(key);
  } catch (error) {
    log('warn', 'result_not_dropped', { key, ...whatFailed(error) });
  }
}

/** Deletes everything a job has in the bucket, also what attempts left there that were cut off. */
export async function deleteResults(bucket: R2Bucket, jobId: string): Promise<void> {
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix: `${jobId}/`, limit: KEYS_AT_ONCE });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    if (!truncated) return;
  }
}

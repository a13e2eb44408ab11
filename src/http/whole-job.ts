import type { Context } from 'hono';
import { fromBucket } from '../bucket-call.ts';
import { joined } from '../bytes.ts';
import { unavailable } from '../errors.ts';
import type { JobSnapshot } from '../job/record.ts';
import { log, whatFailed } from '../observe/log.ts';
import type { StoredResult } from '../results/stored.ts';
import type { AppEnv } from './context.ts';
import { rawJson, renderAroundResult } from './render.ts';

const NULL = new TextEncoder().encode('null');

/**
 * Answers with a job and its whole result. One that lies in the bucket is passed on while it is read, whatever its size.
 * Throws 503 where it is not there: the job is being deleted.
 */
export async function wholeJob(
  c: Context<AppEnv>,
  job: JobSnapshot,
  result: StoredResult | null,
  headers: Record<string, string>,
): Promise<Response> {
  const [before, after] = renderAroundResult(job);
  if (result?.kind !== 'object') return rawJson(joined([before, result?.bytes ?? NULL, after]), 200, headers);
  // Nobody would read what is passed on.
  if (c.req.method === 'HEAD') return rawJson(null, 200, headers);
  const object = await fromBucket(() => c.env.RESULTS.get(result.key));
  if (object === null) throw unavailable('The result cannot be read right now.');
  const head = joined([before, result.before]);
  const tail = joined([result.after, after]);
  const { readable, writable } = new FixedLengthStream(head.length + object.size + tail.length);
  // Goes on as long as the client reads; a client that goes away ends it.
  c.executionCtx.waitUntil(
    passOn(writable, head, object.body, tail).catch((error: unknown) => {
      log('warn', 'result_not_passed_on', { job_id: job.id, ...whatFailed(error) });
    }),
  );
  return rawJson(readable, 200, headers);
}

async function passOn(
  writable: WritableStream<Uint8Array>,
  head: Uint8Array,
  body: ReadableStream,
  tail: Uint8Array,
): Promise<void> {
  const first = writable.getWriter();
  await first.write(head);
  first.releaseLock();
  await body.pipeTo(writable, { preventClose: true });
  const last = writable.getWriter();
  await last.write(tail);
  await last.close();
}

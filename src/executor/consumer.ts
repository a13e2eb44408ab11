import * as z from 'zod';
import { decodeJobId } from '../job/job-id.ts';
import { readSettings } from '../settings.ts';
import { executeJob } from './execute.ts';
import { log, whatFailed } from '../observe/log.ts';

const dispatchMessage = z.object({ job_id: z.string() });

/** Queues whose name ends so hold what could not be delivered. */
const DEAD_LETTERS = '-dead';

/** Takes a delivery of the dispatch queue, or of its dead letters, a message at a time. */
export async function consume(batch: MessageBatch, env: Cloudflare.Env): Promise<void> {
  for (const message of batch.messages) {
    const body = dispatchMessage.safeParse(message.body);
    if (!body.success) {
      log('error', 'message_names_no_job', { queue: batch.queue, message_id: message.id });
      message.ack();
      continue;
    }
    try {
      // With external workers, jobs are left to them: a message from before the switch means nothing.
      if (readSettings(env).EXECUTOR === 'embedded') {
        await (batch.queue.endsWith(DEAD_LETTERS)
          ? bury(env, body.data.job_id)
          : executeJob(env, body.data.job_id, message.id));
      }
      message.ack();
    } catch (error) {
      log('error', 'message_retried', {
        queue: batch.queue,
        message_id: message.id,
        job_id: body.data.job_id,
        ...whatFailed(error),
      });
      message.retry({ delaySeconds: Math.min(60, 2 ** message.attempts) });
    }
  }
}

async function bury(env: Cloudflare.Env, jobId: string): Promise<void> {
  const objectId = decodeJobId(env.BACKTEST_JOB, jobId);
  if (objectId !== null) await env.BACKTEST_JOB.get(objectId).deadLetter();
}

import { PipaiError, type Job, type JobEventData, type PipaiClient } from '../client/index.ts';
import { Interrupted } from './failures.ts';
import type { Session } from './session.ts';

/** How to follow a job. */
export interface Following {
  /** As the user called it, for the note of a cancel: `submit --watch`. */
  readonly command: string;
  /** Hears each state. */
  readonly onState?: (job: JobEventData) => void;
}

/**
 * Follows a job to its end, its progress on standard error. The first Ctrl-C asks whether to cancel the job, the second ends at once.
 * @returns the job with its result.
 * @throws Interrupted when the user leaves while the job goes on.
 */
export async function follow(
  session: Session,
  client: PipaiClient,
  id: string,
  following: Following,
): Promise<Job> {
  const leaving = new AbortController();
  const deafen = session.io.onInterrupt(() => {
    leaving.abort();
  });
  try {
    for await (const { job } of client.events(id, { signal: leaving.signal })) {
      session.progress(job.status, job.progress);
      following.onState?.(job);
    }
    return await client.get(id, { signal: leaving.signal });
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
    return await askWhetherToCancel(session, client, id, following.command);
  } finally {
    deafen();
  }
}

async function askWhetherToCancel(
  session: Session,
  client: PipaiClient,
  id: string,
  command: string,
): Promise<Job> {
  const wanted = session.io.interactive && (await session.confirm(`Cancel the job ${id}?`));
  if (!wanted) {
    throw new Interrupted(
      `Stopped watching; the job goes on. To watch it again: pipai watch ${id}; to cancel it: pipai cancel ${id}`,
    );
  }
  try {
    return await client.cancel(id, { reason: `Ctrl-C on ${command}` });
  } catch (error) {
    if (!(error instanceof PipaiError) || error.code !== 'INVALID_STATE') throw error;
    const job = await client.get(id);
    session.note(`Too late to cancel ${id}: it is ${job.status}.`);
    return job;
  }
}

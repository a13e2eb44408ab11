import { PipaiError, type Job, type JobEventData, type PipaiClient } from '../client/index.ts';
import { Interrupted } from './failures.ts';
import { cancelRepeatably } from './repeatable.ts';
import type { Session } from './session.ts';

/** How to follow a job. */
export interface Following {
  /** As the user called it, for the note of a cancel: `submit --watch`. */
  readonly command: string;
  /** Aborted when the user wants to leave, even before this began. */
  readonly leaving: AbortSignal;
  /** Hears each state. */
  readonly onState?: (job: JobEventData) => void;
}

/** Does something with a signal that the first Ctrl-C aborts; meanwhile the second one ends the process at once. */
export async function interruptible<T>(
  session: Session,
  act: (leaving: AbortSignal) => Promise<T>,
): Promise<T> {
  const leaving = new AbortController();
  const deafen = session.io.onInterrupt(() => {
    leaving.abort();
  });
  try {
    return await act(leaving.signal);
  } finally {
    deafen();
  }
}

/**
 * Follows a job to its end, its progress on standard error. Who leaves is asked whether to cancel the job.
 * @returns the job with its result.
 * @throws Interrupted when the user leaves while the job goes on.
 */
export async function follow(
  session: Session,
  client: PipaiClient,
  id: string,
  { command, leaving, onState }: Following,
): Promise<Job> {
  try {
    for await (const { job } of client.events(id, { signal: leaving })) {
      session.progress(job.status, job.progress);
      onState?.(job);
    }
    return await client.get(id, { signal: leaving });
  } catch (error) {
    if (!leaving.aborted) throw error;
    return await askWhetherToCancel(session, client, id, command);
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
    return await cancelRepeatably(client, id, { reason: `Ctrl-C on ${command}` });
  } catch (error) {
    if (!(error instanceof PipaiError) || error.code !== 'INVALID_STATE') throw error;
    const job = await client.get(id);
    session.note(`Too late to cancel ${id}: it is ${job.status}.`);
    return job;
  }
}

import { runInDurableObject } from 'cloudflare:test';
import { call, type Answer, type Credentials } from './client.ts';
import { EMPTY_RESULT, createJob, jobStub, startJob, type JobAnswer } from './jobs.ts';

/** A job with the lease its worker holds. */
export interface RunningJob {
  job: JobAnswer;
  lease: string;
}

/** Creates a job, starts it and reports some progress. */
export async function createRunning(
  who: Credentials,
  worker: Credentials,
  progress = 0.4,
): Promise<RunningJob> {
  const job = await createJob(who);
  const { lease } = await startJob(worker, job.id);
  const beat = await heartbeat(worker, job.id, lease, progress);
  if (beat.status !== 200) throw new Error(beat.text);
  return { job, lease };
}

export function heartbeat(worker: Credentials, id: string, lease: string, progress: number): Promise<Answer> {
  return call(worker, 'POST', `/v1/worker/jobs/${id}/heartbeat`, { lease, progress });
}

export function complete(
  worker: Credentials,
  id: string,
  lease: string,
  result: object = EMPTY_RESULT,
): Promise<Answer> {
  return call(worker, 'POST', `/v1/worker/jobs/${id}/complete`, { lease, result });
}

export const FAILURE = { code: 'TEMPLATE_ERROR', message: 'BELOW_MIN_NOTIONAL' };

export function fail(worker: Credentials, id: string, lease: string, error = FAILURE): Promise<Answer> {
  return call(worker, 'POST', `/v1/worker/jobs/${id}/fail`, { lease, error });
}

export function cancel(who: Credentials, id: string, reason?: string, key?: string): Promise<Answer> {
  const headers: Record<string, string> = key === undefined ? {} : { 'Idempotency-Key': key };
  const body = reason === undefined ? undefined : { reason };
  return call(who, 'POST', `/v1/backtest/jobs/${id}/cancel`, body, { headers });
}

/** Lets the lease's time run out: as if its worker had been silent for `LEASE_MS`. Nobody has noticed yet. */
export async function expireLease(id: string): Promise<void> {
  await runInDurableObject(jobStub(id), (_, state) => {
    state.storage.sql.exec(
      'UPDATE job SET lease_expires_at = ? WHERE lease_expires_at IS NOT NULL',
      Date.now() - 1,
    );
  });
}

/** Makes the present attempt the last one allowed. */
export async function useUpAttempts(id: string): Promise<void> {
  await runInDurableObject(jobStub(id), (_, state) => {
    state.storage.sql.exec('UPDATE job SET attempt = 3');
  });
}

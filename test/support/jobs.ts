import { env } from 'cloudflare:workers';
import { z } from 'zod';
import { decodeJobId } from '../../src/job/job-id.ts';
import { call, type Credentials } from './client.ts';
import { GRID_JOB } from './job-bodies.ts';

export { EMPTY_RESULT, GRID_JOB } from './job-bodies.ts';

/** A job as answers have it. */
export const jobAnswer = z.strictObject({
  id: z.string().regex(/^bt_[0-9A-Za-z]{6,64}$/),
  status: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  config: z.record(z.string(), z.unknown()),
  submitted_at: z.iso.datetime({ precision: 0 }),
  started_at: z.iso.datetime({ precision: 0 }).nullable(),
  finished_at: z.iso.datetime({ precision: 0 }).nullable(),
  progress: z.number().min(0).max(1),
  result: z.unknown(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
});
export type JobAnswer = z.infer<typeof jobAnswer>;

export const leaseAnswer = z.strictObject({
  lease: z.string(),
  attempt: z.int(),
  lease_expires_at: z.iso.datetime({ precision: 0 }),
  job: jobAnswer,
});

export const auditAnswer = z.strictObject({
  data: z.array(
    z.strictObject({
      at: z.iso.datetime({ precision: 0 }),
      from: z.string(),
      to: z.string(),
      actor: z.string(),
      reason: z.string().nullable(),
      request_id: z.string().nullable(),
    }),
  ),
});

export const listAnswer = z.strictObject({ data: z.array(jobAnswer), next_cursor: z.string().nullable() });

export async function createJob(who: Credentials, body: object = GRID_JOB): Promise<JobAnswer> {
  const answer = await call(who, 'POST', '/v1/backtest/jobs', body);
  if (answer.status !== 201) throw new Error(answer.text);
  return jobAnswer.parse(answer.json);
}

export async function getJob(who: Credentials, id: string): Promise<JobAnswer> {
  return jobAnswer.parse((await call(who, 'GET', `/v1/backtest/jobs/${id}`)).json);
}

export async function startJob(worker: Credentials, id: string) {
  const answer = await call(worker, 'POST', `/v1/worker/jobs/${id}/start`);
  if (answer.status !== 200) throw new Error(answer.text);
  return leaseAnswer.parse(answer.json);
}

export async function auditOf(who: Credentials, id: string) {
  return auditAnswer.parse((await call(who, 'GET', `/v1/backtest/jobs/${id}/audit`)).json).data;
}

export async function listJobs(who: Credentials, query = '') {
  return listAnswer.parse((await call(who, 'GET', `/v1/backtest/jobs${query}`)).json);
}

/** The object that holds a job. */
export function jobStub(id: string) {
  const objectId = decodeJobId(env.BACKTEST_JOB, id);
  if (objectId === null) throw new Error(`${id} is no job id`);
  return env.BACKTEST_JOB.get(objectId);
}

/** The object of an account. */
export function accountStub(who: Credentials) {
  return env.ACCOUNT.get(env.ACCOUNT.idFromName(who.accountId));
}

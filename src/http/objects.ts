import type { Context } from 'hono';
import { noSuchJob } from '../errors.ts';
import { decodeJobId } from '../job/job-id.ts';
import type { AppEnv } from './context.ts';

/** The object of a job id. Throws 404 for a made-up one, which reaches no object. */
export function jobObject(c: Context<AppEnv>, jobId: string) {
  const id = decodeJobId(c.env.BACKTEST_JOB, jobId);
  if (id === null) throw noSuchJob();
  return c.env.BACKTEST_JOB.get(id);
}

/** The object of an account. */
export function accountObject(c: Context<AppEnv>, accountId: string) {
  return c.env.ACCOUNT.get(c.env.ACCOUNT.idFromName(accountId));
}

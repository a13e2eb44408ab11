import type { Context } from 'hono';
import { noSuchJob } from '../errors.ts';
import type { AppEnv } from '../http/context.ts';
import { jobObject } from '../http/objects.ts';
import { WATCHING_ACCOUNT } from '../job/backtest-job.ts';
import { retrying } from '../rpc.ts';
import { JobWatch } from './watch.ts';

/** Begins to watch a job for the account that asks. Throws 404 where it has no such job. */
export async function watchJob(c: Context<AppEnv>, jobId: string): Promise<JobWatch> {
  const headers = { Upgrade: 'websocket', [WATCHING_ACCOUNT]: c.get('apiKey').accountId };
  const connect = async () => {
    // Only the headers count: an object has but one thing to fetch.
    const answer = await jobObject(c, jobId).fetch('https://job/', { headers });
    if (answer.status === 404) return null;
    if (answer.webSocket === null)
      throw new Error(`A job object answered ${String(answer.status)} to a watcher.`);
    return answer.webSocket;
  };
  const watch = await retrying(() => JobWatch.open(connect));
  if (watch === null) throw noSuchJob();
  return watch;
}

import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Account } from '../../src/account/account.ts';
import type { BacktestJob } from '../../src/job/backtest-job.ts';

/** The ids of all objects that exist, of both namespaces, in order. */
export async function existingObjects(): Promise<string[]> {
  const [jobs, accounts] = await Promise.all([
    listDurableObjectIds(env.BACKTEST_JOB),
    listDurableObjectIds(env.ACCOUNT),
  ]);
  return [...jobs, ...accounts].map(String).sort();
}

/** The tables in an object's database; none in one that was only asked. */
export function tablesOf(
  stub: DurableObjectStub<Account> | DurableObjectStub<BacktestJob>,
): Promise<unknown[]> {
  return runInDurableObject<Account | BacktestJob, unknown[]>(stub, (_, state) =>
    state.storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
      .toArray(),
  );
}

import { runInDurableObject } from 'cloudflare:test';
import { onTestFinished, vi } from 'vitest';
import type { Account } from '../../src/account/account.ts';
import type { Credentials } from './client.ts';
import { GRID_JOB, accountStub, createJob, getJob, jobStub, type JobAnswer } from './jobs.ts';

/** Some seconds of work: ten symbols, five years of minutes, an order after each. */
export const LONG_JOB = {
  ...GRID_JOB,
  template_id: 'tpl_dca',
  params: { every_bars: 1, order_quote: '10' },
  capital: '300000000',
  symbols: 'BTC ETH SOL BNB XRP ADA DOGE AVAX LINK LTC'.split(' ').map((coin) => `${coin}USDT`),
  timeframe: '1m',
  start: '2020-01-01T00:00:00Z',
  end: '2024-12-31T23:59:00Z',
};

/** Waits until a job is as `ready` wants it. */
export async function jobWhen(
  who: Credentials,
  job: { id: string },
  ready: (job: JobAnswer) => boolean,
): Promise<JobAnswer> {
  return await vi.waitUntil(
    async () => {
      const now = await getJob(who, job.id);
      return ready(now) ? now : null;
    },
    { timeout: 15_000, interval: 20 },
  );
}

/** Waits until a job is final. */
export function finalJob(who: Credentials, job: { id: string }): Promise<JobAnswer> {
  return jobWhen(who, job, ({ status }) => ['done', 'failed', 'cancelled'].includes(status));
}

/** When a job began and ended, to the millisecond, as its object has it. */
export function momentsOf(job: { id: string }) {
  return runInDurableObject(jobStub(job.id), (_, state) =>
    state.storage.sql
      .exec<{ startedAt: number | null; finishedAt: number | null; attempt: number }>(
        'SELECT started_at AS startedAt, finished_at AS finishedAt, attempt FROM job',
      )
      .one(),
  );
}

/** The queue of an account object, which lies outside of our system. */
export function queueOf(account: Account): Queue {
  const bindings: unknown = Reflect.get(account, 'env');
  const queue: unknown =
    typeof bindings === 'object' && bindings !== null ? Reflect.get(bindings, 'DISPATCH') : null;
  if (!isQueue(queue)) throw new Error('the account has no queue');
  return queue;
}

function isQueue(value: unknown): value is Queue {
  return typeof value === 'object' && value !== null && 'send' in value;
}

/** A job whose messages the queue loses until the end of the test, so that the test itself may run it. */
export async function heldJob(who: Credentials, body: object = GRID_JOB) {
  const sent = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
  const lossy = await runInDurableObject(accountStub(who), (account) =>
    // The queue lies outside of our system.
    vi.spyOn(queueOf(account), 'send').mockResolvedValue(sent),
  );
  const deliverAgain = () => {
    lossy.mockRestore();
  };
  onTestFinished(deliverAgain);
  return { ...(await createJob(who, body)), deliverAgain };
}

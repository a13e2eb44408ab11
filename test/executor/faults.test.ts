import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Account } from '../../src/account/account.ts';
import { executeJob } from '../../src/executor/execute.ts';
import { mintKey } from '../support/client.ts';
import { dumpOf, putCandles } from '../support/candles.ts';
import { LONG_JOB, finalJob, heldJob, jobWhen, momentsOf, queueOf } from '../support/executor.ts';
import { GRID_JOB, accountStub, auditOf, createJob, getJob, jobStub, listJobs } from '../support/jobs.ts';
import { cancel, expireLease } from '../support/worker.ts';

/** Parts of the platform that fail: each ends in a retry or a clear error, never in a job that stays as it is. */

const who = await mintKey();

/** Keeps what is expected to be logged out of the test's output, and says how often it was. */
function quiet(method: 'error' | 'warn') {
  const spy = vi.spyOn(console, method).mockReturnValue();
  onTestFinished(() => {
    spy.mockRestore();
  });
  return spy;
}

describe('candles that cannot be read', () => {
  it('are tried again in each attempt; the last one fails the job', async () => {
    const logged = quiet('error');
    const bars = [['100', '101', '99', '100'] as const];
    expect((await putCandles('DAMAGED', '1d', dumpOf('2025-01-01T00:00:00Z', 86_400, bars))).status).toBe(
      200,
    );
    const { objects } = await env.CANDLES.list({ prefix: 'candles/DAMAGED/1d/2025-01' });
    await env.CANDLES.delete(objects.map(({ key }) => key));

    const window = { timeframe: '1d', start: '2025-01-01T00:00:00Z', end: '2025-01-02T00:00:00Z' };
    const job = await createJob(who, { ...GRID_JOB, ...window, symbols: ['DAMAGED'] });
    for (const attempt of [1, 2]) {
      await vi.waitUntil(() => logged.mock.calls.length === attempt);
      expect(await getJob(who, job.id)).toMatchObject({ status: 'running' });
      expect((await momentsOf(job)).attempt).toBe(attempt);
      await expireLease(job.id);
      await runDurableObjectAlarm(jobStub(job.id));
    }
    expect(await finalJob(who, job)).toMatchObject({ status: 'failed', error: { code: 'INTERNAL' } });
    expect((await auditOf(who, job.id)).map(({ to }) => to)).toEqual([
      'running',
      'queued',
      'running',
      'queued',
      'running',
      'failed',
    ]);
  });
});

describe('a bucket that does not answer', () => {
  const SILENT = new Proxy(env.CANDLES, {
    get: (bucket, name): unknown =>
      name === 'get' ? () => new Promise(() => undefined) : Reflect.get(bucket, name),
  });

  it('fails the job when its time is over, however well the lease is kept', async () => {
    const job = await heldJob(who);
    await executeJob({ ...env, CANDLES: SILENT }, job.id, 'm1', { runMs: 500, resultBytes: 1_000_000 });
    expect(await getJob(who, job.id)).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT' } });
  });

  it('does not hold a worker whose job is cancelled', async () => {
    const job = await heldJob(who);
    const running = executeJob({ ...env, CANDLES: SILENT }, job.id, 'm1');
    await jobWhen(who, job, ({ status }) => status === 'running');
    expect((await cancel(who, job.id)).status).toBe(200);
    await running;
    expect((await getJob(who, job.id)).status).toBe('cancelled');
  });
});

describe('a worker that is cut off again and again', () => {
  it('leaves its job failed once the attempts are used up, and the slot free', async () => {
    const job = await heldJob(who);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      // As if the platform had ended the consumer in mid-computation: out of memory, or past its CPU time.
      expect(
        (
          await jobStub(job.id).start('lease', {
            actor: 'system',
            accountId: null,
            requestId: null,
            arrival: null,
          })
        ).ok,
      ).toBe(true);
      await expireLease(job.id);
      await runDurableObjectAlarm(jobStub(job.id));
    }
    expect(await getJob(who, job.id)).toMatchObject({
      status: 'failed',
      error: { code: 'WORKER_LOST', message: 'No worker finished the job in 3 attempts.' },
    });
    job.deliverAgain();
    expect((await finalJob(who, await createJob(who))).status).toBe('done');
  });
});

describe('a queue that refuses', () => {
  it('has the dispatch again from the account’s alarm', async () => {
    const logged = quiet('error');
    const fresh = await mintKey();
    const refuse = await runInDurableObject(accountStub(fresh), (account) =>
      // The queue lies outside of our system.
      vi.spyOn(queueOf(account), 'send').mockRejectedValueOnce(new Error('Queue is overloaded.')),
    );
    const job = await createJob(fresh, GRID_JOB);
    await vi.waitUntil(() => logged.mock.calls.length === 1);
    expect(refuse).toHaveBeenCalledOnce();
    expect((await getJob(fresh, job.id)).status).toBe('queued');
    await runDurableObjectAlarm(accountStub(fresh));
    expect((await finalJob(fresh, job)).status).toBe('done');
  });
});

describe('an account that cannot be told', () => {
  it('leaves a cancel standing, and learns of it from the job’s alarm', async () => {
    const logged = quiet('error');
    const fresh = await mintKey();
    const job = await createJob(fresh, LONG_JOB);
    await jobWhen(fresh, job, ({ status }) => status === 'running');
    // What the platform does when an object cannot be reached, at the one place where a job speaks to its account.
    const deaf = vi.spyOn(Account.prototype, 'project').mockImplementationOnce(() => {
      throw new Error('unreachable');
    });
    expect((await cancel(fresh, job.id)).status).toBe(200);
    expect(deaf).toHaveBeenCalledOnce();
    expect(logged).toHaveBeenCalledOnce();
    deaf.mockRestore();
    await runDurableObjectAlarm(jobStub(job.id));
    expect((await listJobs(fresh)).data).toMatchObject([{ id: job.id, status: 'cancelled' }]);
  });
});

describe('an attempt that takes too much', () => {
  it.each([
    ['time', { runMs: 0, resultBytes: 1_000_000 }, 'TIMEOUT', 'minutes'],
    ['room', { runMs: 60_000, resultBytes: 100 }, 'TEMPLATE_ERROR', 'more than 100 bytes'],
  ])('of %s fails its job and says what to do', async (_, limits, code, named) => {
    const job = await heldJob(who);
    await executeJob(env, job.id, 'm1', limits);
    const failed = await getJob(who, job.id);
    expect(failed).toMatchObject({ status: 'failed', result: null, error: { code } });
    expect(failed.error?.message).toContain(named);
  });
});

import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Account } from '../../src/account/account.ts';
import { call, mintKey, type Answer } from '../support/client.ts';
import { createJob, getJob, jobStub, listJobs } from '../support/jobs.ts';
import { cancel, createRunning, expireLease, heartbeat } from '../support/worker.ts';

/** Whoever has an answer about a job sees at least that in a list: nobody is answered before the account was told. */

const worker = await mintKey(['worker']);

/** What the platform throws when an object was reset, which happens at every deploy. */
function unreachable(): Error {
  return Object.assign(new Error('The object was reset.'), { retryable: true });
}

describe('while the account is being told of a cancel', () => {
  it('a repetition of it waits for that, too', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const told = Promise.withResolvers<undefined>();
    const project = vi.spyOn(Account.prototype, 'project');
    onTestFinished(() => {
      project.mockRestore();
    });
    // As slow as a network may be, at the one place where a job speaks to its account.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- a slow answer is what is tested
    project.mockImplementationOnce(() => told.promise);
    const keyed = { headers: { 'Idempotency-Key': 'slow' } };
    const path = `/v1/backtest/jobs/${job.id}/cancel`;
    const first = call(who, 'POST', path, undefined, keyed);
    await vi.waitUntil(() => project.mock.calls.length === 1);
    // Should the process die now, the alarm would tell the account.
    const alarm = await runInDurableObject(jobStub(job.id), (_, state) => state.storage.getAlarm());
    expect(alarm).not.toBeNull();
    const second = await call(who, 'POST', path, undefined, keyed);
    expect(second.status).toBe(200);
    expect((await listJobs(who)).data).toMatchObject([{ id: job.id, status: 'cancelled' }]);
    told.resolve(undefined);
    expect((await first).status).toBe(200);
  });
});

describe('an account that was reset just then', () => {
  it('is told at the second try, before the answer', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const project = vi.spyOn(Account.prototype, 'project').mockImplementationOnce(() => {
      throw unreachable();
    });
    onTestFinished(() => {
      project.mockRestore();
    });
    expect((await cancel(who, job.id)).status).toBe(200);
    expect(project).toHaveBeenCalledTimes(2);
    expect((await listJobs(who)).data).toMatchObject([{ id: job.id, status: 'cancelled' }]);
  });

  it('makes a create only once, though its answer was lost', async () => {
    const who = await mintKey();
    const create = vi.spyOn(Account.prototype, 'createJob');
    onTestFinished(() => {
      create.mockRestore();
    });
    create.mockImplementationOnce(async function (this: Account, order) {
      await this.createJob(order);
      throw unreachable();
    });
    const job = await createJob(who);
    expect(create).toHaveBeenCalledTimes(3);
    expect((await listJobs(who)).data.map(({ id }) => id)).toEqual([job.id]);
  });
});

describe('a heartbeat that finds its lease lost', () => {
  it('is refused, and the list knows that the job is queued', async () => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    await expireLease(job.id);
    expect((await heartbeat(worker, job.id, lease, 0.9)).status).toBe(409);
    expect((await listJobs(who, '?status=queued')).data).toMatchObject([{ id: job.id, progress: 0 }]);
  });
});

describe('a job that is damaged', () => {
  it('is listed as its account knows it, and does not spoil the list', async () => {
    const who = await mintKey();
    const { job } = await createRunning(who, worker);
    const other = await createJob(who);
    await runInDurableObject(jobStub(job.id), (_, state) => {
      state.storage.sql.exec("UPDATE job SET error = 'damaged'");
    });
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    onTestFinished(() => {
      logged.mockRestore();
    });
    expect((await listJobs(who)).data).toMatchObject([
      { id: other.id, status: 'queued' },
      { id: job.id, status: 'running' },
    ]);
    expect(logged).toHaveBeenCalledOnce();
  });
});

describe('what a worker reports', () => {
  it('with an error of any length ends the job, also over RPC', async () => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    const error = { code: 'INTERNAL', message: 'x'.repeat(5000) } as const;
    expect(
      (
        await jobStub(job.id).fail(
          { lease, error },
          { actor: 'system', accountId: null, requestId: null, arrival: null },
        )
      ).ok,
    ).toBe(true);
    expect((await getJob(who, job.id)).error?.message).toHaveLength(2000);
  });

  async function report(result: unknown): Promise<Answer> {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    const answer = await call(worker, 'POST', `/v1/worker/jobs/${job.id}/complete`, { lease, result });
    expect(await getJob(who, job.id)).toMatchObject({ status: 'running', result: null });
    return answer;
  }

  it.each([
    ['points', { equity_curve: Array(130_000).fill(['2025-01-01T00:00:00.000Z', '1']), trades: [] }],
    ['trades', { equity_curve: [], trades: Array(700_000).fill(1) }],
  ])('with very many wrong %s is one answer of a readable size', async (_, lists) => {
    const answer = await report({ metrics: {}, ...lists });
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'INVALID_PARAMETER' } } });
    expect(answer.text.length).toBeLessThan(10_000);
  });

  it.each([
    ['too many', Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`m${String(i)}`, '1']))],
    ['too long', { sharpe: '1'.repeat(101) }],
  ])('has no metrics that are %s', async (_, metrics) => {
    const answer = await report({ metrics, equity_curve: [], trades: [] });
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'INVALID_PARAMETER' } } });
  });
});

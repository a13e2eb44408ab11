import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import service from '../../src/index.ts';
import { administer, mintKey, type Credentials } from '../support/client.ts';
import { LONG_JOB, finalJob, jobWhen, momentsOf } from '../support/executor.ts';
import { GRID_JOB, accountStub, auditOf, createJob, getJob, jobStub, startJob } from '../support/jobs.ts';
import { cancel, expireLease } from '../support/worker.ts';

/** At-least-once delivery, effects once: messages that come twice, late, dead or not at all. */

const worker = await mintKey(['worker']);

async function trader(slots: number): Promise<Credentials> {
  const who = await mintKey();
  await administer('PUT', `/v1/admin/accounts/${who.accountId}`, {
    max_running_jobs: slots,
    weight_per_minute: 100_000,
  });
  return who;
}

/** A queued job of an account whose one slot a worker outside holds: its message was never sent. */
async function waitingJob(who: Credentials) {
  const holder = await createJob(who, LONG_JOB);
  await jobWhen(who, holder, ({ status }) => status === 'running');
  return { holder, waiting: await createJob(who, GRID_JOB) };
}

/** How many jobs the account has let run. */
function slotsHeld(who: Credentials): Promise<number> {
  const sql =
    "SELECT count(*) AS n FROM job WHERE status = 'running' OR (status = 'queued' AND dispatched_at IS NOT NULL)";
  return runInDurableObject(
    accountStub(who),
    (_, state) => state.storage.sql.exec<{ n: number }>(sql).one().n,
  );
}

async function deliver(queue: string, body: unknown) {
  const batch = createMessageBatch(queue, [{ id: 'm1', timestamp: new Date(), attempts: 1, body }]);
  await service.queue(batch, env);
  return await getQueueResult(batch, createExecutionContext());
}

describe('a message', () => {
  it('that comes again runs nothing again', async () => {
    const who = await trader(1);
    const job = await createJob(who, GRID_JOB);
    const done = await finalJob(who, job);
    expect(await deliver('pipai-dispatch', { job_id: job.id })).toMatchObject({ explicitAcks: ['m1'] });
    expect(await getJob(who, job.id)).toEqual(done);
    expect(await auditOf(who, job.id)).toHaveLength(2);
  });

  it('that names no job is acknowledged and forgotten', async () => {
    const error = vi.spyOn(console, 'error').mockReturnValue();
    for (const body of [
      null,
      'x',
      {},
      { job_id: 7 },
      { job_id: 'bt_madeup' },
      { job_id: `bt_${'z'.repeat(43)}` },
    ]) {
      expect(await deliver('pipai-dispatch', body)).toMatchObject({
        explicitAcks: ['m1'],
        retryMessages: [],
      });
    }
    expect(error).toHaveBeenCalled();
    error.mockRestore();
  });

  it('that was lost is sent again by the account’s alarm', async () => {
    const who = await trader(1);
    const { holder, waiting } = await waitingJob(who);
    // As if it had been dispatched a lease ago, and the queue had lost it.
    await runInDurableObject(accountStub(who), (_, state) => {
      state.storage.sql.exec(
        'UPDATE job SET dispatched_at = ? WHERE id = ?',
        Date.now() - 30_001,
        waiting.id,
      );
    });
    expect(await runDurableObjectAlarm(accountStub(who))).toBe(true);
    await cancel(who, holder.id);
    expect((await finalJob(who, waiting)).status).toBe('done');
  });
});

describe('a dead letter', () => {
  it('fails its job, frees the slot, and is acknowledged', async () => {
    const who = await trader(1);
    const { holder, waiting } = await waitingJob(who);
    expect(await deliver('pipai-dispatch-dead', { job_id: waiting.id })).toMatchObject({
      explicitAcks: ['m1'],
    });
    expect(await getJob(who, waiting.id)).toMatchObject({
      status: 'failed',
      started_at: null,
      error: { code: 'WORKER_LOST' },
    });
    await cancel(who, holder.id);
    await vi.waitUntil(async () => (await slotsHeld(who)) === 0);
  });
});

describe('a worker that is lost', () => {
  it('has its job run again by the executor, and reports in vain', async () => {
    const who = await trader(1);
    const { holder, waiting } = await waitingJob(who);
    const { lease } = await startJob(worker, waiting.id);
    await expireLease(waiting.id);
    await runDurableObjectAlarm(jobStub(waiting.id));
    await cancel(who, holder.id);

    expect(await finalJob(who, waiting)).toMatchObject({ status: 'done', progress: 1 });
    expect((await momentsOf(waiting)).attempt).toBe(2);
    expect(await auditOf(who, waiting.id)).toMatchObject([
      { from: 'queued', to: 'running', actor: worker.apiKey },
      { from: 'running', to: 'queued', actor: 'system' },
      { from: 'queued', to: 'running', actor: 'system' },
      { from: 'running', to: 'done', actor: 'system' },
    ]);
    const late = await jobStub(waiting.id).fail(
      { lease, error: { code: 'INTERNAL', message: 'late' } },
      { actor: 'late', accountId: null, requestId: null, arrival: null },
    );
    expect(late).toEqual({ ok: false, code: 'INVALID_STATE', status: 'done' });
  });
});

describe('slots', () => {
  it('are never more than the account may have, and all come back', async () => {
    const who = await trader(2);
    const jobs = [];
    for (let i = 0; i < 5; i++) jobs.push(await createJob(who, LONG_JOB));
    await vi.waitUntil(async () => (await slotsHeld(who)) === 2);
    for (const job of jobs) {
      expect((await cancel(who, job.id)).status).toBe(200);
      expect(await slotsHeld(who)).toBeLessThanOrEqual(2);
    }
    await vi.waitUntil(async () => (await slotsHeld(who)) === 0);
  });
});

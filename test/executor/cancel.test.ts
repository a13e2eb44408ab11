import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { administer, mintKey } from '../support/client.ts';
import { LONG_JOB, finalJob, jobWhen, momentsOf } from '../support/executor.ts';
import { GRID_JOB, auditOf, createJob, getJob } from '../support/jobs.ts';
import { cancel } from '../support/worker.ts';

/** What a cancel does to work that the executor has, and to what waits behind it. */

async function traderWithOneSlot() {
  const who = await mintKey();
  await administer('PUT', `/v1/admin/accounts/${who.accountId}`, {
    max_running_jobs: 1,
    weight_per_minute: 100_000,
  });
  return who;
}

describe('a cancel of a running job', () => {
  it('keeps the progress, stops the executor, and lets the next job start at once', async () => {
    const who = await traderWithOneSlot();
    const long = await createJob(who, LONG_JOB);
    const next = await createJob(who, GRID_JOB);
    await jobWhen(who, long, ({ progress }) => progress > 0.05);
    expect((await getJob(who, next.id)).status).toBe('queued');

    const answer = await cancel(who, long.id, 'wrong symbols');
    expect(answer).toMatchObject({ status: 200, json: { status: 'cancelled', result: null } });

    // The queue is serial here: had the executor gone on, this job would have had to wait for the whole run.
    expect((await finalJob(who, next)).status).toBe('done');
    const { finishedAt } = await momentsOf(long);
    const { startedAt } = await momentsOf(next);
    expect((startedAt ?? 0) - (finishedAt ?? 0)).toBeLessThan(1000);
    expect(await getJob(who, long.id)).toEqual(answer.json);
    expect(await auditOf(who, long.id)).toMatchObject([
      { from: 'queued', to: 'running', actor: 'system' },
      { from: 'running', to: 'cancelled', actor: who.apiKey, reason: 'wrong symbols' },
    ]);
  });
});

describe('a cancel of a queued job', () => {
  it('keeps it from ever starting, also when its message comes, and comes again', async () => {
    const who = await traderWithOneSlot();
    const long = await createJob(who, LONG_JOB);
    const waiting = await createJob(who, GRID_JOB);
    const last = await createJob(who, GRID_JOB);
    expect(await cancel(who, waiting.id)).toMatchObject({
      status: 200,
      json: { status: 'cancelled', started_at: null },
    });
    for (let i = 0; i < 3; i++) await env.DISPATCH.send({ job_id: waiting.id });
    await cancel(who, long.id);
    expect((await finalJob(who, last)).status).toBe('done');
    expect(await getJob(who, waiting.id)).toMatchObject({
      status: 'cancelled',
      started_at: null,
      progress: 0,
    });
    expect(await auditOf(who, waiting.id)).toHaveLength(1);
  });
});

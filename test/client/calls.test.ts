import { describe, expect, it } from 'vitest';
import { mintKey } from '../support/client.ts';
import { auditOf, createJob, getJob, listJobs } from '../support/jobs.ts';
import { complete, createRunning } from '../support/worker.ts';
import { GRID, JOBS, all, clientOf, failureOf } from './support.ts';

/** The client's calls before the real service, with nothing going wrong. */

describe('the client', () => {
  it('creates a job', async () => {
    const who = await mintKey();
    const job = await clientOf(who).client.create(GRID);
    expect(job).toEqual(await getJob(who, job.id));
    expect(job.config).toEqual({ ...GRID, leverage: 1, fee_model: 'fixed_bps', fee_bps: '5' });
  });

  it('gets a job with its whole result', async () => {
    const who = await mintKey();
    const worker = await mintKey(['worker']);
    const { job, lease } = await createRunning(who, worker);
    const result = {
      metrics: { total_trades: 1 },
      equity_curve: [['2025-01-01T00:00:00Z', '10000.00']],
      trades: [],
    };
    await complete(worker, job.id, lease, result);
    expect(await clientOf(who).client.get(job.id)).toMatchObject({ status: 'done', result });
  });

  it('cancels a job, with a reason and without', async () => {
    const who = await mintKey();
    const { client } = clientOf(who);
    const [first, second] = [await createJob(who), await createJob(who)];
    expect(await client.cancel(first.id, { reason: 'zu spät 🧨' })).toMatchObject({
      id: first.id,
      status: 'cancelled',
    });
    expect(await client.cancel(second.id)).toMatchObject({ id: second.id, status: 'cancelled' });
    expect((await auditOf(who, first.id)).map(({ reason }) => reason)).toEqual(['zu spät 🧨']);
    expect((await auditOf(who, second.id)).map(({ reason }) => reason)).toEqual([null]);
  });

  it('shows the audit trail', async () => {
    const who = await mintKey();
    const { client } = clientOf(who);
    const job = await createJob(who);
    await client.cancel(job.id);
    const trail = await client.audit(job.id);
    expect(trail).toEqual(await auditOf(who, job.id));
    expect(trail).toHaveLength(1);
  });

  it('lists the templates and the candles', async () => {
    const { client } = clientOf(await mintKey());
    expect((await client.templates()).map(({ id }) => id)).toContain('tpl_grid');
    expect(await client.candles()).toEqual([]);
  });

  it('sends an id as one segment of the path, whatever it is', async () => {
    const { client, attempts } = clientOf(await mintKey());
    for (const id of ['bt_a/../b', '?x=1#y', '%2e', 'ü']) {
      expect(await failureOf(client.get(id)), id).toMatchObject({ code: 'NOT_FOUND', status: 404 });
    }
    expect(attempts.map(({ line }) => line)).toEqual(
      ['bt_a%2F..%2Fb', '%3Fx%3D1%23y', '%252e', '%C3%BC'].map((segment) => `GET ${JOBS}/${segment}`),
    );
  });
});

describe('the list', () => {
  it('has every job once and newest first, over pages, while jobs are added', async () => {
    const who = await mintKey();
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.unshift((await createJob(who)).id);
    const { client, attempts } = clientOf(who);
    const seen: string[] = [];
    for await (const { id } of client.list({ limit: 2 })) {
      seen.push(id);
      await createJob(who);
    }
    expect(seen).toEqual(ids);
    expect(attempts).toHaveLength(4);
  });

  it('fetches a page when it is reached, and none after the loop is left', async () => {
    const who = await mintKey();
    for (let n = 0; n < 3; n++) await createJob(who);
    const { client, attempts } = clientOf(who);
    const jobs = client.list({ limit: 1 });
    expect(attempts).toHaveLength(0);
    for await (const _ of jobs) break;
    expect(attempts.map(({ line }) => line)).toEqual([`GET ${JOBS}?limit=1`]);
  });

  it('filters, and leaves out what is undefined', async () => {
    const who = await mintKey();
    const { client, attempts } = clientOf(who);
    const [queued, cancelled] = [await createJob(who), await createJob(who)];
    await client.cancel(cancelled.id);
    expect(await all(client.list({ status: 'cancelled', limit: undefined }))).toEqual(
      (await listJobs(who, '?status=cancelled')).data,
    );
    const from = queued.submitted_at;
    const jobs = await all(
      client.list({ status: 'queued', template_id: 'tpl_grid', from, to: '2100-01-01T00:00:00Z' }),
    );
    expect(jobs.map(({ id }) => id)).toEqual([queued.id]);
    expect(attempts.map(({ line }) => line).slice(1)).toEqual([
      `GET ${JOBS}?status=cancelled`,
      `GET ${JOBS}?status=queued&template_id=tpl_grid&from=${encodeURIComponent(from)}&to=2100-01-01T00%3A00%3A00Z`,
    ]);
  });

  it('is empty for an account without jobs', async () => {
    expect(await all(clientOf(await mintKey()).client.list())).toEqual([]);
  });
});

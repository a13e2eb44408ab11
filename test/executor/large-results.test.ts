import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { executeJob } from '../../src/executor/execute.ts';
import { bucketWith } from '../support/buckets.ts';
import { administer, call, mintKey } from '../support/client.ts';
import { finalJob, heldJob, jobWhen } from '../support/executor.ts';
import { GRID_JOB, createJob, getJob } from '../support/jobs.ts';
import { textWith } from '../support/matchers.ts';
import { cancel, expireLease } from '../support/worker.ts';

/** Results that no row could hold are written to the bucket while they come about, and are there before the job is done. */

const who = await mintKey();
await administer('PUT', `/v1/admin/accounts/${who.accountId}`, {
  weight_per_minute: 1_000_000,
});

/** A trade every few minutes, on two symbols: some 10 MB. */
const BUSY = {
  ...GRID_JOB,
  template_id: 'tpl_momentum',
  params: { fast: 1, slow: 2 },
  timeframe: '1m',
  symbols: ['BTCUSDT', 'ETHUSDT'],
  start: '2024-01-01T00:00:00Z',
  end: '2024-02-15T23:59:00Z',
  fee_model: 'none',
};

const result = z.object({
  metrics: z.object({ total_trades: z.int(), win_rate: z.string() }),
  equity_curve: z.array(z.tuple([z.string(), z.string()])),
  trades: z.array(
    z.object({
      id: z.int(),
      symbol: z.string(),
      entry_time: z.string(),
      exit_time: z.string(),
      pnl: z.string(),
    }),
  ),
  warnings: z.array(z.object({ code: z.string() })),
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function objectsOf(job: { id: string }) {
  return (await env.RESULTS.list({ prefix: `${job.id}/` })).objects;
}

/** Begins a real upload, which waits for `written` before it tells that it is complete. */
function uploadThat(written: () => Promise<void>): R2Bucket['createMultipartUpload'] {
  return async (key) => {
    const upload = await env.RESULTS.createMultipartUpload(key);
    return {
      key,
      uploadId: upload.uploadId,
      uploadPart: (number, part) => upload.uploadPart(number, part),
      abort: () => upload.abort(),
      async complete(parts) {
        const object = await upload.complete(parts);
        await written();
        return object;
      },
    };
  };
}

describe('a result larger than a row', () => {
  it('is answered whole and in order, and lies in the bucket', async () => {
    const job = await finalJob(who, await createJob(who, BUSY));
    expect(job.status).toBe('done');
    const [object, ...others] = await objectsOf(job);
    expect(others).toEqual([]);
    // More than one part of a multipart upload.
    expect(object?.size).toBeGreaterThan(5 * 1024 * 1024);

    const { metrics, trades, warnings, equity_curve } = result.parse(job.result);
    expect(trades.length).toBe(metrics.total_trades);
    expect(trades.map(({ id }) => id)).toEqual(trades.map((_, index) => index + 1));
    const exits = trades.map(({ exit_time, entry_time }) => exit_time + entry_time);
    expect(exits).toEqual(exits.toSorted());
    expect(new Set(trades.map(({ symbol }) => symbol))).toEqual(new Set(BUSY.symbols));
    expect(warnings.map(({ code }) => code)).toContain('SYNTHETIC_CANDLES');
    const cents = (text: string) => Math.round(Number(text) * 100);
    const profit = trades.reduce((sum, { pnl }) => sum + Number(pnl), Number(BUSY.capital));
    expect(Math.round(profit * 100)).toBe(cents(equity_curve.at(-1)?.[1] ?? ''));

    const head = await call(who, 'HEAD', `/v1/backtest/jobs/${job.id}`);
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('that nobody can read any more is a 503, and changes nothing', async () => {
    const job = await finalJob(who, await createJob(who, BUSY));
    const [object] = await objectsOf(job);
    await env.RESULTS.delete(object?.key ?? '');
    const answer = await call(who, 'GET', `/v1/backtest/jobs/${job.id}`);
    expect(answer).toMatchObject({ status: 503, json: { error: { code: 'UNAVAILABLE' } } });
    expect(answer.headers.get('Retry-After')).not.toBeNull();
  });
});

describe('nothing is left in the bucket', () => {
  it('of a run that was cancelled midway', async () => {
    // Some seconds of work, of which a tenth makes more than the first part of an upload.
    const job = await heldJob(who, { ...BUSY, start: '2020-01-01T00:00:00Z' });
    const running = executeJob(env, job.id, 'm1');
    await jobWhen(who, job, ({ progress }) => progress > 0.1);
    expect((await cancel(who, job.id)).status).toBe(200);
    await running;
    expect(await objectsOf(job)).toEqual([]);
    expect(await getJob(who, job.id)).toMatchObject({ status: 'cancelled', result: null });
  });

  it('of a completion that lost against a cancel', async () => {
    const job = await heldJob(who, BUSY);
    const written = vi.fn(async () => {
      expect(await objectsOf(job)).toHaveLength(1);
      expect((await cancel(who, job.id)).status).toBe(200);
    });
    const RESULTS = bucketWith(env.RESULTS, { createMultipartUpload: uploadThat(written) });
    await executeJob({ ...env, RESULTS }, job.id, 'm1');
    expect(written).toHaveBeenCalledOnce();
    await vi.waitUntil(async () => (await objectsOf(job)).length === 0);
    expect(await getJob(who, job.id)).toMatchObject({ status: 'cancelled', result: null });
  });
});

describe('a bucket that fails', () => {
  const DOWN = new Error('R2 is down.');

  it('ends the attempt, and the lease brings the next one', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const job = await heldJob(who, BUSY);
    const RESULTS = bucketWith(env.RESULTS, { createMultipartUpload: () => Promise.reject(DOWN) });
    await executeJob({ ...env, RESULTS }, job.id, 'm1');
    expect(await getJob(who, job.id)).toMatchObject({ status: 'running', result: null });
    await expireLease(job.id);
    await executeJob(env, job.id, 'm2');
    expect((await getJob(who, job.id)).status).toBe('done');
  });

  it('to delete a result that came too late says so, and the attempt has ended', async () => {
    const logged = vi.spyOn(console, 'warn').mockReturnValue();
    const job = await heldJob(who, BUSY);
    const RESULTS = bucketWith(env.RESULTS, {
      createMultipartUpload: uploadThat(async () => {
        expect((await cancel(who, job.id)).status).toBe(200);
      }),
      delete: () => Promise.reject(DOWN),
    });
    await executeJob({ ...env, RESULTS }, job.id, 'm1');
    await vi.waitUntil(() => logged.mock.calls.length > 0);
    expect(logged.mock.calls).toEqual([[textWith(/"event":"result_not_dropped".*R2 is down/)]]);
    expect(await getJob(who, job.id)).toMatchObject({ status: 'cancelled', result: null });
  });
});

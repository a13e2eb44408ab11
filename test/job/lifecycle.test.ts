import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { mintKey } from '../support/client.ts';
import { anHourAhead, freezeClock, instant } from '../support/clock.ts';
import {
  EMPTY_RESULT,
  accountStub,
  auditOf,
  createJob,
  getJob,
  jobAnswer,
  jobStub,
  listJobs,
  startJob,
} from '../support/jobs.ts';
import { blamed } from '../support/matchers.ts';
import { tablesOf } from '../support/objects.ts';
import {
  FAILURE,
  cancel,
  complete,
  createRunning,
  expireLease,
  fail,
  heartbeat,
  useUpAttempts,
} from '../support/worker.ts';

/** Every transition: its good path, the race it loses, and what stands after the object was evicted. */

const who = await mintKey();
const worker = await mintKey(['worker']);

/** The object's alarm, now. */
function alarm(id: string): Promise<boolean> {
  return runDurableObjectAlarm(jobStub(id));
}

/** When the object's alarm is due; it has one. */
async function nextAlarm(id: string): Promise<number> {
  const at = await runInDurableObject(jobStub(id), (_, state) => state.storage.getAlarm());
  return z.number().parse(at);
}

/** Tears the object down and reads the job again, from storage only. */
async function afterEviction(id: string) {
  await evictDurableObject(jobStub(id));
  return await getJob(who, id);
}

describe('start', () => {
  it('makes a queued job running, with a lease, and tells the account', async () => {
    const job = await createJob(who);
    const started = await startJob(worker, job.id);
    expect(started).toMatchObject({ attempt: 1, job: { id: job.id, status: 'running', progress: 0 } });
    expect(started.lease.length).toBeGreaterThan(20);
    expect(Date.parse(started.lease_expires_at)).toBeGreaterThan(Date.now() + 28_000);
    expect((await listJobs(who, '?status=running')).data.map(({ id }) => id)).toContain(job.id);
  });

  it('is refused while another worker’s lease is alive', async () => {
    const { job } = await createRunning(who, worker);
    await expect(startJob(worker, job.id)).rejects.toThrow('INVALID_STATE');
  });

  it('stands after eviction: the lease still fences', async () => {
    const { job, lease } = await createRunning(who, worker);
    expect(await afterEviction(job.id)).toMatchObject({ status: 'running', progress: 0.4 });
    await expect(startJob(worker, job.id)).rejects.toThrow('INVALID_STATE');
    expect((await complete(worker, job.id, lease)).status).toBe(200);
  });
});

describe('heartbeat', () => {
  it('moves the progress, never back, and says to go on', async () => {
    const { job, lease } = await createRunning(who, worker, 0.5);
    const answer = await heartbeat(worker, job.id, lease, 0.3);
    expect(answer).toMatchObject({ status: 200, json: { continue: true } });
    expect((await getJob(who, job.id)).progress).toBe(0.5);
  });

  it('with a superseded lease is told so', async () => {
    const { job, lease } = await createRunning(who, worker);
    await expireLease(job.id);
    const second = await startJob(worker, job.id);
    expect(second.attempt).toBe(2);
    expect(await heartbeat(worker, job.id, lease, 0.9)).toMatchObject({
      status: 409,
      json: { error: { code: 'STALE_LEASE', details: [{ path: 'status', message: 'running' }] } },
    });
    expect((await getJob(who, job.id)).progress).toBe(0);
  });

  it('keeps its progress over eviction', async () => {
    const { job } = await createRunning(who, worker, 0.7);
    expect((await afterEviction(job.id)).progress).toBe(0.7);
  });
});

describe('complete', () => {
  const result = {
    metrics: { sharpe: '1.5', total_trades: 1 },
    equity_curve: [['2025-01-01T00:00:00Z', '10000.00']],
    trades: [{ id: 1, side: 'buy', pnl: '1.5 €' }],
  };

  it('makes the job done with its result, and lists its metrics', async () => {
    const { job, lease } = await createRunning(who, worker);
    const answer = await complete(worker, job.id, lease, result);
    expect(answer.status).toBe(200);
    const seen = await getJob(who, job.id);
    expect(answer.json).toEqual(seen);
    expect(seen).toMatchObject({
      status: 'done',
      progress: 1,
      error: null,
      result: { ...result, warnings: [] },
    });
    expect(seen.finished_at).not.toBeNull();
    const listed = (await listJobs(who, '?status=done')).data.find(({ id }) => id === job.id);
    expect(listed?.result).toEqual({ metrics: result.metrics });
  });

  it('takes from a worker texts, numbers and null under names of a sensible length, and nothing else', async () => {
    const { job, lease } = await createRunning(who, worker);
    const long = 'n'.repeat(65);
    const wrong = [{ id: 1 }, { id: true, own: {}, pnl: 1.5 }, { [long]: 1 }, { '': 1 }];
    const refused = await complete(worker, job.id, lease, { ...EMPTY_RESULT, trades: wrong });
    expect(refused).toMatchObject({ status: 400, json: { error: { code: 'INVALID_PARAMETER' } } });
    const paths = ['1.id', '1.own', `2.${long}`, '3.'].map((path) => `result.trades.${path}`);
    expect(blamed(refused)).toEqual(paths);
    const trades = [{ id: 1, symbol: 'BTCUSDT', own: null }, { 'of my own': 1.5 }, {}];
    expect((await complete(worker, job.id, lease, { ...EMPTY_RESULT, trades })).status).toBe(200);
    expect((await getJob(who, job.id)).result).toMatchObject({ trades });
  });

  it('takes no half of a surrogate pair, which readers of JSON may refuse', async () => {
    const { job, lease } = await createRunning(who, worker);
    const half = '\ud800';
    const failed = await fail(worker, job.id, lease, { code: 'INTERNAL', message: half });
    expect([failed.status, blamed(failed)]).toEqual([400, ['error.message']]);
    const refused = await complete(worker, job.id, lease, {
      metrics: { [half]: 1, sharpe: half, sortino: '😀' },
      equity_curve: [['2025-01-01T00:00:00Z', half]],
      trades: [{ [half]: 1 }, { side: half }, { '😀': 1 }],
      warnings: [{ code: half, message: half }],
    });
    expect(refused.status).toBe(400);
    const metrics = [`metrics.${half}`, 'metrics.sharpe'];
    const rows = ['equity_curve.0.1', `trades.0.${half}`, 'trades.1.side'];
    const warnings = ['warnings.0.code', 'warnings.0.message'];
    const paths = [...metrics, ...rows, ...warnings].map((path) => `result.${path}`);
    expect(blamed(refused)).toEqual(paths.sort());
  });

  it('keeps a result larger than a row', async () => {
    const { job, lease } = await createRunning(who, worker);
    const trades = Array.from({ length: 30_000 }, (_, id) => ({ id, note: 'ü'.repeat(80) }));
    expect((await complete(worker, job.id, lease, { ...EMPTY_RESULT, trades })).status).toBe(200);
    expect((await afterEviction(job.id)).result).toEqual({ ...EMPTY_RESULT, trades, warnings: [] });
  });

  it('repeated by the winner is 200 with the job; anything else is refused', async () => {
    const { job, lease } = await createRunning(who, worker);
    const first = await complete(worker, job.id, lease, result);
    await evictDurableObject(jobStub(job.id));
    const again = await complete(worker, job.id, lease, result);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(await complete(worker, job.id, lease, EMPTY_RESULT)).toMatchObject({
      status: 409,
      json: { error: { code: 'INVALID_STATE' } },
    });
    expect(await auditOf(who, job.id)).toHaveLength(2);
  });

  it('with a superseded lease changes nothing', async () => {
    const { job, lease } = await createRunning(who, worker);
    await expireLease(job.id);
    const second = await startJob(worker, job.id);
    expect(await complete(worker, job.id, lease)).toMatchObject({
      status: 409,
      json: { error: { code: 'STALE_LEASE' } },
    });
    expect(await getJob(who, job.id)).toMatchObject({ status: 'running', result: null });
    expect((await complete(worker, job.id, second.lease)).status).toBe(200);
  });
});

describe('fail', () => {
  it('makes the job failed with the error', async () => {
    const { job, lease } = await createRunning(who, worker);
    const answer = await fail(worker, job.id, lease);
    expect(answer.status).toBe(200);
    expect(jobAnswer.parse(answer.json)).toMatchObject({
      status: 'failed',
      progress: 0.4,
      result: null,
      error: FAILURE,
    });
    expect((await afterEviction(job.id)).error).toEqual(FAILURE);
  });

  it('with a superseded lease changes nothing', async () => {
    const { job, lease } = await createRunning(who, worker);
    await expireLease(job.id);
    await startJob(worker, job.id);
    expect(await fail(worker, job.id, lease)).toMatchObject({
      status: 409,
      json: { error: { code: 'STALE_LEASE' } },
    });
    expect((await getJob(who, job.id)).status).toBe('running');
  });
});

describe('a lost lease', () => {
  it('queues the job again, from the start, by the alarm alone', async () => {
    const { job } = await createRunning(who, worker);
    await expireLease(job.id);
    await evictDurableObject(jobStub(job.id));
    expect(await alarm(job.id)).toBe(true);
    expect((await listJobs(who, '?status=queued')).data.map(({ id }) => id)).toContain(job.id);
    expect(await getJob(who, job.id)).toMatchObject({ status: 'queued', progress: 0, finished_at: null });
    expect(await auditOf(who, job.id)).toMatchObject([
      { from: 'queued', to: 'running', actor: worker.apiKey },
      { from: 'running', to: 'queued', actor: 'system', reason: null, request_id: null },
    ]);
  });

  it('is noticed by whoever touches the job first, though the alarm is late', async () => {
    const { job } = await createRunning(who, worker);
    await expireLease(job.id);
    expect((await getJob(who, job.id)).status).toBe('queued');
  });

  it('leaves `started_at` as the first worker made it, over the next attempt and the end', async () => {
    const now = anHourAhead();
    freezeClock(now);
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { job } = await createRunning(who, worker);
    vi.setSystemTime(now + 60_000);
    expect(await getJob(who, job.id)).toMatchObject({ status: 'queued', started_at: instant(now) });
    const second = await startJob(worker, job.id);
    expect(second).toMatchObject({ attempt: 2, job: { started_at: instant(now) } });
    vi.setSystemTime(now + 61_000);
    await complete(worker, job.id, second.lease);
    const ends = { started_at: instant(now), finished_at: instant(now + 61_000) };
    expect(await getJob(who, job.id)).toMatchObject({ status: 'done', ...ends });
    expect((await auditOf(who, job.id)).map(({ to, at }) => [to, at])).toEqual([
      ['running', instant(now)],
      ['queued', instant(now + 60_000)],
      ['running', instant(now + 60_000)],
      ['done', instant(now + 61_000)],
    ]);
  });

  it('fails the job once its attempts are used up', async () => {
    const { job } = await createRunning(who, worker);
    await useUpAttempts(job.id);
    await expireLease(job.id);
    expect(await alarm(job.id)).toBe(true);
    expect(await afterEviction(job.id)).toMatchObject({ status: 'failed', error: { code: 'WORKER_LOST' } });
  });

  it('is not lost while it is renewed: an early alarm does nothing and comes back at the expiry', async () => {
    const { job, lease } = await createRunning(who, worker);
    expect(await alarm(job.id)).toBe(true);
    expect((await getJob(who, job.id)).status).toBe('running');
    const [armed, expiry] = await runInDurableObject(jobStub(job.id), async (_, state) => [
      await state.storage.getAlarm(),
      state.storage.sql.exec<{ at: number }>('SELECT lease_expires_at AS at FROM job').one().at,
    ]);
    expect(armed).toBe(expiry);
    expect((await heartbeat(worker, job.id, lease, 0.9)).status).toBe(200);
  });
});

describe('the queue giving up', () => {
  it('fails a job that nobody runs', async () => {
    const job = await createJob(who);
    await jobStub(job.id).deadLetter();
    expect(await afterEviction(job.id)).toMatchObject({
      status: 'failed',
      started_at: null,
      error: { code: 'WORKER_LOST' },
    });
  });

  it('leaves alone a job that somebody runs, and an id that is no job', async () => {
    const { job } = await createRunning(who, worker);
    await jobStub(job.id).deadLetter();
    expect((await getJob(who, job.id)).status).toBe('running');
  });
});

describe('cancel', () => {
  it.each(['queued', 'running'])(
    'of a %s job stands after eviction and after every alarm',
    async (status) => {
      const { job } = status === 'queued' ? { job: await createJob(who) } : await createRunning(who, worker);
      expect((await cancel(who, job.id, 'enough')).status).toBe(200);
      await alarm(job.id);
      expect(await afterEviction(job.id)).toMatchObject({
        status: 'cancelled',
        progress: status === 'queued' ? 0 : 0.4,
      });
      expect((await listJobs(who, '?status=cancelled')).data.map(({ id }) => id)).toContain(job.id);
    },
  );
});

describe('the account is told', () => {
  it('later, by the alarm, when it could not be told at once', async () => {
    const fresh = await mintKey();
    const { job } = await createRunning(fresh, worker);
    expect((await cancel(fresh, job.id)).status).toBe(200);
    // As if the process had died between the change and the telling.
    await runInDurableObject(accountStub(fresh), (_, state) => {
      state.storage.sql.exec("UPDATE job SET status = 'running', finished_at = NULL, version = 2");
    });
    await runInDurableObject(jobStub(job.id), async (_, state) => {
      state.storage.sql.exec('UPDATE job SET published = 2');
      await state.storage.setAlarm(Date.now() + 60_000);
    });
    await evictDurableObject(jobStub(job.id));
    expect(await alarm(job.id)).toBe(true);
    expect((await listJobs(fresh)).data).toMatchObject([{ id: job.id, status: 'cancelled' }]);
    // Nothing is left to be told: the next thing due is the end of its retention.
    expect(await nextAlarm(job.id)).toBeGreaterThan(Date.now() + 89 * 86_400_000);
  });

  it('and ignores news older than it knows', async () => {
    const fresh = await mintKey();
    const { job } = await createRunning(fresh, worker);
    const old = await jobStub(job.id).get(fresh.accountId);
    if (!old.ok) throw new Error(old.code);
    await cancel(fresh, job.id);
    await accountStub(fresh).project(old.value.job);
    // The account itself: a list over HTTP asks running jobs again.
    const known = await accountStub(fresh).list({
      status: null,
      templateId: null,
      from: null,
      to: null,
      before: null,
      limit: 1,
    });
    expect(known.jobs).toMatchObject([{ job: { id: job.id, status: 'cancelled', version: 3 } }]);
  });
});

it('an object that was never created leaves no storage behind', async () => {
  const stub = env.BACKTEST_JOB.get(env.BACKTEST_JOB.newUniqueId());
  const nowhere = { ok: false, code: 'NOT_FOUND' };
  expect(await stub.get(who.accountId)).toEqual(nowhere);
  expect(
    await stub.start('lease', { actor: 'system', accountId: null, requestId: null, arrival: null }),
  ).toEqual(nowhere);
  await stub.deadLetter();
  expect(await tablesOf(stub)).toEqual([]);
});

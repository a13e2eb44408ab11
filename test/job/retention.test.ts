import {
  evictDurableObject,
  listDurableObjectIds,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Account } from '../../src/account/account.ts';
import { call, mintKey } from '../support/client.ts';
import { freezeClock } from '../support/clock.ts';
import { EMPTY_RESULT, accountStub, createJob, getJob, jobStub, listJobs } from '../support/jobs.ts';
import { tablesOf } from '../support/objects.ts';
import { cancel, complete, createRunning } from '../support/worker.ts';

/** What is final is deleted after RETENTION_DAYS, 90 here: the job, its result wherever it lies, and its list row. */

const who = await mintKey();
const worker = await mintKey(['worker']);
const DAY_MS = 86_400_000;

/** Larger than a row. */
const LARGE = {
  ...EMPTY_RESULT,
  trades: Array.from({ length: 12_000 }, (_, id) => ({ id, note: 'n'.repeat(80) })),
};

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function finalJobs() {
  const done = await createRunning(who, worker);
  expect((await complete(worker, done.job.id, done.lease, LARGE)).status).toBe(200);
  const cancelled = await createJob(who);
  expect((await cancel(who, cancelled.id)).status).toBe(200);
  return [done.job.id, cancelled.id] as const;
}

async function listed(): Promise<string[]> {
  return (await listJobs(who, '?limit=100')).data.map(({ id }) => id);
}

async function objectsOf(id: string): Promise<number> {
  return (await env.RESULTS.list({ prefix: `${id}/` })).objects.length;
}

function alarmAt(id: string): Promise<number | null> {
  return runInDurableObject(jobStub(id), (_, state) => state.storage.getAlarm());
}

describe('a final job', () => {
  it('is deleted with its result and its list row when its time is over', async () => {
    const [done, cancelled] = await finalJobs();
    const open = await createJob(who);
    const { finished_at } = await getJob(who, done);
    expect(await objectsOf(done)).toBe(1);
    expect(await alarmAt(done)).toBeGreaterThanOrEqual(Date.parse(finished_at ?? '') + 90 * DAY_MS);

    freezeClock(Date.now() + 90 * DAY_MS + 1000);
    for (const id of [done, cancelled]) {
      expect(await runDurableObjectAlarm(jobStub(id))).toBe(true);
      expect(await call(who, 'GET', `/v1/backtest/jobs/${id}`)).toMatchObject({ status: 404 });
      expect(await call(who, 'GET', `/v1/backtest/jobs/${id}/audit`)).toMatchObject({ status: 404 });
      expect(await tablesOf(jobStub(id))).toEqual([]);
      expect(await alarmAt(id)).toBeNull();
      expect(await objectsOf(id)).toBe(0);
    }
    expect(await listed()).not.toContain(done);
    expect(await listed()).not.toContain(cancelled);
    // What has not ended is kept, however old it is.
    expect((await getJob(who, open.id)).status).toBe('queued');
    expect(await listed()).toContain(open.id);
  });

  it.each(['rings late', 'meets a bucket that fails'])(
    'is gone when its time is over though the alarm %s',
    async (how) => {
      const [done, cancelled] = await finalJobs();
      freezeClock(Date.now() + 90 * DAY_MS + 1000);
      if (how !== 'rings late') {
        vi.spyOn(console, 'error').mockReturnValue();
        vi.spyOn(Object.getPrototypeOf(env.RESULTS), 'list').mockRejectedValue(
          new Error('list: down (10001)'),
        );
        expect(await runDurableObjectAlarm(jobStub(done))).toBe(true);
      }
      for (const path of [done, `${done}/audit`, `${done}/events`, cancelled])
        expect(await call(who, 'GET', `/v1/backtest/jobs/${path}`), path).toMatchObject({ status: 404 });
      expect(await cancel(who, cancelled)).toMatchObject({ status: 404 });
      for (const query of ['', '&status=done']) {
        const { data } = await listJobs(who, `?limit=100${query}`);
        expect(data.map(({ id }) => id)).not.toContain(done);
      }
      vi.restoreAllMocks();
      expect(await runDurableObjectAlarm(jobStub(done))).toBe(true);
      expect(await objectsOf(done)).toBe(0);
      expect(await tablesOf(jobStub(done))).toEqual([]);
    },
  );

  it('stays until then, also when the alarm comes early, and also over eviction', async () => {
    const [done] = await finalJobs();
    const before = await getJob(who, done);
    freezeClock(Date.now() + 90 * DAY_MS - 60_000);
    await evictDurableObject(jobStub(done));
    expect(await runDurableObjectAlarm(jobStub(done))).toBe(true);
    expect(await getJob(who, done)).toEqual(before);
    expect(await listed()).toContain(done);
    expect(await alarmAt(done)).toBeGreaterThan(Date.now());
  });

  it('is deleted all the same when the account could not be reached at first', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const [, cancelled] = await finalJobs();
    vi.spyOn(Account.prototype, 'forget').mockImplementationOnce(() => {
      throw new Error('unreachable');
    });
    freezeClock(Date.now() + 91 * DAY_MS);
    await runDurableObjectAlarm(jobStub(cancelled));
    expect(await tablesOf(jobStub(cancelled))).toContainEqual({ name: 'job' });
    await evictDurableObject(jobStub(cancelled));
    expect(await runDurableObjectAlarm(jobStub(cancelled))).toBe(true);
    expect(await tablesOf(jobStub(cancelled))).toEqual([]);
    expect(await listed()).not.toContain(cancelled);
  });

  it('goes with what an attempt left behind that was cut off', async () => {
    const [done] = await finalJobs();
    await env.RESULTS.put(`${done}/left-behind`, 'x');
    freezeClock(Date.now() + 91 * DAY_MS);
    await runDurableObjectAlarm(jobStub(done));
    expect(await objectsOf(done)).toBe(0);
  });
});

it('an account forgets no job that is not final', async () => {
  const open = await createJob(who);
  await accountStub(who).forget(open.id);
  expect(await listed()).toContain(open.id);
});

it('asking for jobs that never were leaves no objects behind', async () => {
  const before = (await listDurableObjectIds(env.BACKTEST_JOB)).length;
  for (let i = 0; i < 50; i += 1) {
    const made_up = `bt_${crypto.randomUUID().replaceAll('-', '')}${'x'.repeat(11)}`;
    expect((await call(who, 'GET', `/v1/backtest/jobs/${made_up}`)).status).toBe(404);
  }
  expect((await listDurableObjectIds(env.BACKTEST_JOB)).length).toBe(before);
});

import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { Account } from '../../src/account/account.ts';
import { BacktestJob } from '../../src/job/backtest-job.ts';
import { call, mintKey } from '../support/client.ts';
import { freezeClock } from '../support/clock.ts';
import { intercept } from '../support/intercept.ts';
import { ALL } from '../support/forgeries.ts';
import {
  accountStub,
  auditOf,
  createJob,
  getJob,
  GRID_JOB,
  jobStub,
  listJobs,
  startJob,
} from '../support/jobs.ts';
import { codeOf } from '../support/matchers.ts';
import { tablesOf } from '../support/objects.ts';
import { SIGNED_ROUTES } from '../support/signed-routes.ts';

/** Objects that cannot be reached, on every route that asks one: 503, when to come back, and nothing was changed. */

/** What the platform throws, and whether repeating the call may help. */
const FAULTS = [
  { fault: 'reset', marks: { retryable: true }, again: true },
  { fault: 'overloaded', marks: { overloaded: true }, again: false },
  { fault: 'overloaded and reset', marks: { retryable: true, overloaded: true }, again: false },
];

type Fail = () => never;

const snapshot = z.object({ id: z.string() });

/** The one place where each route asks the object that it is about. */
const CALLS: Record<string, { break: (fail: Fail) => unknown }> = {
  create: { break: (fail) => vi.spyOn(BacktestJob.prototype, 'create').mockImplementation(fail) },
  list: { break: (fail) => vi.spyOn(Account.prototype, 'list').mockImplementation(fail) },
  get: { break: (fail) => vi.spyOn(BacktestJob.prototype, 'get').mockImplementation(fail) },
  cancel: { break: (fail) => vi.spyOn(BacktestJob.prototype, 'cancel').mockImplementation(fail) },
  audit: { break: (fail) => vi.spyOn(BacktestJob.prototype, 'audit').mockImplementation(fail) },
  events: { break: (fail) => vi.spyOn(BacktestJob.prototype, 'fetch').mockImplementation(fail) },
  start: { break: (fail) => vi.spyOn(BacktestJob.prototype, 'start').mockImplementation(fail) },
  heartbeat: { break: (fail) => vi.spyOn(BacktestJob.prototype, 'heartbeat').mockImplementation(fail) },
  complete: { break: (fail) => vi.spyOn(BacktestJob.prototype, 'complete').mockImplementation(fail) },
  fail: { break: (fail) => vi.spyOn(BacktestJob.prototype, 'fail').mockImplementation(fail) },
};

const ROUTES = SIGNED_ROUTES.flatMap((route) => {
  const asked = CALLS[route.name];
  return asked === undefined ? [] : FAULTS.map((fault) => ({ ...route, ...fault, ...asked }));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Makes a call fail so. Gives how often it was made. */
function broken(breaks: (fail: Fail) => unknown, marks: object): () => number {
  let calls = 0;
  // Of a create that failed the account says so in the log.
  vi.spyOn(console, 'error').mockReturnValue();
  breaks(() => {
    calls += 1;
    throw Object.assign(new Error('The object does not answer.'), marks);
  });
  return () => calls;
}

test('every route that is about jobs is in the table', () => {
  const about = SIGNED_ROUTES.map(({ name }) => name).filter(
    (name) => !['templates', 'candles'].includes(name),
  );
  expect(Object.keys(CALLS).sort()).toEqual(about.sort());
});

test.each(ROUTES)('$name is 503 where its object is $fault, and changes nothing', async (route) => {
  const who = await mintKey(ALL);
  const job = await createJob(who);
  const lease = route.running ? (await startJob(who, job.id)).lease : '';
  const before = [await getJob(who, job.id), await auditOf(who, job.id), await listJobs(who)];

  const calls = broken(route.break, route.marks);
  const body = route.body(lease) ?? undefined;
  const answer = await call(who, route.method, route.target(job.id), body);
  expect([answer.status, codeOf(answer)]).toEqual([503, 'UNAVAILABLE']);
  expect(answer.headers.get('Retry-After')).toBe('1');
  expect(calls()).toBe(route.again ? 4 : 1);

  vi.restoreAllMocks();
  expect([await getJob(who, job.id), await auditOf(who, job.id), await listJobs(who)]).toEqual(before);
});

test.each(SIGNED_ROUTES)('$name is 503 where its account cannot admit it', async (route) => {
  const who = await mintKey(ALL);
  const job = await createJob(who);
  broken((fail) => vi.spyOn(Account.prototype, 'admit').mockImplementation(fail), { retryable: true });
  const answer = await call(who, route.method, route.target(job.id), route.body('') ?? undefined);
  expect([answer.status, codeOf(answer)]).toEqual([503, 'UNAVAILABLE']);
  expect(answer.headers.get('Retry-After')).toBe('1');
});

describe('a cancel whose key the account cannot be asked about', () => {
  test.each(FAULTS)('is 503, changes nothing and works with the same key later: $fault', async (fault) => {
    const who = await mintKey();
    const job = await createJob(who);
    const keyed = { headers: { 'Idempotency-Key': 'stop-1' } };
    const calls = broken(
      (fail) => vi.spyOn(Account.prototype, 'acceptsKey').mockImplementation(fail),
      fault.marks,
    );
    const cancel = async () =>
      await call(who, 'POST', `/v1/backtest/jobs/${job.id}/cancel`, undefined, keyed);
    const answer = await cancel();
    expect([answer.status, codeOf(answer)]).toEqual([503, 'UNAVAILABLE']);
    expect(answer.headers.get('Retry-After')).toBe('1');
    expect(calls()).toBe(fault.again ? 4 : 1);

    vi.restoreAllMocks();
    expect([await getJob(who, job.id), await auditOf(who, job.id)]).toEqual([job, []]);
    const later = await cancel();
    expect([later.status, later.headers.get('Idempotency-Replayed')]).toEqual([200, null]);
  });
});

describe('a create that was answered 503', () => {
  test.each(FAULTS)('leaves no job, and its Idempotency-Key free: $fault', async ({ marks }) => {
    const who = await mintKey();
    const keyed = { headers: { 'Idempotency-Key': 'sweep-1' } };
    broken((fail) => vi.spyOn(BacktestJob.prototype, 'create').mockImplementation(fail), marks);
    expect((await call(who, 'POST', '/v1/backtest/jobs', GRID_JOB, keyed)).status).toBe(503);
    vi.restoreAllMocks();
    // Late enough for the alarm to take over whatever was begun and not ended.
    freezeClock(Date.now() + 10_000);
    await runDurableObjectAlarm(accountStub(who));
    expect((await listJobs(who)).data).toEqual([]);

    const other = await call(who, 'POST', '/v1/backtest/jobs', { ...GRID_JOB, capital: '5' }, keyed);
    expect([other.status, other.headers.get('Idempotency-Replayed')]).toEqual([201, null]);
    expect((await listJobs(who)).data).toMatchObject([{ config: { capital: '5' } }]);
  });

  test('leaves none that its account began before it was reset', async () => {
    const who = await mintKey();
    vi.spyOn(console, 'error').mockReturnValue();
    let isReset = false;
    const jobs = intercept(BacktestJob.prototype, 'create', () => {
      const error = new Error('disconnected: operation canceled');
      throw isReset ? Object.assign(error, { retryable: true }) : error;
    });
    const accounts = intercept(Account.prototype, 'createJob', async (proceed) => {
      if (isReset) return await proceed();
      // What is thrown in the middle stands for the end of the object.
      await Promise.resolve(proceed()).catch(() => undefined);
      isReset = true;
      throw Object.assign(new Error('disconnected: operation canceled'), { retryable: true });
    });
    const answer = await call(who, 'POST', '/v1/backtest/jobs', GRID_JOB);
    expect([answer.status, answer.text.includes('outcome')]).toEqual([503, false]);
    jobs();
    accounts();
    freezeClock(Date.now() + 10_000);
    await runDurableObjectAlarm(accountStub(who));
    expect((await listJobs(who)).data).toEqual([]);
  });

  test('takes nothing away from a job that anything happened to, should its object be told so', async () => {
    const who = await mintKey();
    const [run, stopped, waiting] = [await createJob(who), await createJob(who), await createJob(who)];
    await startJob(await mintKey(['worker']), run.id);
    await call(who, 'POST', `/v1/backtest/jobs/${stopped.id}/cancel`);
    for (const { id } of [run, stopped, waiting]) await jobStub(id).discard();
    expect([(await getJob(who, run.id)).status, (await getJob(who, stopped.id)).status]).toEqual([
      'running',
      'cancelled',
    ]);
    expect(await tablesOf(jobStub(waiting.id))).toEqual([]);
  });

  test('leaves no object behind that acted though none of its answers arrived', async () => {
    const who = await mintKey();
    vi.spyOn(console, 'error').mockReturnValue();
    const ids: string[] = [];
    const restore = intercept(BacktestJob.prototype, 'create', (proceed) => {
      ids.push(snapshot.parse(proceed()).id);
      throw Object.assign(new Error('disconnected: operation canceled'), { retryable: true });
    });
    expect((await call(who, 'POST', '/v1/backtest/jobs', GRID_JOB)).status).toBe(503);
    restore();
    const id = ids[0] ?? '';
    expect(await tablesOf(jobStub(id))).toContainEqual({ name: 'job' });
    const late = vi.spyOn(BacktestJob.prototype, 'discard').mockImplementation(() => {
      throw Object.assign(new Error('disconnected: operation canceled'), { overloaded: true });
    });
    freezeClock(Date.now() + 10_000);
    await runDurableObjectAlarm(accountStub(who));
    late.mockRestore();
    expect(await tablesOf(jobStub(id))).toContainEqual({ name: 'job' });
    await evictDurableObject(accountStub(who));
    expect(await runDurableObjectAlarm(accountStub(who))).toBe(true);
    expect(await tablesOf(jobStub(id))).toEqual([]);
    expect((await listJobs(who)).data).toEqual([]);
    expect(await runDurableObjectAlarm(accountStub(who))).toBe(false);
  });
});

import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { Account } from '../../src/account/account.ts';
import { BacktestJob } from '../../src/job/backtest-job.ts';
import {
  administer,
  call,
  credentialsIn,
  mintKey,
  type Answer,
  type Credentials,
} from '../support/client.ts';
import { intercept } from '../support/intercept.ts';
import {
  auditOf,
  createJob,
  EMPTY_RESULT,
  getJob,
  GRID_JOB,
  leaseAnswer,
  listJobs,
} from '../support/jobs.ts';
import { codeOf } from '../support/matchers.ts';
import { FAILURE } from '../support/worker.ts';

/**
 * An object acts, and its answer is lost on the way to the Worker, which asks again: whoever sent the request hears what it did,
 * as if nothing had been lost, and it was done once.
 */

const worker = await mintKey(['worker']);
const KEY = { headers: { 'Idempotency-Key': 'k' } };

/** What the platform throws when an object was reset, which happens at every deploy. */
function reset(): Error {
  return Object.assign(new Error('The object was reset.'), { retryable: true });
}

/** Loses the first answers of a method. Gives how often it was called. */
function losing(prototype: object, method: string, answers = 1): () => number {
  let calls = 0;
  const restore = intercept(prototype, method, async (proceed) => {
    calls += 1;
    const isLost = calls <= answers;
    const value = await proceed();
    if (isLost) throw reset();
    return value;
  });
  onTestFinished(restore);
  return () => calls;
}

interface Case {
  what: string;
  method: string;
  /** The status before, and after. */
  from: 'queued' | 'running';
  to: string;
  act: (who: Credentials, id: string, lease: string) => Promise<Answer>;
}

const cancelled = { method: 'cancel', to: 'cancelled' } as const;
const asWorker = (action: string, id: string, body?: object) =>
  call(worker, 'POST', `/v1/worker/jobs/${id}/${action}`, body);

const CASES: Case[] = [
  {
    what: 'a cancel',
    ...cancelled,
    from: 'queued',
    act: (who, id) => call(who, 'POST', `/v1/backtest/jobs/${id}/cancel`, { reason: 'x' }),
  },
  {
    what: 'a cancel with a key',
    ...cancelled,
    from: 'running',
    act: (who, id) => call(who, 'POST', `/v1/backtest/jobs/${id}/cancel`, { reason: 'x' }, KEY),
  },
  { what: 'a start', method: 'start', from: 'queued', to: 'running', act: (_, id) => asWorker('start', id) },
  {
    what: 'a heartbeat',
    method: 'heartbeat',
    from: 'running',
    to: 'running',
    act: (_, id, lease) => asWorker('heartbeat', id, { lease, progress: 0.5 }),
  },
  {
    what: 'a completion',
    method: 'complete',
    from: 'running',
    to: 'done',
    act: (_, id, lease) => asWorker('complete', id, { lease, result: EMPTY_RESULT }),
  },
  {
    what: 'a failure',
    method: 'fail',
    from: 'running',
    to: 'failed',
    act: (_, id, lease) => asWorker('fail', id, { lease, error: FAILURE }),
  },
];

test.each(CASES)('$what whose answer was lost is answered as it acted', async ({ method, from, to, act }) => {
  const who = await mintKey();
  const { id } = await createJob(who);
  const begun = from === 'running' ? leaseAnswer.parse((await asWorker('start', id)).json).lease : '';
  const before = await auditOf(who, id);
  const calls = losing(BacktestJob.prototype, method);
  const answer = await act(who, id, begun);
  expect([answer.status, answer.headers.get('Idempotency-Replayed')], answer.text).toEqual([200, null]);
  expect(calls()).toBe(2);
  expect((await getJob(who, id)).status).toBe(to);
  expect(await auditOf(who, id)).toHaveLength(before.length + (from === to ? 0 : 1));
});

test('a start whose answer was lost gives the lease that was granted, of one attempt', async () => {
  const who = await mintKey();
  const { id } = await createJob(who);
  losing(BacktestJob.prototype, 'start', 2);
  const started = leaseAnswer.parse((await asWorker('start', id)).json);
  expect(started.attempt).toBe(1);
  const beat = await asWorker('heartbeat', id, { lease: started.lease, progress: 0.1 });
  expect(beat).toMatchObject({ status: 200, json: { continue: true } });
  // Another start is another worker's.
  expect(codeOf(await asWorker('start', id))).toBe('INVALID_STATE');
});

test('a failure that its worker reports twice is refused the second time', async () => {
  const who = await mintKey();
  const { id } = await createJob(who);
  const { lease } = leaseAnswer.parse((await asWorker('start', id)).json);
  losing(BacktestJob.prototype, 'fail');
  const report = () => asWorker('fail', id, { lease, error: FAILURE });
  expect((await report()).status).toBe(200);
  expect(codeOf(await report())).toBe('INVALID_STATE');
});

test.each([
  ['its account', Account.prototype, 'createJob', {}],
  ['its account, with a key', Account.prototype, 'createJob', KEY],
  ['its job', BacktestJob.prototype, 'create', KEY],
])('a create whose answer from %s was lost makes one job', async (_, prototype, method, options) => {
  const who = await mintKey();
  vi.spyOn(console, 'error').mockReturnValue();
  const calls = losing(prototype, method);
  const answer = await call(who, 'POST', '/v1/backtest/jobs', GRID_JOB, options);
  expect([answer.status, answer.headers.get('Idempotency-Replayed')]).toEqual([201, null]);
  expect(calls()).toBe(2);
  expect((await listJobs(who)).data).toEqual([answer.json]);
});

test.each(['addKey', 'rotateKey', 'revokeKey', 'setLimits'])(
  'what an administrator does is done once though the answer of %s was lost',
  async (method) => {
    const who = await mintKey();
    const keys = `/v1/admin/keys?account_id=${who.accountId}`;
    const standing = async () =>
      z
        .object({ data: z.array(z.object({ api_key: z.string(), revoked_at: z.string().nullable() })) })
        .parse((await administer('GET', keys)).json)
        .data.filter(({ revoked_at }) => revoked_at === null)
        .map(({ api_key }) => api_key);
    const calls = losing(Account.prototype, method);
    switch (method) {
      case 'addKey': {
        const key = await mintKey(['read'], who.accountId);
        expect(await standing()).toEqual([who.apiKey, key.apiKey]);
        break;
      }
      case 'rotateKey': {
        const answer = await administer('POST', `/v1/admin/keys/${who.apiKey}/rotate`, { grace_seconds: 0 });
        expect(answer.status, answer.text).toBe(201);
        const next = credentialsIn(answer);
        expect(await standing()).toEqual([who.apiKey, next.apiKey]);
        expect((await call(next, 'GET', '/v1/backtest/jobs')).status).toBe(200);
        expect((await call(who, 'GET', '/v1/backtest/jobs')).status).toBe(401);
        break;
      }
      case 'revokeKey':
        expect((await administer('DELETE', `/v1/admin/keys/${who.apiKey}`)).status).toBe(204);
        expect(await standing()).toEqual([]);
        break;
      case 'setLimits': {
        const limits = { weight_per_minute: 77 };
        const answer = await administer('PUT', `/v1/admin/accounts/${who.accountId}`, limits);
        expect(answer).toMatchObject({ status: 200, json: limits });
      }
    }
    expect(calls()).toBe(2);
  },
);

test('a list is refused where a job cannot say how it is, rather than older than what is known', async () => {
  const who = await mintKey();
  const { id } = await createJob(who);
  const { lease } = leaseAnswer.parse((await asWorker('start', id)).json);
  await asWorker('heartbeat', id, { lease, progress: 0.7 });
  const restore = intercept(BacktestJob.prototype, 'snapshot', () => {
    throw Object.assign(new Error('The object is overloaded.'), { overloaded: true });
  });
  onTestFinished(restore);
  const answer = await call(who, 'GET', '/v1/backtest/jobs');
  expect([answer.status, codeOf(answer), answer.headers.get('Retry-After')]).toEqual([
    503,
    'UNAVAILABLE',
    '1',
  ]);
  restore();
  expect((await listJobs(who)).data).toMatchObject([{ id, progress: 0.7 }]);
});

/** What becomes of the calls of a method, one after the other; the last of these also of all later ones. */
type Fate = 'acts' | 'acts and is lost' | 'is refused for overload';

function fated(prototype: object, method: string, ...fates: Fate[]): () => number {
  let calls = 0;
  const restore = intercept(prototype, method, async (proceed) => {
    const fate = fates[Math.min(calls, fates.length - 1)];
    calls += 1;
    if (fate === 'is refused for overload')
      throw Object.assign(new Error('Too many requests.'), { overloaded: true });
    const value = await proceed();
    if (fate === 'acts and is lost') throw reset();
    return value;
  });
  onTestFinished(restore);
  return () => calls;
}

const WRITES = [
  {
    what: 'create',
    prototype: Account.prototype,
    method: 'createJob',
    status: 201,
    act: async (who: Credentials) => await call(who, 'POST', '/v1/backtest/jobs', GRID_JOB),
  },
  {
    what: 'cancel',
    prototype: BacktestJob.prototype,
    method: 'cancel',
    status: 200,
    act: async (who: Credentials, id: string) => await call(who, 'POST', `/v1/backtest/jobs/${id}/cancel`),
  },
];

test.each(WRITES)(
  'a $what that acted is answered so though its object is overloaded when asked again',
  async ({ prototype, method, status, act }) => {
    const who = await mintKey();
    const { id } = await createJob(who);
    const calls = fated(prototype, method, 'acts and is lost', 'is refused for overload', 'acts');
    const answer = await act(who, id);
    expect([answer.status, answer.headers.get('Idempotency-Replayed')], answer.text).toEqual([status, null]);
    expect(calls()).toBe(3);
    expect((await listJobs(who)).data).toHaveLength(method === 'createJob' ? 2 : 1);
  },
);

test.each(WRITES)('a $what whose answers are all lost is not said to have changed nothing', async (write) => {
  const who = await mintKey();
  const { id } = await createJob(who);
  const calls = fated(write.prototype, write.method, 'acts and is lost');
  const answer = await write.act(who, id);
  expect([answer.status, codeOf(answer)]).toEqual([503, 'UNAVAILABLE']);
  expect(answer.json).toMatchObject({ error: { details: [{ path: 'outcome', message: 'unknown' }] } });
  expect(calls()).toBe(4);
});

test('a cancel whose key was taken without an answer is not said to have changed nothing', async () => {
  const who = await mintKey();
  const [one, other] = [await createJob(who), await createJob(who)];
  const cancel = async (id: string) =>
    await call(who, 'POST', `/v1/backtest/jobs/${id}/cancel`, undefined, KEY);
  const lost = Array<Fate>(4).fill('acts and is lost');
  fated(Account.prototype, 'acceptsKey', ...lost, 'acts');
  const answer = await cancel(one.id);
  expect(answer.status).toBe(503);
  expect(answer.json).toMatchObject({ error: { details: [{ path: 'outcome', message: 'unknown' }] } });
  expect(await getJob(who, one.id)).toEqual(one);
  expect(codeOf(await cancel(other.id))).toBe('IDEMPOTENCY_CONFLICT');
  expect((await cancel(one.id)).status).toBe(200);
});

test('a cancel that is refused for overload changed nothing, and says nothing else', async () => {
  const who = await mintKey();
  const { id } = await createJob(who);
  fated(BacktestJob.prototype, 'cancel', 'is refused for overload');
  const answer = await call(who, 'POST', `/v1/backtest/jobs/${id}/cancel`);
  expect(answer.status).toBe(503);
  expect(answer.text).not.toContain('details');
  expect((await getJob(who, id)).status).toBe('queued');
});

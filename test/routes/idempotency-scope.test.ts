import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Account } from '../../src/account/account.ts';
import { call, mintKey, type Answer, type Credentials } from '../support/client.ts';
import { anHourAhead, freezeClock } from '../support/clock.ts';
import {
  accountStub,
  auditOf,
  createJob,
  getJob,
  GRID_JOB,
  jobAnswer,
  jobStub,
  listJobs,
} from '../support/jobs.ts';
import { intercept } from '../support/intercept.ts';
import { codeOf } from '../support/matchers.ts';
import { complete, createRunning } from '../support/worker.ts';

/** An `Idempotency-Key` is the account's: it goes with one request, be that a create or the cancel of one job. */

const JOBS = '/v1/backtest/jobs';
const NOW = anHourAhead();
const DAY_MS = 86_400_000;
const KEY = 'once';

async function create(who: Credentials, key = KEY): Promise<Answer> {
  return await call(who, 'POST', JOBS, GRID_JOB, { headers: { 'Idempotency-Key': key } });
}

async function cancel(who: Credentials, { id }: { id: string }, key = KEY): Promise<Answer> {
  return await call(who, 'POST', `${JOBS}/${id}/cancel`, undefined, { headers: { 'Idempotency-Key': key } });
}

/** The status, and the code of a refusal or whether it is a replay. */
function gist(answer: Answer): [number, unknown] {
  return [
    answer.status,
    answer.status < 400 ? answer.headers.get('Idempotency-Replayed') === 'true' : codeOf(answer),
  ];
}

const ACTED: [number, unknown] = [200, false];
const REPLAYED: [number, unknown] = [200, true];
const CONFLICT: [number, unknown] = [409, 'IDEMPOTENCY_CONFLICT'];

const MEANWHILE = [
  { when: 'at once', meanwhile: () => Promise.resolve() },
  {
    when: 'after the account was evicted',
    meanwhile: async (who: Credentials) => {
      await evictDurableObject(accountStub(who));
    },
  },
];

beforeEach(() => {
  freezeClock(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(MEANWHILE)('$when', ({ meanwhile }) => {
  test('a key of one job’s cancel does not cancel another job', async () => {
    const who = await mintKey();
    const [one, other] = [await createJob(who), await createJob(who)];
    expect(gist(await cancel(who, one))).toEqual(ACTED);
    await meanwhile(who);
    expect(gist(await cancel(who, other))).toEqual(CONFLICT);
    expect(await getJob(who, other.id)).toEqual(other);
    expect(await auditOf(who, other.id)).toEqual([]);
    expect(gist(await cancel(who, one))).toEqual(REPLAYED);
    expect(gist(await cancel(who, other, 'its-own'))).toEqual(ACTED);
  });

  test('a key of a create does not cancel', async () => {
    const who = await mintKey();
    const job = jobAnswer.parse((await create(who)).json);
    await meanwhile(who);
    expect(gist(await cancel(who, job))).toEqual(CONFLICT);
    expect(await getJob(who, job.id)).toEqual(job);
    expect(gist(await create(who))).toEqual([201, true]);
  });

  test('a key of a cancel does not create', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    await cancel(who, job);
    await meanwhile(who);
    expect(gist(await create(who))).toEqual(CONFLICT);
    expect((await listJobs(who)).data).toHaveLength(1);
    expect(gist(await cancel(who, job))).toEqual(REPLAYED);
  });

  test('a key is not used up by a cancel that came too late', async () => {
    const who = await mintKey();
    const worker = await mintKey(['worker']);
    const { job, lease } = await createRunning(who, worker);
    await complete(worker, job.id, lease);
    for (let time = 0; time < 2; time++) expect(gist(await cancel(who, job))).toEqual([409, 'INVALID_STATE']);
    await meanwhile(who);
    expect(gist(await cancel(who, await createJob(who)))).toEqual(ACTED);
    // Of a final job, too, a key that was used for something else is a conflict.
    expect(gist(await cancel(who, job))).toEqual(CONFLICT);
  });
});

test('of one key on several jobs at once, one job is cancelled', async () => {
  const who = await mintKey();
  const jobs = await Promise.all(Array.from({ length: 5 }, () => createJob(who)));
  const answers = await Promise.all(jobs.map((job) => cancel(who, job)));
  expect(answers.map(gist).sort()).toEqual([ACTED, CONFLICT, CONFLICT, CONFLICT, CONFLICT]);
  const { data } = await listJobs(who);
  expect(data.filter(({ status }) => status === 'cancelled').map(({ id }) => id)).toEqual(
    answers.flatMap((answer, index) => (answer.status === 200 ? [jobs[index]?.id] : [])),
  );
});

test('of one key on a create and a cancel at once, one acts', async () => {
  const who = await mintKey();
  const job = await createJob(who);
  const [created, cancelled] = await Promise.all([create(who), cancel(who, job)]);
  const [winner, loser] = created.status === 201 ? [created, cancelled] : [cancelled, created];
  expect(winner.status).toBeLessThan(300);
  expect(gist(loser)).toEqual(CONFLICT);
  const isCancelled = (await getJob(who, job.id)).status === 'cancelled';
  expect([isCancelled, (await listJobs(who)).data.length]).toEqual(
    cancelled.status === 200 ? [true, 1] : [false, 2],
  );
});

test('a key is not used up by a cancel that came too late since its object was reset after the account was asked', async () => {
  const who = await mintKey();
  const worker = await mintKey(['worker']);
  const { job, lease } = await createRunning(who, worker);
  let isFirst = true;
  const restore = intercept(Account.prototype, 'acceptsKey', async (proceed) => {
    const accepted = proceed();
    if (isFirst) {
      isFirst = false;
      asked.resolve(undefined);
      await reply.promise;
    }
    return accepted;
  });
  const [asked, reply] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  onTestFinished(restore);
  const late = cancel(who, job);
  await asked.promise;
  await complete(worker, job.id, lease);
  await runInDurableObject(jobStub(job.id), (_, state) => {
    state.abort('disconnected: operation canceled');
  }).catch(() => undefined);
  reply.resolve(undefined);
  expect(gist(await late)).toEqual([409, 'INVALID_STATE']);
  expect(gist(await cancel(who, await createJob(who)))).toEqual(ACTED);
});

test('a job that is done while the account is asked for the key is not cancelled', async () => {
  const who = await mintKey();
  const worker = await mintKey(['worker']);
  const { job, lease } = await createRunning(who, worker);
  const [asked, reply] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const restore = intercept(Account.prototype, 'acceptsKey', async (proceed) => {
    asked.resolve(undefined);
    await reply.promise;
    return proceed();
  });
  onTestFinished(restore);
  const cancelling = cancel(who, job);
  await asked.promise;
  expect((await complete(worker, job.id, lease)).status).toBe(200);
  reply.resolve(undefined);
  for (const answer of [await cancelling, await cancel(who, job)]) {
    expect(gist(answer)).toEqual([409, 'INVALID_STATE']);
  }
  expect((await getJob(who, job.id)).status).toBe('done');
  expect(await auditOf(who, job.id)).toMatchObject([{ to: 'running' }, { to: 'done' }]);
  // What was refused has not used up the key.
  restore();
  expect(gist(await cancel(who, await createJob(who)))).toEqual(ACTED);
});

test('a key is free for anything after a day, to the millisecond', async () => {
  const who = await mintKey();
  const [one, other] = [await createJob(who), await createJob(who)];
  await cancel(who, one);
  vi.setSystemTime(NOW + DAY_MS - 1);
  expect(gist(await cancel(who, other))).toEqual(CONFLICT);
  vi.setSystemTime(NOW + DAY_MS);
  expect(gist(await cancel(who, other))).toEqual(ACTED);
});

test('a key is not taken by a cancel of a job that is not the account’s', async () => {
  const who = await mintKey();
  const stranger = await mintKey();
  const [theirs, own] = [await createJob(stranger), await createJob(who)];
  for (const id of [theirs.id, `bt_${'1'.repeat(43)}`]) {
    expect(gist(await cancel(who, { id }))).toEqual([404, 'NOT_FOUND']);
  }
  expect(gist(await cancel(who, own))).toEqual(ACTED);
  expect(gist(await cancel(stranger, theirs))).toEqual(ACTED);
});

test('a key goes with all API keys of its account', async () => {
  const who = await mintKey();
  const sibling = await mintKey(['trade'], who.accountId);
  const [one, other] = [await createJob(who), await createJob(who)];
  expect(gist(await cancel(who, one))).toEqual(ACTED);
  expect(gist(await cancel(sibling, one))).toEqual(REPLAYED);
  expect(gist(await cancel(sibling, other))).toEqual(CONFLICT);
});

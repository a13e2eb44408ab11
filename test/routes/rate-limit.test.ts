import { evictDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Account } from '../../src/account/account.ts';
import { administer, call, mintKey, send, type Answer, type Credentials } from '../support/client.ts';
import { anHourAhead, freezeClock } from '../support/clock.ts';
import { watched } from '../support/events.ts';
import { accountStub, createJob, getJob, GRID_JOB, startJob, type JobAnswer } from '../support/jobs.ts';
import { authenticationFailures, castAround, forged } from '../support/forgeries.ts';
import { ANY_TEXT } from '../support/matchers.ts';
import { existingObjects } from '../support/objects.ts';
import { SIGNED_ROUTES } from '../support/signed-routes.ts';

const JOBS = '/v1/backtest/jobs';
const FIELDS = ['X-PipAI-Used-Weight-1m', 'RateLimit-Policy', 'RateLimit', 'Retry-After'];
/** Twenty seconds into a minute. */
const NOW = Math.floor(anHourAhead() / 60_000) * 60_000 + 20_000;

async function limited(weight: number): Promise<Credentials> {
  const who = await mintKey();
  await administer('PUT', `/v1/admin/accounts/${who.accountId}`, { weight_per_minute: weight });
  return who;
}

/** What an answer says of the budget: weight used, policy, what remains, and when to come back. */
function budgetOf({ headers }: Answer): (string | null)[] {
  return FIELDS.map((name) => headers.get(name));
}

async function list(who: Credentials): Promise<Answer> {
  return await call(who, 'GET', JOBS);
}

async function cancel(who: Credentials, id: string): Promise<Answer> {
  return await call(who, 'POST', `${JOBS}/${id}/cancel`);
}

beforeEach(() => {
  freezeClock(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ['create', 20],
  ['list', 5],
  ['get', 2],
  ['cancel', 5],
  ['audit', 2],
  ['events', 5],
  ['candles', 1],
])('weighs a %s at %d', async (name, weight) => {
  const route = SIGNED_ROUTES.find((each) => each.name === name);
  if (route === undefined) throw new Error(`there is no route ${name}`);
  const who = await mintKey();
  const { id } = await createJob(who, { ...GRID_JOB, capital: '5' });
  const body = route.body('') ?? undefined;
  const answer = await call(who, route.method, route.target(id), body);
  expect(answer.status).toBeLessThan(300);
  expect(budgetOf(answer)).toEqual([
    String(20 + weight),
    '"weight";q=1200;w=60',
    `"weight";r=${String(1180 - weight)};t=40`,
    null,
  ]);
});

test('tells the budget with refusals of admitted requests too, and takes their weight', async () => {
  const who = await limited(100);
  const refused = [
    await call(who, 'POST', JOBS, '{'),
    await call(who, 'GET', `${JOBS}/bt_000000`),
    await call(who, 'GET', `${JOBS}?limit=0`),
  ];
  expect(refused.map(({ status }) => status)).toEqual([400, 404, 400]);
  expect(refused.map((answer) => budgetOf(answer)[2])).toEqual([
    '"weight";r=80;t=40',
    '"weight";r=78;t=40',
    '"weight";r=73;t=40',
  ]);
});

describe('an answer that is held', () => {
  async function answerAfter(ms: number, { before }: { before: () => void }): Promise<Answer> {
    const who = await mintKey();
    const { id } = await createJob(who);
    const headers = { Prefer: 'wait=60' };
    const waiting = call(who, 'GET', `${JOBS}/${id}`, undefined, { headers });
    await watched(id, 1);
    await list(who);
    vi.setSystemTime(NOW + ms);
    before();
    await cancel(who, id);
    return await waiting;
  }
  const nothing = () => undefined;

  test('tells the budget as it is by then', async () => {
    const held = await answerAfter(15_000, { before: nothing });
    expect(budgetOf(held)).toEqual(['32', '"weight";q=1200;w=60', '"weight";r=1168;t=25', null]);
  });

  test('tells that of the next minute once that has begun', async () => {
    const held = await answerAfter(41_000, { before: nothing });
    expect(budgetOf(held)).toEqual(['5', '"weight";q=1200;w=60', '"weight";r=1195;t=59', null]);
  });

  test('tells that of its admission where the account cannot be asked', async () => {
    const logged = vi.spyOn(console, 'warn').mockReturnValue();
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const broken = () => {
      vi.spyOn(Account.prototype, 'budget').mockImplementation(() => {
        throw new Error('out of reach');
      });
    };
    const held = await answerAfter(15_000, { before: broken });
    expect([held.status, ...budgetOf(held)]).toEqual([
      200,
      '22',
      '"weight";q=1200;w=60',
      '"weight";r=1178;t=40',
      null,
    ]);
    expect(logged).toHaveBeenCalledOnce();
  });
});

test('answers 429 past the budget, and does nothing else', async () => {
  const who = await limited(25);
  await createJob(who);
  expect(budgetOf(await list(who))).toEqual(['25', '"weight";q=25;w=60', '"weight";r=0;t=40', null]);
  const before = await existingObjects();
  const answer = await call(who, 'POST', JOBS, { ...GRID_JOB, capital: '5' });
  expect(answer.status).toBe(429);
  expect(answer.json).toEqual({
    error: { code: 'RATE_LIMITED', message: ANY_TEXT, request_id: answer.headers.get('X-Request-Id') },
  });
  expect(budgetOf(answer)).toEqual(['25', '"weight";q=25;w=60', '"weight";r=0;t=40', '40']);
  expect(await existingObjects()).toEqual(before);
  vi.setSystemTime(NOW + 40_000);
  expect((await list(who)).json).toMatchObject({ data: [{ config: { capital: GRID_JOB.capital } }] });
});

test('answers a body that does not fit with 429 too, once the budget is gone', async () => {
  const who = await limited(19);
  expect((await call(who, 'POST', JOBS, '{')).status).toBe(429);
});

test('lets a lighter request through where a heavier one does not fit', async () => {
  const who = await limited(19);
  expect((await call(who, 'POST', JOBS, GRID_JOB)).status).toBe(429);
  expect((await list(who)).status).toBe(200);
});

test('is new at the next minute', async () => {
  const who = await limited(5);
  expect((await list(who)).status).toBe(200);
  vi.setSystemTime(NOW + 39_999);
  const turnedAway = await list(who);
  expect([turnedAway.status, turnedAway.headers.get('Retry-After')]).toEqual([429, '1']);
  vi.setSystemTime(NOW + 40_000);
  expect(budgetOf(await list(who))).toEqual(['5', '"weight";q=5;w=60', '"weight";r=0;t=60', null]);
});

test('is one for all keys of an account, and of no other account', async () => {
  const who = await limited(5);
  const sibling = await mintKey(['read'], who.accountId);
  expect((await list(who)).status).toBe(200);
  expect((await list(sibling)).status).toBe(429);
  expect((await list(await mintKey())).status).toBe(200);
});

test('admits no more than the budget of many requests at once', async () => {
  const who = await limited(50);
  const answers = await Promise.all(Array.from({ length: 20 }, () => list(who)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(10);
});

describe('the reserve', () => {
  test('lets cancels through once the budget is gone, up to a quarter of it, and then no more', async () => {
    const who = await limited(60);
    const jobs: JobAnswer[] = [];
    for (const capital of ['1', '2', '3']) jobs.push(await createJob(who, { ...GRID_JOB, capital }));
    expect((await list(who)).status).toBe(429);
    const statuses: unknown[] = [];
    for (const { id } of jobs) {
      const answer = await cancel(who, id);
      statuses.push([answer.status, ...budgetOf(answer)]);
    }
    const rest = ['"weight";q=60;w=60', '"weight";r=0;t=40', null];
    expect(statuses).toEqual([
      [200, '65', ...rest],
      [200, '70', ...rest],
      [200, '75', ...rest],
    ]);
    const past = await cancel(who, jobs[0]?.id ?? '');
    expect([past.status, past.headers.get('Retry-After')]).toEqual([429, '40']);
    expect((await list(who)).status).toBe(429);
  });

  test.each([1, 4, 19])('of a budget of %d is one cancel all the same', async (limit) => {
    const who = await mintKey();
    const [first, second] = [await createJob(who), await createJob(who)];
    await administer('PUT', `/v1/admin/accounts/${who.accountId}`, { weight_per_minute: limit });
    expect((await list(who)).status).toBe(429);
    expect((await cancel(who, first.id)).status).toBe(200);
    expect((await cancel(who, second.id)).status).toBe(429);
    // It outlives the eviction of the account, and is whole again in the next minute.
    await evictDurableObject(accountStub(who));
    expect((await cancel(who, second.id)).status).toBe(429);
    vi.setSystemTime(NOW + 40_000);
    expect((await cancel(who, second.id)).status).toBe(200);
  });

  test('turns a cancel away without cancelling', async () => {
    const who = await limited(20);
    const { id } = await createJob(who);
    expect((await cancel(who, 'bt_000000')).status).toBe(404);
    expect((await cancel(who, id)).status).toBe(429);
    vi.setSystemTime(NOW + 40_000);
    expect((await getJob(who, id)).status).toBe('queued');
  });
});

describe('a worker key', () => {
  test('is not limited', async () => {
    const worker = await mintKey(['worker', 'read', 'trade']);
    await administer('PUT', `/v1/admin/accounts/${worker.accountId}`, { weight_per_minute: 1 });
    const { id } = await createJob(worker);
    await startJob(worker, id);
    for (let time = 0; time < 5; time++) {
      const answer = await list(worker);
      expect([answer.status, ...budgetOf(answer)]).toEqual([200, null, null, null, null]);
    }
  });

  test('uses nothing of the budget of its account', async () => {
    const who = await limited(5);
    const worker = await mintKey(['worker', 'read'], who.accountId);
    expect((await list(worker)).status).toBe(200);
    expect(budgetOf(await list(who))[0]).toBe('5');
  });
});

test('takes nothing for requests that fail authentication', async () => {
  const owner = await mintKey();
  const { id } = await createJob(owner);
  const cast = await castAround(owner, id, 'none');
  for (const route of SIGNED_ROUTES) {
    for (const failure of authenticationFailures()) {
      const { target, init } = await forged(route, cast, failure.forge(cast, route));
      const answer = await send(target, init);
      expect(answer.status).toBeGreaterThanOrEqual(401);
      expect(budgetOf(answer)).toEqual([null, null, null, null]);
    }
  }
  expect(budgetOf(await list(owner))[0]).toBe('25');
});

describe('what was spent', () => {
  test('outlives the eviction of the account, and is never less than it was', async () => {
    const who = await limited(100);
    for (let used = 5; used <= 100; used += 5) {
      const answer = await list(who);
      if (answer.status === 429) break;
      expect(Number(budgetOf(answer)[0])).toBeGreaterThanOrEqual(used);
      await evictDurableObject(accountStub(who));
    }
    expect((await list(who)).status).toBe(429);
  });

  test('is hardly more than it was for an account that is woken for each request', async () => {
    const who = await limited(1200);
    for (let requests = 1; requests <= 5; requests++) {
      const used = Number(budgetOf(await list(who))[0]);
      expect(used).toBeGreaterThanOrEqual(requests * 5);
      expect(used).toBeLessThanOrEqual(requests * (5 + 19));
      await evictDurableObject(accountStub(who));
    }
  });

  test('of the reserve outlives it as well', async () => {
    const who = await limited(20);
    await createJob(who);
    expect((await cancel(who, 'bt_000000')).status).toBe(404);
    await evictDurableObject(accountStub(who));
    expect((await cancel(who, 'bt_000000')).status).toBe(429);
  });

  test('is forgotten at the next minute, evicted or not', async () => {
    const who = await limited(5);
    await list(who);
    await evictDurableObject(accountStub(who));
    vi.setSystemTime(NOW + 40_000);
    expect(budgetOf(await list(who))[0]).toBe('5');
  });

  test('counts against limits that are changed within the minute', async () => {
    const who = await limited(100);
    await createJob(who);
    await administer('PUT', `/v1/admin/accounts/${who.accountId}`, { weight_per_minute: 22 });
    expect((await list(who)).status).toBe(429);
    await evictDurableObject(accountStub(who));
    await administer('PUT', `/v1/admin/accounts/${who.accountId}`, { weight_per_minute: 24 });
    expect((await list(who)).status).toBe(429);
  });
});

test('takes no weight for a permission that is missing', async () => {
  const who = await mintKey(['read']);
  expect((await call(who, 'POST', JOBS, GRID_JOB)).status).toBe(403);
  expect(budgetOf(await list(who))[0]).toBe('5');
});

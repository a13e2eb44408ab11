import { afterEach, describe, expect, it, vi } from 'vitest';
import { administer, freshAccount, mintKey } from '../support/client.ts';
import { freezeClock, instant } from '../support/clock.ts';
import { auditOf, createJob, getJob, listJobs } from '../support/jobs.ts';
import { cancel } from '../support/worker.ts';
import {
  GRID,
  HTML,
  answered,
  clientOf,
  deaf,
  endless,
  failureOf,
  hung,
  lostAnswer,
  noConnection,
  refused,
  type Fault,
} from './support.ts';

/** What the client repeats, how often, after how long, and what it says when that did not help. */

afterEach(() => {
  vi.useRealTimers();
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a create whose answer was lost', () => {
  it('is repeated with the same key and a signature of its own, and makes one job', async () => {
    const who = await mintKey();
    let clock = Date.now();
    const { client, attempts } = clientOf(who, [lostAnswer, lostAnswer], { now: () => clock++ });
    const job = await client.create(GRID);
    expect((await listJobs(who)).data.map(({ id }) => id)).toEqual([job.id]);
    const sent = (name: string) => new Set(attempts.map(({ headers }) => headers.get(name)));
    expect(attempts).toHaveLength(3);
    expect(sent('Idempotency-Key').size).toBe(1);
    expect([...sent('Idempotency-Key')][0]).toMatch(UUID);
    expect(sent('X-PipAI-Timestamp').size).toBe(3);
    expect(sent('X-PipAI-Signature').size).toBe(3);
  });

  it('is not mixed up with the next one', async () => {
    const who = await mintKey();
    const { client } = clientOf(who, [lostAnswer]);
    const [first, second] = [await client.create(GRID), await client.create(GRID)];
    expect((await listJobs(who)).data.map(({ id }) => id)).toEqual([second.id, first.id]);
  });

  it('can be asked for again later with the key the error names, or one’s own', async () => {
    const who = await mintKey();
    const { client } = clientOf(who, [lostAnswer, lostAnswer], { maxRetries: 0 });
    const failure = await failureOf(client.create(GRID));
    const named = /idempotencyKey "([^"]+)"/.exec(failure.message)?.[1] ?? '';
    await failureOf(client.create(GRID, { idempotencyKey: 'mine' }));
    const jobs = [
      await client.create(GRID, { idempotencyKey: named }),
      await client.create(GRID, { idempotencyKey: 'mine' }),
    ];
    expect((await listJobs(who)).data.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id).reverse());
  });
});

describe('a cancel whose answer was lost', () => {
  it('is reported as cancelled, and appears once in the audit trail', async () => {
    const who = await mintKey();
    const { id } = await createJob(who);
    const { client, attempts } = clientOf(who, [lostAnswer, lostAnswer]);
    const job = await client.cancel(id, { reason: 'enough' });
    expect(job).toMatchObject({ id, status: 'cancelled' });
    expect(attempts).toHaveLength(3);
    expect(await auditOf(who, id)).toMatchObject([{ to: 'cancelled', reason: 'enough' }]);
  });

  it('is refused with INVALID_STATE where another one was before it', async () => {
    const who = await mintKey();
    const { id } = await createJob(who);
    await cancel(who, id);
    const { client, attempts } = clientOf(who, [lostAnswer]);
    expect(await failureOf(client.cancel(id))).toMatchObject({
      code: 'INVALID_STATE',
      status: 409,
      details: [{ path: 'status', message: 'cancelled' }],
      retryAfterMs: null,
    });
    expect(attempts).toHaveLength(2);
  });
});

describe('what may pass', () => {
  const passing: [name: string, fault: Fault, waits: number[]][] = [
    ['no connection', noConnection, [0]],
    ['a lost answer', lostAnswer, [0]],
    ['503 with Retry-After', refused(503, 'UNAVAILABLE', { 'Retry-After': '7' }), [7000]],
    ['503 without', refused(503, 'UNAVAILABLE'), [0]],
    ['429 with Retry-After', refused(429, 'RATE_LIMITED', { 'Retry-After': '60' }), [60_000]],
    ['500 INTERNAL', refused(500, 'INTERNAL'), [0]],
    ['408 of a proxy', answered(408, ''), [0]],
    ['429 of a proxy', answered(429, 'slow down', { 'Retry-After': '2' }), [2000]],
    ['502 of a proxy', answered(502, '<html>', { 'Content-Type': 'text/html' }), [0]],
    ['503 of a proxy', answered(503, '{"error":"down"}', { 'Retry-After': '3' }), [3000]],
    ['504 of a proxy', answered(504, ''), [0]],
    ['520 of a proxy', answered(520, 'error code: 520'), [0]],
    ['a body that breaks off', breaksOff(200), [0]],
    ['an error whose body breaks off', breaksOff(400), [0]],
  ];

  it.each(passing)('%s is repeated, as soon as the other side lets us', async (_, fault, wanted) => {
    const who = await mintKey();
    const { id } = await createJob(who);
    const { client, waits } = clientOf(who, [fault]);
    expect(await client.get(id)).toMatchObject({ id });
    expect(waits).toEqual(wanted);
  });

  it('is repeated for writes as for reads', async () => {
    const who = await mintKey();
    const { client, attempts } = clientOf(who, [refused(500, 'INTERNAL'), null, refused(503, 'UNAVAILABLE')]);
    const job = await client.create(GRID);
    expect(await client.cancel(job.id)).toMatchObject({ status: 'cancelled' });
    expect(attempts).toHaveLength(4);
  });

  it('is a request without an answer in time', async () => {
    const who = await mintKey();
    const { id } = await createJob(who);
    const { client, attempts } = clientOf(who, [hung], { timeoutMs: 200 });
    expect(await client.get(id)).toMatchObject({ id });
    expect(attempts).toHaveLength(2);
  });

  it('is repeated after longer and longer times, with jitter, up to half a minute', async () => {
    const faults = Array.from({ length: 9 }, () => noConnection);
    const whole = clientOf(await mintKey(), faults, { maxRetries: 8, random: () => 1 });
    await failureOf(whole.client.templates());
    expect(whole.waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    const half = clientOf(await mintKey(), faults, { maxRetries: 2, random: () => 0.5 });
    await failureOf(half.client.templates());
    expect(half.waits).toEqual([250, 500]);
  });

  it('is given a date as well, from which jitter never takes anything away', async () => {
    const now = Date.parse('2026-04-29T10:15:00Z');
    const at = (text: string) => refused(503, 'UNAVAILABLE', { 'Retry-After': text });
    const { client, waits } = clientOf(
      await mintKey(),
      [at('Wed, 29 Apr 2026 10:15:09 GMT'), at('Wed, 29 Apr 2026 10:14:00 GMT'), at('soon'), at('-5')],
      { now: () => now, random: () => 1, maxRetries: 3 },
    );
    expect(await failureOf(client.templates())).toMatchObject({ code: 'UNAVAILABLE' });
    expect(waits).toEqual([9500, 1000, 2000]);
  });
});

describe('a spent budget', () => {
  it('is waited for until the service said', async () => {
    const who = await mintKey(['read', 'trade'], freshAccount());
    await administer('PUT', `/v1/admin/accounts/${who.accountId}`, { weight_per_minute: 20 });
    freezeClock(Math.ceil(Date.now() / 60_000) * 60_000 + 20_000);
    const waits: number[] = [];
    const { client, attempts } = clientOf(who, [], {
      sleep: async (ms) => {
        await Promise.resolve();
        vi.setSystemTime(Date.now() + ms);
        waits.push(ms);
      },
    });
    const first = await client.create(GRID);
    const second = await client.create(GRID);
    expect(second.id).not.toBe(first.id);
    expect(waits).toEqual([40_000]);
    expect(attempts).toHaveLength(3);
  });
});

describe('what does not pass', () => {
  it.each([
    ['INVALID_PARAMETER', 400],
    ['UNAUTHORIZED', 401],
    ['FORBIDDEN', 403],
    ['NOT_FOUND', 404],
    ['INVALID_STATE', 409],
    ['IDEMPOTENCY_CONFLICT', 409],
    ['A_CODE_OF_LATER', 418],
  ])('%s is told at once', async (code, status) => {
    const { client, attempts, waits } = clientOf(await mintKey(), [refused(status, code)]);
    expect(await failureOf(client.templates())).toMatchObject({ code, status });
    expect([attempts.length, waits]).toEqual([1, []]);
  });

  it.each<[string, Fault]>([
    ['the page of a hotel', HTML],
    ['JSON of something else', answered(200, '{"hello":"world"}')],
    ['an empty body', answered(200, '')],
    ['no JSON', answered(200, '{"data":')],
    ['a redirect', answered(302, '', { Location: 'https://elsewhere.test/' })],
    ['a 404 that is not the service’s', answered(404, 'Not found')],
    ['an error that is not the service’s', answered(400, '{"error":{"message":"bad"}}')],
  ])('%s is a BAD_ANSWER at once', async (_, fault) => {
    const { client, attempts } = clientOf(await mintKey(), [fault]);
    const failure = await failureOf(client.templates());
    expect(failure).toMatchObject({ code: 'BAD_ANSWER', details: [], requestId: null });
    expect(failure.message).toMatch(
      /^GET \/v1\/backtest\/templates was answered \d{3}, but not by this service\./,
    );
    expect(attempts).toHaveLength(1);
  });

  it('is a wait of more than a minute: the error says how long it is', async () => {
    const fault = refused(429, 'RATE_LIMITED', { 'Retry-After': '61' });
    const { client, attempts, waits } = clientOf(await mintKey(), [fault]);
    expect(await failureOf(client.templates())).toMatchObject({
      code: 'RATE_LIMITED',
      status: 429,
      retryAfterMs: 61_000,
    });
    expect([attempts.length, waits]).toEqual([1, []]);
  });
});

describe('when retries are used up', () => {
  it.each<[string, Fault, object]>([
    [
      'NETWORK',
      noConnection,
      { code: 'NETWORK', status: null, requestId: null, retryAfterMs: null, details: [] },
    ],
    ['TIMEOUT', hung, { code: 'TIMEOUT', status: null, requestId: null }],
    ['TIMEOUT, of a fetch that does not heed its signal', deaf, { code: 'TIMEOUT', status: null }],
    ['TIMEOUT, of an answer that does not end', endless, { code: 'TIMEOUT', status: null }],
    [
      'BAD_ANSWER',
      answered(502, '<html>', { 'X-Request-Id': 'edge-1' }),
      { code: 'BAD_ANSWER', status: 502, requestId: 'edge-1' },
    ],
    [
      'UNAVAILABLE',
      refused(503, 'UNAVAILABLE', { 'Retry-After': '1' }),
      { code: 'UNAVAILABLE', status: 503, requestId: 'req-1', retryAfterMs: 1000, message: 'Not now.' },
    ],
  ])('the last failure is told: %s', async (_, fault, failure) => {
    const { client, attempts } = clientOf(await mintKey(), [fault, fault, fault], {
      maxRetries: 2,
      timeoutMs: 20,
    });
    expect(await failureOf(client.templates())).toMatchObject(failure);
    expect(attempts).toHaveLength(3);
  });

  it('a write that something else answered says so as well', async () => {
    const { client } = clientOf(await mintKey(), [answered(502, '')], { maxRetries: 0 });
    const failure = await failureOf(client.cancel('bt_000000', { idempotencyKey: 'mine' }));
    expect(failure.message).toContain('was answered 502, but not by this service. It may have acted;');
  });

  it('a write says that it may have acted, and how to learn it; a read asks what is in the way', async () => {
    const nodesOwn: Fault = () =>
      Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }));
    const { client } = clientOf(await mintKey(), [noConnection, nodesOwn], { maxRetries: 0 });
    const write = await failureOf(client.cancel('bt_000000', { idempotencyKey: 'mine' }));
    expect(write.message).toBe(
      'POST /v1/backtest/jobs/bt_000000/cancel got no answer (TypeError: connection refused). ' +
        'It may have acted; the same call with idempotencyKey "mine" tells, without acting twice.',
    );
    expect(write.cause).toBeInstanceOf(TypeError);
    const read = await failureOf(client.templates());
    expect(read.message).toBe(
      'GET /v1/backtest/templates got no answer (Error: connect ECONNREFUSED). Is the url right, and the service up?',
    );
  });
});

it('no timer outlives its call, however that went', async () => {
  const { client } = clientOf(await mintKey(), [null, noConnection, refused(400, 'INVALID_PARAMETER'), HTML]);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await client.templates();
  await failureOf(client.templates());
  await failureOf(client.templates());
  expect(vi.getTimerCount()).toBe(0);
});

describe('an error', () => {
  it.each(['', 'two words', 'ü', 'a\nb', 'x'.repeat(65)])(
    'for the key %j comes before anything is sent',
    async (key) => {
      const { client, attempts } = clientOf(await mintKey());
      const call = client.create(GRID, { idempotencyKey: key });
      await expect(call).rejects.toThrow(
        new TypeError('idempotencyKey must be 1-64 visible ASCII characters.'),
      );
      expect(attempts).toHaveLength(0);
    },
  );

  it('has what the service said', async () => {
    const { client } = clientOf(await mintKey());
    const failure = await failureOf(client.create({ ...GRID, capital: '0', symbols: [] }));
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject({
      name: 'PipaiError',
      code: 'INVALID_PARAMETER',
      status: 400,
      retryAfterMs: null,
    });
    expect(failure.details.map(({ path }) => path).sort()).toEqual(['capital', 'symbols']);
    expect(failure.requestId).toMatch(UUID);
    expect(failure.message).toContain('capital');
  });
});

describe('a clock that is wrong', () => {
  const HOUR = 3_600_000;

  it.each([-HOUR, HOUR])('by %d ms is set right by the service, once for all calls', async (off) => {
    const who = await mintKey();
    const { client, attempts, waits } = clientOf(who, [], { now: () => Date.now() + off });
    const job = await client.create(GRID);
    expect(await getJob(who, job.id)).toEqual(job);
    expect(attempts).toHaveLength(2);
    await client.get(job.id);
    expect([attempts.length, waits]).toEqual([3, []]);
    const stamp = Number(attempts[2]?.headers.get('X-PipAI-Timestamp'));
    expect(Math.abs(stamp - Date.now())).toBeLessThan(5000);
  });

  it('is set right by the Date of the answer where the message has no time', async () => {
    const theirs = Date.parse('2026-04-29T10:15:00Z');
    const fault = refused(401, 'TIMESTAMP_OUT_OF_WINDOW', { Date: new Date(theirs).toUTCString() });
    const { client, attempts } = clientOf(await mintKey(), [fault, HTML], { now: () => 5_000_000 });
    await failureOf(client.templates());
    expect(attempts[1]?.headers.get('X-PipAI-Timestamp')).toBe(String(theirs));
  });

  it('is asked about once: a service that goes on refusing is believed', async () => {
    const late = refused(401, 'TIMESTAMP_OUT_OF_WINDOW', {}, `It is ${instant(Date.now())}.`);
    const { client, attempts } = clientOf(await mintKey(), [late, late, late], { now: () => 5_000_000 });
    expect(await failureOf(client.templates())).toMatchObject({
      code: 'TIMESTAMP_OUT_OF_WINDOW',
      status: 401,
    });
    expect(attempts.map(({ headers }) => headers.get('X-PipAI-Timestamp'))).toEqual(['5000000', '5000000']);
  });
});

/** An answer of which only the first bytes arrive. */
function breaksOff(status: number): Fault {
  return async () => {
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('{"data":['));
        controller.error(new TypeError('terminated'));
      },
    });
    return await Promise.resolve(new Response(body, { status }));
  };
}

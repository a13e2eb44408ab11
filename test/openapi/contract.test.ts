import { describe, expect, test } from 'vitest';
import { call, mintKey } from '../support/client.ts';
import { holdToContract, violations, type Exchange } from '../support/contract.ts';
import { createJob } from '../support/jobs.ts';

const JOBS = '/v1/backtest/jobs';
const ID = 'the-request';

/** An exchange as the document has it: what a healthy service answers to a list. */
const LIST: Exchange = {
  method: 'GET',
  target: `${JOBS}?limit=1`,
  status: 200,
  headers: new Headers({ 'X-Request-Id': ID, 'Content-Type': 'application/json' }),
  text: '{"data":[],"next_cursor":null}',
};

const BUDGET = {
  'X-PipAI-Used-Weight-1m': '5',
  'RateLimit-Policy': '"weight";q=1200;w=60',
  RateLimit: '"weight";r=1195;t=31',
};
const JOB = `${JOBS}/bt_000000`;
const WORKER_JOB = { method: 'POST', target: '/v1/worker/jobs/bt_000000/start' };

function refusal(status: number, code: string, change: Partial<Exchange> = {}): Exchange {
  const text = JSON.stringify({ error: { code, message: 'No.', request_id: ID } });
  return { ...LIST, status, text, ...change };
}

function withHeaders(exchange: Exchange, headers: Record<string, string | null>): Exchange {
  const changed = new Headers(exchange.headers);
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  return { ...exchange, headers: changed };
}

/** A job as the service answered it, with a member changed. */
async function answeredJob(change: object): Promise<Exchange> {
  const who = await mintKey();
  const { id } = await createJob(who);
  const target = `${JOBS}/${id}`;
  const { status, headers, json } = await call(who, 'GET', target);
  const text = JSON.stringify({ ...Object(json), ...change });
  return { method: 'GET', target, status, headers, text };
}

describe('an answer as the document has it', () => {
  const right: [string, Exchange][] = [
    ['a page', LIST],
    ['a page with a charset', withHeaders(LIST, { 'Content-Type': 'application/json; charset=utf-8' })],
    ['a refusal', refusal(401, 'UNAUTHORIZED')],
    ['a page that tells the budget', withHeaders(LIST, BUDGET)],
    ...([400, 500, 503] as const).map((status): [string, Exchange] => [
      `a refusal ${String(status)} that tells the budget`,
      withHeaders(
        refusal(status, { 400: 'INVALID_PARAMETER', 500: 'INTERNAL', 503: 'UNAVAILABLE' }[status]),
        status === 503 ? { ...BUDGET, 'Retry-After': '1' } : BUDGET,
      ),
    ]),
    ['a job that there is not', withHeaders(refusal(404, 'NOT_FOUND', { target: JOB }), BUDGET)],
    ['a job that there is not, to a key without limits', refusal(404, 'NOT_FOUND', { target: JOB })],
    [
      'a request that comes twice',
      withHeaders(refusal(401, 'REPLAYED_REQUEST', { method: 'POST', target: JOBS }), BUDGET),
    ],
    ['an unknown route', refusal(404, 'NOT_FOUND', { target: '/v1/nowhere' })],
    [
      'a method that is not possible',
      withHeaders(refusal(405, 'METHOD_NOT_ALLOWED', { method: 'PUT' }), { Allow: 'GET' }),
    ],
    ['HEAD, which has no body', { ...LIST, method: 'HEAD', text: '' }],
    ['a path with escapes', { ...LIST, target: '/v1/%62acktest/jobs' }],
    ['a file of a page', { ...LIST, target: '/docs/docs.js', text: 'export {}' }],
  ];

  test.each(right)('is %s', (_, exchange) => {
    expect(violations(exchange)).toEqual([]);
  });

  test('is a job', async () => {
    expect(violations(await answeredJob({}))).toEqual([]);
  });
});

describe('an answer that departs from the document', () => {
  const wrong: [string, Exchange, RegExp][] = [
    ['has no request id', withHeaders(LIST, { 'X-Request-Id': null }), /X-Request-Id/],
    ['has a status nobody documented', { ...LIST, status: 202 }, /status/],
    ['has a refusal that this route does not know', refusal(409, 'INVALID_STATE'), /status/],
    ['has a code that this status does not know', refusal(401, 'REPLAYED_REQUEST'), /code/],
    ['has a code that there is not', refusal(400, 'NONSENSE'), /code/],
    ['has another content type', withHeaders(LIST, { 'Content-Type': 'text/html' }), /content type/],
    ['has no JSON', { ...LIST, text: 'data' }, /object/],
    ['lacks a member', { ...LIST, text: '{"data":[]}' }, /next_cursor/],
    ['has a member too many', { ...LIST, text: '{"data":[],"next_cursor":null,"total":0}' }, /total/],
    ['has a member of another type', { ...LIST, text: '{"data":{},"next_cursor":null}' }, /data/],
    [
      'names another request than it answers',
      withHeaders(refusal(401, 'UNAUTHORIZED'), { 'X-Request-Id': 'x' }),
      /request_id/,
    ],
    ['finds a route that there is not', { ...LIST, target: '/v1/nowhere' }, /404/],
    ['takes a method that there is not', { ...LIST, method: 'PUT' }, /405/],
    ['tells no methods', refusal(405, 'METHOD_NOT_ALLOWED', { method: 'PUT' }), /Allow/],
    [
      'has a body where there is none',
      { ...LIST, method: 'DELETE', target: '/v1/admin/keys/some', status: 204 },
      /body/,
    ],
    ...Object.entries(BUDGET).map(([name, value]): [string, Exchange, RegExp] => [
      `tells of a budget before anybody is admitted: ${name}`,
      withHeaders(refusal(401, 'UNAUTHORIZED'), { [name]: value }),
      new RegExp(`${name} is not documented`),
    ]),
    [
      'tells of a budget to nobody',
      withHeaders(refusal(404, 'NOT_FOUND', { target: '/v1/no' }), BUDGET),
      /RateLimit/,
    ],
    ['tells of a budget to whom it refuses', withHeaders(refusal(403, 'FORBIDDEN'), BUDGET), /RateLimit/],
    [
      'tells of a budget to a worker',
      withHeaders(refusal(404, 'NOT_FOUND', WORKER_JOB), BUDGET),
      /RateLimit/,
    ],
    [
      'tells of a budget to the operator',
      withHeaders(refusal(400, 'INVALID_PARAMETER', { target: '/v1/admin/keys' }), BUDGET),
      /RateLimit/,
    ],
    [
      'says when to come back where that helps nobody',
      withHeaders(refusal(400, 'INVALID_PARAMETER'), { 'Retry-After': '1' }),
      /Retry-After/,
    ],
    ...['Location', 'Allow', 'Idempotency-Replayed', 'Preference-Applied', 'Last-Event-ID', 'ETag'].map(
      (name): [string, Exchange, RegExp] => [
        `has a header of other answers: ${name}`,
        withHeaders(LIST, { [name]: 'x' }),
        new RegExp(`${name} is not documented`),
      ],
    ),
    ['does not say when to come back', refusal(429, 'RATE_LIMITED'), /Retry-After/],
    ['does not say where the new job is', { ...LIST, method: 'POST', target: JOBS, status: 201 }, /Location/],
  ];

  test.each(wrong)('%s', (_, exchange, what) => {
    expect(violations(exchange).join('\n')).toMatch(what);
    expect(() => {
      holdToContract(exchange);
    }).toThrow(what);
  });

  test.each([
    [{ extra: 1 }, /extra/],
    [{ progress: 1.5 }, /progress/],
    [{ status: 'paused' }, /status/],
    [{ submitted_at: '2026-04-29T10:15:00.5Z' }, /submitted_at/],
    [{ submitted_at: '2026-02-30T10:15:00Z' }, /submitted_at/],
    [{ config: { template_id: 'tpl_grid' } }, /config/],
    [{ result: {} }, /result/],
    [{ error: { code: 'INTERNAL' } }, /error/],
    [{ id: 'bt_1' }, /id/],
  ])('is a job with %j', async (change, what) => {
    expect(violations(await answeredJob(change)).join('\n')).toMatch(what);
  });
});

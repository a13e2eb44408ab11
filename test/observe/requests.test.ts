import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { app } from '../../src/app.ts';
import { bucketWith } from '../support/buckets.ts';
import { administer, call, mintKey, send, signedInit } from '../support/client.ts';
import { GRID_JOB, createJob } from '../support/jobs.ts';
import { cancel } from '../support/worker.ts';

const line = z.record(z.string(), z.unknown());
const written: string[] = [];

beforeEach(() => {
  written.length = 0;
  for (const method of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      written.push(words.map(String).join(' '));
    });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** The lines about requests, in the order they were written. */
function requestLines(): Record<string, unknown>[] {
  return written.map((text) => line.parse(JSON.parse(text))).filter(({ event }) => event === 'request');
}

function lastLine(): Record<string, unknown> {
  return requestLines().at(-1) ?? {};
}

describe('the line of a request', () => {
  it('says who asked for what, what came of it and how long it took, in one order', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const answer = await call(who, 'POST', `/v1/backtest/jobs/${job.id}/cancel`, {
      reason: 'not for the log',
    });
    expect(Object.keys(lastLine())).toEqual(
      'at level event request_id method route status outcome account api_key job_id duration_ms'.split(' '),
    );
    expect(lastLine()).toMatchObject({
      level: 'info',
      request_id: answer.headers.get('X-Request-Id'),
      method: 'POST',
      route: '/v1/backtest/jobs/:id/cancel',
      status: 200,
      outcome: 'ok',
      account: who.accountId,
      api_key: who.apiKey,
      job_id: job.id,
    });
    expect(lastLine().duration_ms).toBeGreaterThanOrEqual(0);
    expect(Date.parse(String(lastLine().at))).not.toBeNaN();
  });

  it('names the job that a request created', async () => {
    const job = await createJob(await mintKey());
    expect(lastLine()).toMatchObject({ route: '/v1/backtest/jobs', status: 201, job_id: job.id });
  });

  it('has the code of a refusal as its outcome', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    await cancel(who, job.id);
    await cancel(who, job.id);
    expect(lastLine()).toMatchObject({
      level: 'info',
      status: 409,
      outcome: 'INVALID_STATE',
      job_id: job.id,
    });
    await call(who, 'GET', '/v1/backtest/jobs?limit=0');
    expect(lastLine()).toMatchObject({ status: 400, outcome: 'INVALID_PARAMETER', account: who.accountId });
  });

  it('knows no account of somebody who proves nothing, and no route where there is none', async () => {
    const who = await mintKey();
    await call({ ...who, apiSecret: '0'.repeat(64) }, 'GET', '/v1/backtest/jobs');
    expect(lastLine()).toMatchObject({ status: 401, outcome: 'UNAUTHORIZED', account: null, api_key: null });
    await send('/nowhere/bt_short');
    expect(lastLine()).toMatchObject({ route: null, status: 404, outcome: 'NOT_FOUND', job_id: null });
  });

  it('has the stack of a bug, which the answer has not', async () => {
    const { MASTER_KEY: _, ...unconfigured } = env;
    const init = await signedInit(await mintKey(), 'GET', '/v1/backtest/jobs');
    const answer = await app.request('/v1/backtest/jobs', init, unconfigured);
    expect(lastLine()).toMatchObject({
      level: 'error',
      status: 500,
      outcome: 'INTERNAL',
      error: 'Error: The secret MASTER_KEY is not set.',
    });
    expect(String(lastLine().stack)).toContain('at ');
    expect(await answer.text()).not.toContain('MASTER_KEY');
  });

  it('has what is behind a 503, which the answer has not', async () => {
    const list = () => Promise.reject(new Error('list: Service unavailable. (10043)'));
    const bindings = { ...env, CANDLES: bucketWith(env.CANDLES, { list }) };
    const answer = await send(
      '/v1/candles',
      await signedInit(await mintKey(), 'GET', '/v1/candles'),
      bindings,
    );
    expect(lastLine()).toMatchObject({
      level: 'warn',
      status: 503,
      outcome: 'UNAVAILABLE',
      error: 'BucketError: list: Service unavailable. (10043)',
    });
    expect(answer.text).not.toContain('10043');
  });

  it('never has a secret, a signature, a body, a query or a header of the client', async () => {
    const who = await mintKey();
    const secret = 'hunter2-hunter2';
    const init = await signedInit(who, 'POST', '/v1/backtest/jobs', { ...GRID_JOB, surprise: secret });
    const signature = new Headers(init.headers).get('X-PipAI-Signature') ?? '';
    await send('/v1/backtest/jobs', init);
    await call(who, 'GET', `/v1/backtest/jobs?cursor=${secret}`);
    await call(who, 'GET', `/v1/backtest/jobs/${secret}`);
    await send(`/${secret}`, { headers: { Authorization: `Bearer ${secret}`, Cookie: secret } });
    await send(`/v1/admin/keys/${secret}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${secret}` },
    });
    await administer('POST', '/v1/admin/keys', { account_id: 'x', permissions: [secret] });
    expect(requestLines().length).toBeGreaterThanOrEqual(7);
    const text = written.join('\n');
    for (const never of [secret, signature, who.apiSecret, env.ADMIN_TOKEN ?? '', env.MASTER_KEY ?? ''])
      expect(text).not.toContain(never);
  });
});

describe('Server-Timing', () => {
  it('tells the whole of an answer, and the proof of a signed one', async () => {
    const who = await mintKey();
    const number = String.raw`\d+(\.\d+)?`;
    const plain = new RegExp(`^total;dur=${number}$`);
    for (const [target, init] of [
      ['/healthz', {}],
      ['/healthz', { method: 'PUT' }],
    ] as const)
      expect((await send(target, init)).headers.get('Server-Timing')).toMatch(plain);
    const signed = await call(who, 'GET', '/v1/backtest/jobs');
    expect(signed.headers.get('Server-Timing')).toMatch(
      new RegExp(`^auth;dur=${number},total;dur=${number}$`),
    );
  });
});

it('Server-Timing tells nothing to strangers, nor a job of somebody else from one that never was', async () => {
  const who = await mintKey();
  const job = await createJob(await mintKey());
  const answers = [
    await send('/v1/backtest/jobs'),
    await call(who, 'GET', `/v1/backtest/jobs/${job.id}`),
    await call(who, 'GET', `/v1/backtest/jobs/bt_${'0'.repeat(43)}`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([401, 404, 404]);
  for (const { headers } of answers) expect(headers.get('Server-Timing')).toBeNull();
});

describe('the dataset of counters', () => {
  it('gets a point of each request, where one is bound', async () => {
    const who = await mintKey();
    const points: unknown[] = [];
    const METRICS = { writeDataPoint: (point?: AnalyticsEngineDataPoint) => void points.push(point) };
    const init = await signedInit(who, 'GET', '/v1/backtest/jobs?limit=5');
    await app.request('/v1/backtest/jobs?limit=5', init, { ...env, METRICS });
    await app.request('/nowhere', {}, { ...env, METRICS });
    expect(points).toEqual([
      {
        indexes: [who.accountId],
        blobs: ['request', '/v1/backtest/jobs', 'GET', 'ok'],
        doubles: [1, lastTwo()[0], 200],
      },
      { indexes: ['none'], blobs: ['request', 'none', 'GET', 'NOT_FOUND'], doubles: [1, lastTwo()[1], 404] },
    ]);
  });

  it('never fails a request', async () => {
    const METRICS = {
      writeDataPoint: () => {
        throw new Error('no more points today');
      },
    };
    expect((await app.request('/healthz', {}, { ...env, METRICS })).status).toBe(200);
    expect(written.map((text) => line.parse(JSON.parse(text)).event)).toEqual(['request', 'metrics_failed']);
  });
});

/** The durations of the last two request lines. */
function lastTwo(): unknown[] {
  return requestLines()
    .slice(-2)
    .map(({ duration_ms }) => duration_ms);
}

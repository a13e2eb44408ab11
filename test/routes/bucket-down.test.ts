import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bucketWith } from '../support/buckets.ts';
import { dumpOf, type Prices } from '../support/candles.ts';
import { call, mintKey, send, signedInit, type Answer, type Credentials } from '../support/client.ts';
import { auditOf, createJob, getJob, listJobs, startJob } from '../support/jobs.ts';
import { codeOf, textWith } from '../support/matchers.ts';
import { cancel, complete } from '../support/worker.ts';

/** A bucket that fails, on every route that asks one: 503, when to come back, and nothing was changed. */

const who = await mintKey();
const worker = await mintKey(['worker']);

/** What R2 throws where it fails. It has no class and no marks. */
const DOWN = new Error('get: We encountered an internal error. Please try again. (10001)');
const FAULTS = [
  { fault: DOWN },
  { fault: new Error('put: Reduce your concurrent request rate for the same object. (10058)') },
  { fault: new Error('Network connection lost.') },
];

/** What it throws where we have asked for nonsense. */
const BUGS = [
  { bug: new TypeError('Incorrect type.') },
  { bug: new Error('put: The specified object name is not valid. (10020)') },
];

/** Too large for a row. */
const LARGE = {
  metrics: { note: 'large' },
  equity_curve: [],
  trades: Array(15_000).fill({ text: 'x'.repeat(80) }),
};

afterEach(() => {
  vi.restoreAllMocks();
});

function failing(error: Error) {
  return () => Promise.reject(error);
}

/** Sends a signed request to a service whose buckets are as given. */
async function callWith(
  bindings: Partial<Pick<Cloudflare.Env, 'CANDLES' | 'RESULTS'>>,
  by: Credentials,
  method: string,
  target: string,
  body?: unknown,
): Promise<Answer> {
  return await send(target, await signedInit(by, method, target, body), { ...env, ...bindings });
}

function expectUnavailable(answer: Answer): void {
  expect([answer.status, codeOf(answer)]).toEqual([503, 'UNAVAILABLE']);
  expect(answer.headers.get('Retry-After')).toBe('1');
}

async function objectsOf(job: { id: string }): Promise<number> {
  return (await env.RESULTS.list({ prefix: `${job.id}/` })).objects.length;
}

async function seen(job: { id: string }): Promise<unknown> {
  return [await getJob(who, job.id), await auditOf(who, job.id), await listJobs(who)];
}

describe('a result that the bucket does not take', () => {
  async function running() {
    const job = await createJob(who);
    const { lease } = await startJob(worker, job.id);
    const report = (RESULTS: R2Bucket) =>
      callWith({ RESULTS }, worker, 'POST', `/v1/worker/jobs/${job.id}/complete`, { lease, result: LARGE });
    return { job, lease, report };
  }

  test.each(FAULTS)('is 503: the job runs on, and takes it later: $fault', async ({ fault }) => {
    const { job, lease, report } = await running();
    const before = await seen(job);
    expectUnavailable(await report(bucketWith(env.RESULTS, { put: failing(fault) })));
    expect(await seen(job)).toEqual(before);
    expect((await complete(worker, job.id, lease, LARGE)).status).toBe(200);
  });

  test.each(BUGS)('for what we have asked is a bug still: $bug', async ({ bug }) => {
    const { job, report } = await running();
    const before = await seen(job);
    const answer = await report(bucketWith(env.RESULTS, { put: failing(bug) }));
    expect([answer.status, codeOf(answer)]).toEqual([500, 'INTERNAL']);
    expect(await seen(job)).toEqual(before);
  });

  test('back leaves the answer as the job decided it, and a line in the log', async () => {
    const logged = vi.spyOn(console, 'warn').mockReturnValue();
    const RESULTS = bucketWith(env.RESULTS, { delete: failing(DOWN) });
    const told = [textWith(/"event":"result_not_dropped".*internal error/)];

    const won = await running();
    const first = await report200(won);
    const again = await won.report(RESULTS);
    expect([again.status, again.text === first]).toEqual([200, true]);
    expect(logged.mock.calls).toEqual([told]);

    const lost = await running();
    await cancel(who, lost.job.id);
    const late = await lost.report(RESULTS);
    expect([late.status, codeOf(late)]).toEqual([409, 'INVALID_STATE']);
    expect(logged.mock.calls).toEqual([told, told]);
    expect(await objectsOf(lost.job)).toBe(1);
  });

  async function report200({ report }: Awaited<ReturnType<typeof running>>): Promise<string> {
    const answer = await report(env.RESULTS);
    expect(answer.status).toBe(200);
    return answer.text;
  }
});

test.each(FAULTS)('a job whose result the bucket does not give is 503: $fault', async ({ fault }) => {
  const job = await createJob(who);
  const { lease } = await startJob(worker, job.id);
  expect((await complete(worker, job.id, lease, LARGE)).status).toBe(200);
  const RESULTS = bucketWith(env.RESULTS, { get: failing(fault) });
  const target = `/v1/backtest/jobs/${job.id}`;
  expectUnavailable(await callWith({ RESULTS }, who, 'GET', target));
  expect((await call(who, 'GET', target)).status).toBe(200);
});

describe('candles', () => {
  const DAYS: readonly Prices[] = [
    ['100', '101', '99', '100'],
    ['200', '201', '199', '200'],
    ['300', '301', '299', '300'],
  ];
  /** Of the last two days, the first of them otherwise: one month is read and stored, of the other it is asked whether it is there. */
  const LATER = dumpOf('2025-01-31T00:00:00Z', 86_400, [['205', '206', '204', '205'], ...DAYS.slice(2)]);
  let symbols = 0;

  /** Candles of two days of January and one of February. */
  async function stored(): Promise<string> {
    symbols += 1;
    const symbol = `DOWN${String(symbols)}`;
    expect((await load(symbol, dumpOf('2025-01-30T00:00:00Z', 86_400, DAYS))).status).toBe(200);
    return symbol;
  }

  async function load(symbol: string, body: string, CANDLES = env.CANDLES): Promise<Answer> {
    const headers = { Authorization: `Bearer ${env.ADMIN_TOKEN ?? ''}` };
    const target = `/v1/admin/candles/${symbol}/1d`;
    return await send(target, { method: 'PUT', headers, body }, { ...env, CANDLES });
  }

  const manifestKey = (symbol: string) => `candles/${symbol}/1d/manifest.json`;
  const isManifest = (key: string) => key.endsWith('/manifest.json');

  async function manifestOf(symbol: string): Promise<string | undefined> {
    return await (await env.CANDLES.get(manifestKey(symbol)))?.text();
  }

  test.each(FAULTS)('that the bucket does not list, or tell of, are 503: $fault', async ({ fault }) => {
    await stored();
    for (const method of ['list', 'get']) {
      const CANDLES = bucketWith(env.CANDLES, { [method]: failing(fault) });
      expectUnavailable(await callWith({ CANDLES }, who, 'GET', '/v1/candles'));
    }
  });

  const real = env.CANDLES;
  const gives = { text: failing(DOWN), arrayBuffer: failing(DOWN) };
  const takes = (key: string, value: string | Uint8Array, options: R2PutOptions) =>
    real.put(key, value, options);

  test.each<[string, Parameters<typeof bucketWith>[1]]>([
    ['gives nothing', { get: failing(DOWN) }],
    ['breaks off manifests', { get: () => gives }],
    ['breaks off months', { get: (key: string) => (isManifest(key) ? real.get(key) : gives) }],
    ['does not say what it has', { head: failing(DOWN) }],
    ['takes nothing', { put: failing(DOWN) }],
    [
      'takes no manifest',
      {
        put: (key: string, ...rest: [string, R2PutOptions]) =>
          isManifest(key) ? Promise.reject(DOWN) : takes(key, ...rest),
      },
    ],
  ])('that are loaded while the bucket %s are 503, and stay as they were', async (_, methods) => {
    const symbol = await stored();
    const before = await manifestOf(symbol);
    expectUnavailable(await load(symbol, LATER, bucketWith(real, methods)));
    expect(await manifestOf(symbol)).toBe(before);
    expect((await load(symbol, LATER)).status).toBe(200);
    expect(await manifestOf(symbol)).not.toBe(before);
  });

  test('are loaded where only the answer of the bucket is lost', async () => {
    const symbol = await stored();
    const before = await manifestOf(symbol);
    const lossy = bucketWith(real, {
      async put(key: string, ...rest: [string, R2PutOptions]) {
        const object = await takes(key, ...rest);
        if (isManifest(key)) throw DOWN;
        return object;
      },
    });
    const answer = await load(symbol, LATER, lossy);
    expect([answer.status, answer.json]).toMatchObject([200, { symbol, bars: 2 }]);
    expect(await manifestOf(symbol)).not.toBe(before);
  });
});

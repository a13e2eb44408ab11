import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { call, mintKey, type Credentials } from '../support/client.ts';
import { anHourAhead, freezeClock, instant } from '../support/clock.ts';
import { ALL } from '../support/forgeries.ts';
import { createJob, getJob, GRID_JOB, listJobs, startJob, type JobAnswer } from '../support/jobs.ts';
import { blamed, codeOf } from '../support/matchers.ts';

const MOMENTUM_JOB = { ...GRID_JOB, template_id: 'tpl_momentum', params: { fast: 10, slow: 30 } };
const NOW = anHourAhead();
const LEASE_MS = 30_000;

/** This many jobs, a second apart, the oldest first. */
async function createMany(
  who: Credentials,
  count: number,
  bodies: object[] = [GRID_JOB],
): Promise<JobAnswer[]> {
  const jobs: JobAnswer[] = [];
  for (let index = 0; index < count; index++) {
    jobs.push(await createJob(who, bodies[index % bodies.length]));
    vi.setSystemTime(Date.now() + 1000);
  }
  return jobs;
}

async function cancel(who: Credentials, id: string): Promise<void> {
  expect((await call(who, 'POST', `/v1/backtest/jobs/${id}/cancel`)).status).toBe(200);
}

async function worker(lease: string, id: string, action: string, report: object): Promise<void> {
  const who = await mintKey(['worker']);
  expect((await call(who, 'POST', `/v1/worker/jobs/${id}/${action}`, { lease, ...report })).status).toBe(200);
}

/** Every page of a list, as ids; `meanwhile` happens after each page. */
async function pages(who: Credentials, query: string, meanwhile?: () => Promise<void>): Promise<string[][]> {
  const found: string[][] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listJobs>> = await listJobs(
      who,
      cursor === null ? query : `${query}&cursor=${encodeURIComponent(cursor)}`,
    );
    found.push(ids(page.data));
    cursor = page.next_cursor;
    await meanwhile?.();
  } while (cursor !== null);
  return found;
}

function ids(jobs: readonly JobAnswer[]): string[] {
  return jobs.map(({ id }) => id);
}

beforeEach(() => {
  freezeClock(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

test('is empty for an account without jobs', async () => {
  const answer = await call(await mintKey(), 'GET', '/v1/backtest/jobs');
  expect([answer.status, answer.text]).toEqual([200, '{"data":[],"next_cursor":null}']);
});

test('shows jobs whole, newest first', async () => {
  const who = await mintKey();
  const [first, second, third] = await createMany(who, 3);
  const answer = await call(who, 'GET', '/v1/backtest/jobs');
  expect(answer.text).toBe(JSON.stringify({ data: [third, second, first], next_cursor: null }));
});

test('keeps jobs of one millisecond in the order they were created', async () => {
  const who = await mintKey();
  const created: JobAnswer[] = [];
  for (const capital of ['1', '2', '3', '4']) created.push(await createJob(who, { ...GRID_JOB, capital }));
  expect(await pages(who, '?limit=1')).toEqual(
    ids(created)
      .reverse()
      .map((id) => [id]),
  );
});

test('never shows the jobs of another account', async () => {
  const [who, other] = [await mintKey(), await mintKey()];
  const [mine] = await createMany(who, 1);
  const [theirs] = await createMany(other, 1);
  expect((await listJobs(who)).data).toEqual([mine]);
  expect((await listJobs(other)).data).toEqual([theirs]);
  const sibling = await mintKey(['read'], who.accountId);
  expect((await listJobs(sibling)).data).toEqual([mine]);
});

describe('filters', () => {
  test('by status', async () => {
    const who = await mintKey(ALL);
    const [done, failed, cancelled, running, queued] = ids(await createMany(who, 5));
    const metrics = { total_trades: 3, sharpe: '1.5' };
    const { lease } = await startJob(who, done ?? '');
    await worker(lease, done ?? '', 'complete', { result: { metrics, equity_curve: [], trades: [] } });
    const second = await startJob(who, failed ?? '');
    const error = { code: 'TEMPLATE_ERROR', message: 'no' };
    await worker(second.lease, failed ?? '', 'fail', { error });
    await cancel(who, cancelled ?? '');
    await startJob(who, running ?? '');

    const expected = { queued, running, done, failed, cancelled };
    for (const [status, id] of Object.entries(expected)) {
      const { data } = await listJobs(who, `?status=${status}`);
      expect([status, data.map((job) => [job.id, job.status])]).toEqual([status, [[id, status]]]);
    }
    expect((await listJobs(who)).data.map(({ status }) => status)).toEqual([
      'queued',
      'running',
      'cancelled',
      'failed',
      'done',
    ]);
  });

  test('by template', async () => {
    const who = await mintKey();
    const jobs = await createMany(who, 4, [GRID_JOB, MOMENTUM_JOB]);
    const of = (template: string) =>
      ids(jobs.filter(({ config }) => config.template_id === template)).reverse();
    for (const template of ['tpl_grid', 'tpl_momentum']) {
      expect(ids((await listJobs(who, `?template_id=${template}`)).data)).toEqual(of(template));
      expect(of(template)).toHaveLength(2);
    }
  });

  test('by time, from inclusive and to exclusive', async () => {
    const who = await mintKey();
    const [a, b, c, d] = ids(await createMany(who, 4));
    const at = (second: number) => instant(NOW + second * 1000);
    const found = async (query: string) => ids((await listJobs(who, query)).data);
    expect(await found(`?from=${at(1)}&to=${at(3)}`)).toEqual([c, b]);
    expect(await found(`?from=${at(0)}`)).toEqual([d, c, b, a]);
    expect(await found(`?to=${at(3)}`)).toEqual([c, b, a]);
    expect(await found(`?from=${at(2)}&to=${at(2)}`)).toEqual([]);
    expect(await found(`?from=${at(3)}&to=${at(1)}`)).toEqual([]);
  });

  test('by the second that the job shows, whatever its milliseconds', async () => {
    const who = await mintKey();
    vi.setSystemTime(NOW + 999);
    const { id, submitted_at } = await createJob(who);
    expect(submitted_at).toBe(instant(NOW));
    const next = instant(NOW + 1000);
    expect(ids((await listJobs(who, `?from=${submitted_at}&to=${next}`)).data)).toEqual([id]);
    expect((await listJobs(who, `?to=${submitted_at}`)).data).toEqual([]);
    expect((await listJobs(who, `?from=${next}`)).data).toEqual([]);
  });

  test('all at once, over pages', async () => {
    const who = await mintKey();
    const jobs = ids(await createMany(who, 12, [GRID_JOB, MOMENTUM_JOB]));
    for (const id of jobs.filter((_, index) => index % 4 === 0)) await cancel(who, id);
    const query = `?status=cancelled&template_id=tpl_grid&from=${instant(NOW + 4000)}&limit=1`;
    expect(await pages(who, query)).toEqual([[jobs[8]], [jobs[4]]]);
  });
});

describe('paging', () => {
  test('shows 20 jobs by default and up to 100 when asked', async () => {
    const who = await mintKey(ALL);
    const jobs = ids(await createMany(who, 21)).reverse();
    const first = await listJobs(who);
    expect(ids(first.data)).toEqual(jobs.slice(0, 20));
    expect(first.next_cursor).not.toBeNull();
    expect(await pages(who, '?limit=100')).toEqual([jobs]);
  });

  test.each([1, 2, 3, 6, 7])('in pages of %d ends after the last job', async (limit) => {
    const who = await mintKey();
    const jobs = ids(await createMany(who, 6)).reverse();
    const expected = Array.from({ length: Math.ceil(6 / limit) }, (_, page) =>
      jobs.slice(page * limit, (page + 1) * limit),
    );
    expect(await pages(who, `?limit=${String(limit)}`)).toEqual(expected);
  });

  test('neither repeats nor skips while jobs are added and cancelled', async () => {
    const who = await mintKey();
    const standing = ids(await createMany(who, 7)).reverse();
    const walk = await pages(who, '?limit=2', async () => {
      const { id } = await createJob(who);
      vi.setSystemTime(Date.now() + 1000);
      await cancel(who, id);
      await cancel(who, standing.pop() ?? '');
    });
    expect(walk.flat()).toHaveLength(7);
    expect(new Set(walk.flat()).size).toBe(7);
    expect(walk.flat().slice(0, standing.length)).toEqual(standing);
  });

  test('goes on where the cursor stands, though the job there no longer fits the filter', async () => {
    const who = await mintKey();
    const [a, b, c] = ids(await createMany(who, 3));
    const first = await listJobs(who, '?status=queued&limit=1');
    expect(ids(first.data)).toEqual([c]);
    await cancel(who, c ?? '');
    const rest = await listJobs(who, `?status=queued&limit=5&cursor=${first.next_cursor ?? ''}`);
    expect(ids(rest.data)).toEqual([b, a]);
  });

  test('gives out cursors that stand in a query as they are', async () => {
    const who = await mintKey();
    await createMany(who, 2);
    const { next_cursor } = await listJobs(who, '?limit=1');
    expect(next_cursor).toMatch(/^[A-Za-z0-9_-]+$/);
  });
});

describe('a query that does not fit', () => {
  test.each([
    ['?limit=0', ['limit']],
    ['?limit=101', ['limit']],
    ['?limit=-1', ['limit']],
    ['?limit=1.5', ['limit']],
    ['?limit=1e1', ['limit']],
    ['?limit=010', ['limit']],
    ['?limit=', ['limit']],
    ['?limit=all', ['limit']],
    ['?cursor=', ['cursor']],
    ['?cursor=1', ['cursor']],
    ['?cursor=czE%3D', ['cursor']],
    ['?cursor=czA', ['cursor']],
    ['?cursor=cy0x', ['cursor']],
    ['?cursor=%F0%9F%98%80', ['cursor']],
    ['?status=finished', ['status']],
    ['?status=Queued', ['status']],
    ['?status=', ['status']],
    ['?template_id=tpl_none', ['template_id']],
    ['?from=2026-01-01', ['from']],
    ['?to=2026-01-01T00:00:00.000Z', ['to']],
    ['?from=1767225600000', ['from']],
    ['?page=2', ['page']],
    ['?Limit=2', ['Limit']],
    ['?__proto__=2', ['__proto__']],
    ['?limit=2&limit=2', ['limit']],
    ['?status=queued&status=running', ['status']],
    ['?limit=2&%6Cimit=3', ['limit']],
    ['?limit=0&cursor=1&status=x&page=2&from=x', ['cursor', 'from', 'limit', 'page', 'status']],
    ['?limit=1&limit=2&cursor=1&to=x', ['cursor', 'limit', 'to']],
  ])('is refused: %s', async (query, blames) => {
    const answer = await call(await mintKey(), 'GET', `/v1/backtest/jobs${query}`);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_PARAMETER']);
    expect(blamed(answer)).toEqual(blames);
  });

  test.each(['?limit=1', '?limit=100', '?cursor=czE', '?'])('is not %s', async (query) => {
    expect((await call(await mintKey(), 'GET', `/v1/backtest/jobs${query}`)).status).toBe(200);
  });
});

describe('what a client has seen', () => {
  test.each(['cancelled', 'running', 'done', 'failed'])(
    'of a %s job stands in the next list',
    async (status) => {
      const who = await mintKey(ALL);
      const { id } = await createJob(who);
      if (status === 'cancelled') {
        await cancel(who, id);
      } else {
        const { lease } = await startJob(who, id);
        const result = { metrics: {}, equity_curve: [], trades: [] };
        if (status === 'done') await worker(lease, id, 'complete', { result });
        if (status === 'failed')
          await worker(lease, id, 'fail', { error: { code: 'INTERNAL', message: 'x' } });
      }
      const [listed] = (await listJobs(who)).data;
      const seen = await getJob(who, id);
      expect(seen.status).toBe(status);
      expect({ ...listed, result: null }).toEqual({ ...seen, result: null });
    },
  );

  test('of the progress of a running job stands in the next list', async () => {
    const who = await mintKey(ALL);
    const { id } = await createJob(who);
    const { lease } = await startJob(who, id);
    for (const progress of [0.25, 0.5, 0.75]) {
      await worker(lease, id, 'heartbeat', { progress });
      expect((await listJobs(who)).data).toEqual([await getJob(who, id)]);
      expect((await listJobs(who)).data).toMatchObject([{ status: 'running', progress }]);
    }
  });

  test('is not taken back where a lease has run out that nobody noticed yet', async () => {
    const who = await mintKey(ALL);
    const { id } = await createJob(who);
    const { lease } = await startJob(who, id);
    await worker(lease, id, 'heartbeat', { progress: 0.5 });
    vi.setSystemTime(NOW + LEASE_MS);
    expect((await listJobs(who)).data).toMatchObject([{ id, status: 'queued', progress: 0 }]);
    expect(await getJob(who, id)).toMatchObject({ status: 'queued', progress: 0 });
  });

  test('keeps a job whose lease has run out from a list of those that run', async () => {
    const who = await mintKey(ALL);
    const { id } = await createJob(who);
    await startJob(who, id);
    vi.setSystemTime(NOW + LEASE_MS);
    expect((await listJobs(who, '?status=running')).data).toEqual([]);
    expect(ids((await listJobs(who, '?status=queued')).data)).toEqual([id]);
  });
});

test('shows of a result the metrics only', async () => {
  const who = await mintKey(ALL);
  const { id } = await createJob(who);
  const { lease } = await startJob(who, id);
  const metrics = { sharpe: '1.5', total_trades: 1, calmar: null };
  const trades = [{ id: 1, pnl: '2' }];
  await worker(lease, id, 'complete', {
    result: { metrics, equity_curve: [['2025-01-01T00:00:00Z', '1']], trades },
  });
  expect((await listJobs(who)).data.map(({ result }) => result)).toEqual([{ metrics }]);
  expect((await getJob(who, id)).result).toMatchObject({ metrics, trades });
});

import { setTimeout as delay } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { until } from '../../src/local/poll.ts';
import type { Trader } from '../../src/local/trader.ts';
import type { CreateJobRequest, Job, ListedJob } from '../../src/client/index.ts';
import { GRID, dca } from './backtests.ts';
import { Stage } from './stage.ts';

const LEASE_MS = 4000;
/** For what the machine does besides. */
const MARGIN_MS = 8000;
const COMPUTE_MS = 30_000;

/** What was answered before the service was killed. */
interface Promised {
  /** Answered 201, in this order. */
  readonly created: readonly Job[];
  /** Of these, whose cancel was answered 200: as that answer said. */
  readonly cancelled: readonly Job[];
}

const MOMENTS: { moment: string; act: (trader: Trader) => Promise<Promised> }[] = [
  {
    moment: 'right after a create was answered',
    act: async (trader) => {
      const created = await submitAll(trader, [dca(5, 2), GRID, GRID, dca(3, 1), GRID]);
      return { created, cancelled: [] };
    },
  },
  {
    moment: 'right after a cancel was answered',
    act: async (trader) => {
      const created = await submitAll(trader, [dca(10, 5), GRID, GRID, dca(3, 1), GRID]);
      const [first, , third] = created;
      await runningPast(trader, first, 0);
      const waiting = await cancel(trader, third);
      const running = await cancel(trader, first);
      return { created, cancelled: [waiting, running] };
    },
  },
  {
    moment: 'in the middle of a run',
    act: async (trader) => {
      const created = await submitAll(trader, [dca(5, 2), dca(3, 1), GRID, GRID, GRID]);
      const [first, , , fourth] = created;
      const waiting = await cancel(trader, fourth);
      await runningPast(trader, first, 0.2);
      return { created, cancelled: [waiting] };
    },
  },
];

async function submitAll(trader: Trader, configs: readonly CreateJobRequest[]): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const config of configs) jobs.push(await trader.submit(config));
  return jobs;
}

async function runningPast(trader: Trader, job: Job | undefined, progress: number): Promise<void> {
  const patience = { what: 'a job to be on its way', atMostMs: 20_000, everyMs: 25 };
  const seen = await trader.waitFor(job?.id ?? '', (now) => now.progress > progress, patience);
  if (seen.status !== 'running') throw new Error(`Job ${seen.id} was ${seen.status} too soon for this test.`);
}

function cancel(trader: Trader, job: Job | undefined): Promise<Job> {
  return trader.cancel(job?.id ?? '', 'to see whether it lasts');
}

// Side by side, for most of the time is waiting.
describe.concurrent('The service, killed and started again on its store', () => {
  it.for(MOMENTS)('keeps its promises when killed $moment', async ({ act }, { expect, onTestFinished }) => {
    const stage = await Stage.open({ LEASE_MS: String(LEASE_MS) }, 2);
    onTestFinished(async () => {
      expect(await stage.close()).toEqual([]);
    });
    const promised = await act(stage.trader);

    const killedAt = await stage.crash();
    await stage.ready();
    const restartedAt = Date.now();
    // Nobody asks for a job or an account in this time: they must come back by themselves.
    await delay(LEASE_MS + MARGIN_MS);
    const askedAt = Date.now();
    const jobs = await allFinal(stage.trader);

    expect(jobs.map((job) => job.id)).toEqual(promised.created.map((job) => job.id).reverse());
    const cancelled = new Map(promised.cancelled.map((job) => [job.id, job]));
    const latest = restartedAt + LEASE_MS + MARGIN_MS + COMPUTE_MS;
    for (const job of jobs) {
      const before = cancelled.get(job.id);
      expect(job).toEqual(before ?? { ...job, status: 'done', error: null });
      if (before !== undefined) continue;
      expect(stamp(job.started_at)).toBeLessThan(latest);
      expect(stamp(job.finished_at)).toBeLessThan(latest);
    }
    // Stamps are cut to the second: an attempt of before the kill never looks like one of after it.
    const starts = (await attempts(stage.trader, jobs)).filter((ms) => ms > killedAt);
    expect(Math.min(...starts)).toBeLessThan(askedAt - 1000);
    expect(Math.min(...starts)).toBeLessThanOrEqual(restartedAt + LEASE_MS);
  });
});

function allFinal(trader: Trader): Promise<ListedJob[]> {
  return until(
    async () => {
      const jobs = await trader.list();
      return jobs.some((job) => job.status === 'queued' || job.status === 'running') ? null : jobs;
    },
    { what: 'every job to be final', atMostMs: COMPUTE_MS, everyMs: 250 },
  );
}

/** When the attempts at these jobs began. */
async function attempts(trader: Trader, jobs: readonly ListedJob[]): Promise<number[]> {
  const trails = await Promise.all(jobs.map((job) => trader.audit(job.id)));
  return trails
    .flat()
    .filter((row) => row.to === 'running')
    .map((row) => stamp(row.at));
}

function stamp(instant: string | null): number {
  return instant === null ? Infinity : Date.parse(instant);
}

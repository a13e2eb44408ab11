import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { syntheticSymbols } from '../candles/synthetic-symbols.ts';
import { PipaiError, type AuditRow, type CreateJobRequest, type Job } from '../client/index.ts';
import { FIRST_BACKTEST } from './curl-command.ts';
import type { Patience } from './poll.ts';
import type { Screen } from './screen.ts';
import { sparkline } from './sparkline.ts';
import type { Trader } from './trader.ts';

const CANCEL_FROM = 0.25;
const A_MOMENT_MS = 1500;
const SPARKLINE_WIDTH = 60;
const LONG_REASON = 'The hypothesis is answered already';
const QUEUED_REASON = 'Submitted by mistake';

const LONG_BACKTEST: CreateJobRequest = {
  template_id: 'tpl_dca',
  params: { every_bars: 1, order_quote: '10' },
  symbols: syntheticSymbols(),
  timeframe: '1m',
  start: '2020-01-01T00:00:00Z',
  end: '2024-12-31T23:59:00Z',
  capital: '300000000',
};

/** Tells and checks the whole story; throws at the first thing that is not as it must be. */
export async function tellStory(trader: Trader, screen: Screen): Promise<void> {
  await runGrid(trader, screen);
  const long = await startLongRun(trader, screen);
  const waiting = await cancelQueued(trader, screen);
  const kept = await cancelRunning(trader, screen, long.id);
  await cancelAgain(trader, screen, long.id);
  await staysSo(trader, screen, kept, waiting);
}

async function runGrid(trader: Trader, screen: Screen): Promise<void> {
  screen.title('A grid on BTCUSDT, hour by hour, over half a year');
  const { id } = await trader.submit(FIRST_BACKTEST);
  const job = await trader.waitFor(id, isFinal, within(20, 'the grid backtest to end'), (now) => {
    screen.progress(now.status, now.progress);
  });
  assert.equal(job.status, 'done', `The grid backtest is ${job.status}: ${job.error?.message ?? ''}`);
  assert.equal(job.progress, 1, 'The progress of a finished backtest is not 1.');
  assert.ok(job.result !== null, 'A finished backtest has no result.');
  const equity = job.result.equity_curve.map(([, value]) => Number(value));
  assert.ok(equity.length > 1, 'The equity curve has no points.');
  assert.ok(job.result.metrics.total_trades > 0, 'The grid has not traded.');
  for (const [name, value] of Object.entries(job.result.metrics)) {
    screen.say(`${name.padEnd(28)}${String(value ?? '-').padStart(14)}`);
  }
  screen.say(`equity  ${sparkline(equity, SPARKLINE_WIDTH)}`);
  screen.good(`${id} is done.`);
}

async function startLongRun(trader: Trader, screen: Screen): Promise<Job> {
  screen.title('An order a minute on ten symbols, over five years');
  const { id } = await trader.submit(LONG_BACKTEST);
  const job = await trader.waitFor(id, (now) => now.status !== 'queued', within(15, 'the long run to start'));
  assert.equal(job.status, 'running', `The long run is ${job.status}: ${job.error?.message ?? ''}`);
  screen.good(`${id} is running. This account may run one job at a time.`);
  return job;
}

async function cancelQueued(trader: Trader, screen: Screen): Promise<Job> {
  screen.title('Meanwhile: a job cancelled while it waits for its turn');
  const { id } = await trader.submit(FIRST_BACKTEST);
  const before = await trader.get(id);
  assert.equal(before.status, 'queued', `The job that should wait is ${before.status}.`);
  const job = await trader.cancel(id, QUEUED_REASON);
  assert.equal(job.status, 'cancelled');
  assert.equal(job.started_at, null, 'A job that never ran has a started_at.');
  assert.ok(job.finished_at !== null, 'A cancelled job has no finished_at.');
  assert.equal(job.progress, 0, 'A job that never ran has progress.');
  assert.equal(job.result, null, 'A cancelled job has a result.');
  checkTrail(await trader.audit(id), [['queued', 'cancelled', QUEUED_REASON]]);
  screen.good(`${id} is cancelled; started_at is null.`);
  return job;
}

async function cancelRunning(trader: Trader, screen: Screen, id: string): Promise<Job> {
  screen.title('The long run, cancelled midway');
  const far = within(30, `the long run to pass ${String(CANCEL_FROM)}`);
  const before = await trader.waitFor(
    id,
    (now) => isFinal(now) || now.progress > CANCEL_FROM,
    far,
    (now) => {
      screen.progress(now.status, now.progress);
    },
  );
  assert.equal(before.status, 'running', `The long run is ${before.status} before its cancel.`);
  const job = await trader.cancel(id, LONG_REASON);
  screen.progress(job.status, job.progress);
  screen.endProgress();
  assert.equal(job.status, 'cancelled');
  assert.ok(job.started_at !== null, 'A job that ran has no started_at.');
  assert.ok(job.finished_at !== null, 'A cancelled job has no finished_at.');
  assert.ok(job.progress >= before.progress && job.progress < 1, 'The cancel lost the progress.');
  assert.equal(job.result, null, 'A cancelled job has a result.');
  assert.equal(job.error, null, 'A cancelled job has an error.');
  const trail = await trader.audit(id);
  checkTrail(trail, [
    ['queued', 'running', null],
    ['running', 'cancelled', LONG_REASON],
  ]);
  screen.good(`${id} is cancelled; its progress of ${job.progress.toFixed(4)} is kept.`);
  for (const row of trail) {
    screen.say(`audit  ${row.at}  ${row.from} → ${row.to}  by ${row.actor}  ${row.reason ?? ''}`);
  }
  return job;
}

async function cancelAgain(trader: Trader, screen: Screen, id: string): Promise<void> {
  screen.title('A second cancel');
  const refused = await trader.cancel(id, LONG_REASON).catch((error: unknown) => error);
  assert.ok(refused instanceof PipaiError, `A second cancel was not refused: ${JSON.stringify(refused)}`);
  assert.deepEqual([refused.status, refused.code], [409, 'INVALID_STATE']);
  assert.deepEqual(refused.details, [{ path: 'status', message: 'cancelled' }]);
  screen.good(`409 ${refused.code}: ${refused.message}`);
}

async function staysSo(trader: Trader, screen: Screen, ...cancelled: Job[]): Promise<void> {
  screen.title('A moment later');
  // Time in which a worker that had not stopped would report, and in which the freed slot would go to the other job.
  await delay(A_MOMENT_MS);
  for (const job of cancelled) {
    assert.deepEqual(await trader.get(job.id), job, `Job ${job.id} changed after its cancel.`);
    screen.good(`${job.id} is ${job.status} as before, at ${job.progress.toFixed(4)}.`);
  }
}

/** Checks a trail's changes, and that people's are signed with a key. */
function checkTrail(
  rows: readonly AuditRow[],
  expected: readonly (readonly [string, string, string | null])[],
) {
  const changes = rows.map((row) => [row.from, row.to, row.reason]);
  assert.deepEqual(changes, expected, `The audit trail is ${JSON.stringify(rows)}`);
  for (const row of rows) {
    if (row.to === 'cancelled') assert.match(row.actor, /^pk_/, 'A cancel was not noted as the key’s.');
  }
}

function isFinal(job: Job): boolean {
  return job.status !== 'queued' && job.status !== 'running';
}

function within(seconds: number, what: string): Patience {
  return { what, atMostMs: seconds * 1000, everyMs: 100 };
}

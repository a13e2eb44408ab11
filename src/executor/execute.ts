import * as z from 'zod';
import type { BacktestJob } from '../job/backtest-job.ts';
import type { Lease } from '../job/calls.ts';
import { decodeJobId } from '../job/job-id.ts';
import type { JobError } from '../job/machine.ts';
import type { Actor } from '../job/store.ts';
import { sha256 } from '../digest.ts';
import { dropResult, handOver, newResultKey } from '../results/bucket.ts';
import type { StoredResult } from '../results/stored.ts';
import { ResultWriter } from '../results/writer.ts';
import { log, whatFailed } from '../observe/log.ts';
import { runEnded } from '../observe/runs.ts';
import { retrying } from '../rpc.ts';
import { jobConfig, type JobConfig } from '../schemas/job.ts';
import { readSettings } from '../settings.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { simulate, type Simulation } from './simulate.ts';

/** How much one attempt may take. */
export interface RunLimits {
  /** Wall time in milliseconds. */
  readonly runMs: number;
  /** The trades as JSON. */
  readonly resultBytes: number;
}

/** A queue consumer may take 15 minutes of wall time. Writing so many trades takes a fifth of the CPU time it may. */
const LIMITS: RunLimits = { runMs: 14 * 60_000, resultBytes: 4 * 1024 ** 3 };

/** A result that is stored, on its way into its job. */
interface Report {
  readonly result: StoredResult;
  readonly metrics: string;
}

/**
 * Runs one job if it may be started: leases it, simulates, and reports what came of it.
 * Whatever goes wrong on the way is left to the lease: it lapses, and the job is tried again.
 * @param requestId identifies the delivery in the audit trail.
 */
export async function executeJob(
  env: Cloudflare.Env,
  jobId: string,
  requestId: string,
  limits = LIMITS,
): Promise<void> {
  const objectId = decodeJobId(env.BACKTEST_JOB, jobId);
  if (objectId === null) {
    log('error', 'message_names_no_job', { job_id: jobId.slice(0, 64) });
    return;
  }
  const job = () => env.BACKTEST_JOB.get(objectId);
  const by = { actor: 'system', accountId: null, requestId, arrival: crypto.randomUUID() };
  const lease = crypto.randomUUID();
  const started = await retrying(async () => await job().start(lease, by));
  // Final, or in other hands: a message may come twice or late.
  if (!started.ok) return;

  const began = performance.now();
  const { attempt } = started.value;
  const keeper = new LeaseKeeper((progress) => job().heartbeat({ lease, progress }));
  const outcome = await attemptRun(env, started.value, keeper, limits);
  const taken = await reported(env, outcome, lease, by, job);
  runEnded(env, {
    jobId,
    account: started.value.accountId,
    requestId,
    template: templateOf(started.value.job.config),
    attempt,
    outcome: taken ? nameOf(outcome) : 'stopped',
    durationMs: Math.round(performance.now() - began),
  });
}

/** Whether the job took what came of an attempt. */
async function reported(
  env: Cloudflare.Env,
  outcome: Simulation<Report>,
  lease: string,
  by: Actor,
  job: () => DurableObjectStub<BacktestJob>,
): Promise<boolean> {
  switch (outcome.kind) {
    case 'stopped':
      return false;
    case 'failed':
      // A repetition finds the job failed, and is refused: nothing more to do.
      return (await retrying(async () => await job().fail({ lease, error: outcome.error }, by))).ok;
    case 'done': {
      const { result, metrics } = outcome.result;
      const digest = result.kind === 'row' ? await sha256(result.bytes) : result.key;
      const report = { lease, result, metrics, digest };
      const complete = () => retrying(async () => await job().complete(report, by));
      return (await handOver(env.RESULTS, result, complete)).ok;
    }
  }
}

function nameOf(outcome: Simulation<Report>): string {
  return outcome.kind === 'failed' ? outcome.error.code : outcome.kind;
}

function templateOf(config: string): string {
  return z.object({ template_id: z.string() }).parse(JSON.parse(config)).template_id;
}

/** One attempt under a lease, which ends with it. */
async function attemptRun(
  env: Cloudflare.Env,
  { attempt, job }: Lease,
  keeper: LeaseKeeper,
  limits: RunLimits,
): Promise<Simulation<Report>> {
  const writer = new ResultWriter(env.RESULTS, newResultKey(job.id));
  try {
    const config = jobConfig.parse(JSON.parse(job.config));
    const work = simulateAndStore(env, config, writer, keeper, limits);
    // A bucket that does not answer must not keep the lease alive, nor a worker whose job is cancelled.
    const outcome = await Promise.race([work, interrupted(keeper, limits)]);
    if (outcome.kind !== 'done') void discard(env, work);
    return outcome;
  } catch (error) {
    log('error', 'attempt_failed', { job_id: job.id, attempt, ...whatFailed(error) });
    if (attempt < readSettings(env).MAX_ATTEMPTS) return { kind: 'stopped' };
    return { kind: 'failed', error: { code: 'INTERNAL', message: 'The executor failed on this job.' } };
  } finally {
    await keeper.stop();
    await writer.close();
  }
}

async function simulateAndStore(
  env: Cloudflare.Env,
  config: JobConfig,
  writer: ResultWriter,
  keeper: LeaseKeeper,
  limits: RunLimits,
): Promise<Simulation<Report>> {
  const candles = { bucket: env.CANDLES, synthetic: readSettings(env).SYNTHETIC_CANDLES === 'on' };
  const outcome = await simulate(config, candles, writer, {
    now: () => Date.now(),
    async pause(progress) {
      keeper.report(progress);
      // Lets the heartbeat and, locally, every request get their turn on this thread; only I/O moves the clock.
      await scheduler.wait(0);
      return keeper.holds && writer.bytes <= limits.resultBytes;
    },
  });
  if (outcome.kind === 'stopped' && keeper.holds) return { kind: 'failed', error: tooLarge(limits) };
  if (outcome.kind !== 'done') return outcome;
  const result = await writer.finish(outcome.result);
  return { kind: 'done', result: { result, metrics: JSON.stringify(outcome.result.metrics) } };
}

function tooLarge({ resultBytes }: RunLimits): JobError {
  const message = `The trades take more than ${String(resultBytes)} bytes; use a shorter window, a coarser timeframe or fewer symbols.`;
  return { code: 'TEMPLATE_ERROR', message };
}

/** Waits for what ends an attempt from outside: the loss of its lease, or the end of its time. */
async function interrupted(keeper: LeaseKeeper, limits: RunLimits): Promise<Simulation<Report>> {
  try {
    await scheduler.wait(limits.runMs, { signal: keeper.signal });
    return { kind: 'failed', error: timeout(limits) };
  } catch {
    return { kind: 'stopped' };
  }
}

/** Takes away what an attempt that was interrupted may still have stored. */
async function discard(env: Cloudflare.Env, work: Promise<Simulation<Report>>): Promise<void> {
  const late = await work.catch(() => null);
  if (late?.kind === 'done' && late.result.result.kind === 'object')
    await dropResult(env.RESULTS, late.result.result.key);
}

function timeout({ runMs }: RunLimits): JobError {
  const message = `The backtest took more than ${String(runMs / 60_000)} minutes; use a shorter window or a coarser timeframe.`;
  return { code: 'TIMEOUT', message };
}

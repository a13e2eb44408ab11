import * as z from 'zod';
import type { BacktestJob, Lease } from '../job/backtest-job.ts';
import { decodeJobId } from '../job/job-id.ts';
import type { JobError } from '../job/machine.ts';
import type { Actor } from '../job/store.ts';
import { log, whatFailed } from '../observe/log.ts';
import { runEnded } from '../observe/runs.ts';
import { retrying } from '../rpc.ts';
import { jobConfig, type JobConfig } from '../schemas/job.ts';
import { readSettings } from '../settings.ts';
import { encodeResult } from './encode.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { simulate, type Simulation } from './simulate.ts';

/** How much one attempt may take. */
export interface RunLimits {
  /** Wall time in milliseconds. */
  readonly runMs: number;
  /** The encoded result. */
  readonly resultBytes: number;
}

/** A queue consumer may take 15 minutes of wall time; an RPC carries 32 MiB, of which some is left to its envelope. */
const LIMITS: RunLimits = { runMs: 14 * 60_000, resultBytes: 24 * 1024 * 1024 };

/** A result as {@link BacktestJob.complete} takes it. */
interface Report {
  readonly result: Uint8Array;
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
  const by = { actor: 'system', requestId };
  const started = await job().start(by);
  // Final, or in other hands: a message may come twice or late.
  if (!started.ok) return;

  const began = performance.now();
  const { lease, attempt } = started.value;
  const keeper = new LeaseKeeper((progress) => job().heartbeat({ lease, progress }));
  const outcome = await attemptRun(env, started.value, keeper, limits);
  const taken = await reported(outcome, lease, by, job);
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
    case 'done':
      return (await retrying(async () => await job().complete({ lease, ...outcome.result }, by))).ok;
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
  const deadline = Date.now() + limits.runMs;
  try {
    const candles = { bucket: env.CANDLES, synthetic: readSettings(env).SYNTHETIC_CANDLES === 'on' };
    const outcome = await simulateAndEncode(
      jobConfig.parse(JSON.parse(job.config)),
      candles,
      async (progress) => {
        keeper.report(progress);
        // Lets the heartbeat and, locally, every request get their turn on this thread; only I/O moves the clock.
        await scheduler.wait(0);
        return keeper.holds && Date.now() < deadline;
      },
    );
    if (outcome.kind === 'stopped' && keeper.holds) return { kind: 'failed', error: timeout(limits) };
    return outcome.kind === 'done' ? withinLimit(outcome.result, limits) : outcome;
  } catch (error) {
    log('error', 'attempt_failed', { job_id: job.id, attempt, ...whatFailed(error) });
    if (attempt < readSettings(env).MAX_ATTEMPTS) return { kind: 'stopped' };
    return { kind: 'failed', error: { code: 'INTERNAL', message: 'The executor failed on this job.' } };
  } finally {
    await keeper.stop();
  }
}

async function simulateAndEncode(
  config: JobConfig,
  candles: { bucket: R2Bucket; synthetic: boolean },
  afterSlice: (progress: number) => Promise<boolean>,
): Promise<Simulation<Report>> {
  const simulation = await simulate(config, candles, afterSlice);
  if (simulation.kind !== 'done') return simulation;
  const result = await encodeResult(simulation.result, () => afterSlice(1));
  if (result === null) return { kind: 'stopped' };
  return { kind: 'done', result: { result, metrics: JSON.stringify(simulation.result.metrics) } };
}

function withinLimit(report: Report, { resultBytes }: RunLimits): Simulation<Report> {
  const bytes = report.result.length;
  if (bytes <= resultBytes) return { kind: 'done', result: report };
  const message = `The result has ${String(bytes)} bytes, over the limit of ${String(resultBytes)}; use a shorter window or fewer symbols.`;
  return { kind: 'failed', error: { code: 'TEMPLATE_ERROR', message } };
}

function timeout({ runMs }: RunLimits): JobError {
  const message = `The backtest took more than ${String(runMs / 60_000)} minutes; use a shorter window or a coarser timeframe.`;
  return { code: 'TIMEOUT', message };
}

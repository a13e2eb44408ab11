import { log, whatFailed } from './log.ts';

/** One thing that was done, counted and timed. */
export interface Measurement {
  readonly kind: 'request' | 'run';
  /** A request's route pattern; a run's template. */
  readonly what: string;
  /** A request's method; empty of a run. */
  readonly method: string;
  /** `ok`, or the code of the refusal or failure. */
  readonly outcome: string;
  /** Null where nobody was authenticated. */
  readonly account: string | null;
  readonly durationMs: number;
  /** A request's HTTP status; 0 of a run. */
  readonly status: number;
}

/**
 * Writes a data point where a dataset is bound. Columns: `index1` account, `blob1` kind, `blob2` what, `blob3` method, `blob4`
 * outcome, `double1` 1, `double2` milliseconds, `double3` HTTP status. Points may be sampled: count with `_sample_interval`.
 * Never fails the request or the run.
 */
export function measure(env: Cloudflare.Env, point: Measurement): void {
  try {
    env.METRICS?.writeDataPoint({
      indexes: [point.account ?? 'none'],
      blobs: [point.kind, point.what, point.method, point.outcome],
      doubles: [1, point.durationMs, point.status],
    });
  } catch (error) {
    log('warn', 'metrics_failed', whatFailed(error));
  }
}

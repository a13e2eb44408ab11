import { log } from './log.ts';
import { measure } from './metrics.ts';

/** One attempt at a job, from its lease to its report. */
export interface RunReport {
  readonly jobId: string;
  readonly account: string;
  /** Of the delivery, as the audit trail has it. */
  readonly requestId: string;
  readonly template: string;
  readonly attempt: number;
  /** `done`, `stopped` when the job was cancelled, the lease lost or the attempt given up, else the code of the failure. */
  readonly outcome: string;
  readonly durationMs: number;
}

/** One line and one data point a run. */
export function runEnded(env: Cloudflare.Env, run: RunReport): void {
  const { outcome, durationMs } = run;
  log('info', 'run', {
    request_id: run.requestId,
    account: run.account,
    job_id: run.jobId,
    template_id: run.template,
    attempt: run.attempt,
    outcome,
    duration_ms: durationMs,
  });
  measure(env, {
    kind: 'run',
    what: run.template,
    method: '',
    outcome: outcome === 'done' ? 'ok' : outcome,
    account: run.account,
    durationMs,
    status: 0,
  });
}

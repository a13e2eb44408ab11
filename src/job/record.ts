import * as z from 'zod';
import { JOB_ERROR_CODES, type JobState, type JobStatus } from './machine.ts';

/** Why a job failed, as it is kept. What may come in is narrower. */
export const storedError = z.strictObject({ code: z.enum(JOB_ERROR_CODES), message: z.string() });

/** All that a job object keeps about its job, the result aside. Times are milliseconds since the epoch. */
export interface JobRecord {
  readonly id: string;
  readonly accountId: string;
  /** The resolved configuration as JSON text. */
  readonly config: string;
  readonly submittedAt: number;
  readonly state: JobState;
  /** The result's metrics as JSON text, once done. */
  readonly metrics: string | null;
  /** The client's `Idempotency-Key` of the cancel that won, and the digest of its body. */
  readonly cancelKey: string | null;
  readonly cancelBody: string | null;
  /** The arrival of the request that made the job final; null where it was no request, or is not final. */
  readonly endedBy: string | null;
  /** Counts changes of status from 1, so that whoever hears of them late can tell. */
  readonly version: number;
  /** The last version the account has acknowledged. */
  readonly published: number;
  /** Counts from 1 what a watcher can see: changes of status and of progress, but no mere renewal of the lease. */
  readonly revision: number;
}

/** A job as answers and lists show it, the result aside. Plain values only: it crosses RPC. */
export interface JobSnapshot {
  readonly id: string;
  readonly status: JobStatus;
  readonly config: string;
  readonly submittedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly progress: number;
  /** JSON text. */
  readonly metrics: string | null;
  /** JSON text. */
  readonly error: string | null;
  readonly version: number;
}

/** What of a job the outside may see. */
export function snapshotOf(job: JobRecord): JobSnapshot {
  const { status, startedAt, finishedAt, progress, error } = job.state;
  return {
    id: job.id,
    status,
    config: job.config,
    submittedAt: job.submittedAt,
    startedAt,
    finishedAt,
    progress,
    metrics: job.metrics,
    error: error === null ? null : JSON.stringify(error),
    version: job.version,
  };
}

/** A change of status, as the audit trail shows it. */
export interface AuditRow {
  readonly at: number;
  readonly from: JobStatus;
  readonly to: JobStatus;
  readonly actor: string;
  readonly reason: string | null;
  readonly requestId: string | null;
}

import type { StoredResult } from '../results/stored.ts';
import type { JobStatus } from './machine.ts';
import type { JobSnapshot } from './record.ts';
import type { Actor } from './store.ts';

/** What a job object is asked, what it answers, and why it refuses. */

/**
 * Why a job object refused. `status` is that of the job; `UNAVAILABLE` means that its account was out of reach, `UNANSWERED` that
 * the account may have noted something all the same.
 */
export type JobRefusal =
  | { readonly ok: false; readonly code: 'NOT_FOUND' | 'IDEMPOTENCY_CONFLICT' | 'UNAVAILABLE' | 'UNANSWERED' }
  | { readonly ok: false; readonly code: 'INVALID_STATE' | 'STALE_LEASE'; readonly status: JobStatus };

/** A new job, as its account orders it. */
export interface CreateJob {
  readonly id: string;
  readonly accountId: string;
  readonly config: string;
  readonly submittedAt: number;
}

/** A client's `Idempotency-Key`, and a digest of the body it came with. */
export interface KeyOfClient {
  readonly key: string;
  readonly body: string;
}

/** A client's wish to cancel. */
export interface CancelJob extends Actor {
  readonly accountId: string;
  readonly reason: string | null;
  readonly idempotency: KeyOfClient | null;
}

/** A worker's right to run a job. */
export interface Lease {
  readonly lease: string;
  readonly attempt: number;
  readonly leaseExpiresAt: number;
  /** Whose job it is; not for workers outside. */
  readonly accountId: string;
  readonly job: JobSnapshot;
}

/** A result on its way into its job. */
export interface CompleteJob {
  readonly lease: string;
  /** Of an object in the bucket: it is there already. */
  readonly result: StoredResult;
  /** Tells the content: a worker that repeats its report is known by it. */
  readonly digest: string;
  /** JSON text. */
  readonly metrics: string;
}

/** The answer to a heartbeat: go on, or stop because the job is final. */
export type HeartbeatAnswer =
  | { readonly continue: true; readonly leaseExpiresAt: number }
  | { readonly continue: false; readonly status: JobStatus };

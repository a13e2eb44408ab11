/**
 * The life of a job, as one pure function: no I/O, no clock, no randomness.
 *
 *   queued ──start──▶ running ──complete──▶ done
 *     ▲                 │ ├─────fail──────▶ failed
 *     └─lease expired───┘ └─attempts used up▶ failed
 *   queued, running ──cancel──▶ cancelled
 *   queued ──dead letter──▶ failed
 *
 * `done`, `failed` and `cancelled` are final: no event leaves them.
 */

/** Where a job stands. */
export const JOB_STATUSES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
/** One of {@link JOB_STATUSES}. */
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The codes of a failed job's error. */
export const JOB_ERROR_CODES = [
  'DATA_UNAVAILABLE',
  'TEMPLATE_ERROR',
  'WORKER_LOST',
  'TIMEOUT',
  'INTERNAL',
] as const;

/** Why a job failed, as clients see it. */
export interface JobError {
  readonly code: (typeof JOB_ERROR_CODES)[number];
  readonly message: string;
}

/** The part of a job that events change. Times are milliseconds since the epoch. */
export interface JobState {
  readonly status: JobStatus;
  /** 0 to 1; never falls within one attempt; 1 when done. */
  readonly progress: number;
  /** How often a worker has started the job. */
  readonly attempt: number;
  /** While running, the lease that fences the worker; once done, the one that completed it; else null. */
  readonly lease: string | null;
  /** Set exactly while running. */
  readonly leaseExpiresAt: number | null;
  /** When the first worker began. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Set exactly when done: SHA-256 of the result that won. */
  readonly resultDigest: string | null;
  /** Set exactly when failed. */
  readonly error: JobError | null;
}

/** What can happen to a job. */
export type JobEvent =
  | { readonly type: 'start'; readonly lease: string; readonly leaseMs: number }
  | {
      readonly type: 'heartbeat';
      readonly lease: string;
      readonly progress: number;
      readonly leaseMs: number;
    }
  | { readonly type: 'complete'; readonly lease: string; readonly resultDigest: string }
  | { readonly type: 'fail'; readonly lease: string; readonly error: JobError }
  | { readonly type: 'cancel'; readonly reason: string | null }
  | { readonly type: 'tick'; readonly maxAttempts: number }
  | { readonly type: 'dead_letter' };

/** A change of status, as the audit trail keeps it. */
export interface StatusChange {
  readonly from: JobStatus;
  readonly to: JobStatus;
  readonly at: number;
  /** The cancel's note. */
  readonly reason: string | null;
}

/** What becomes of an event. */
export type Decision =
  /** The status changed; `change` belongs into the audit trail with it. */
  | { readonly kind: 'changed'; readonly state: JobState; readonly change: StatusChange }
  /** Progress and lease moved, the status did not. */
  | { readonly kind: 'renewed'; readonly state: JobState }
  /** Nothing to do: a repetition, or something not due. */
  | { readonly kind: 'unchanged'; readonly state: JobState }
  | { readonly kind: 'refused'; readonly code: 'INVALID_STATE' | 'STALE_LEASE'; readonly status: JobStatus };

/** A job nobody has touched yet. */
export const NEW_JOB: JobState = {
  status: 'queued',
  progress: 0,
  attempt: 0,
  lease: null,
  leaseExpiresAt: null,
  startedAt: null,
  finishedAt: null,
  resultDigest: null,
  error: null,
};

/** Whether nothing changes a job of this status any more. */
export function isFinal(status: JobStatus): boolean {
  return status === 'done' || status === 'failed' || status === 'cancelled';
}

/**
 * Decides what `event` does to a job.
 * A lease is lost at the instant it expires, but only a `tick` says so: send one before any other event.
 * @param now milliseconds since the epoch.
 */
export function transition(job: JobState, event: JobEvent, now: number): Decision {
  switch (event.type) {
    case 'start':
      if (job.status === 'running' && job.lease === event.lease) return { kind: 'unchanged', state: job };
      if (job.status !== 'queued') return refused('INVALID_STATE', job);
      return changed(job, now, {
        status: 'running',
        attempt: job.attempt + 1,
        lease: event.lease,
        leaseExpiresAt: now + event.leaseMs,
        startedAt: job.startedAt ?? now,
      });

    case 'heartbeat':
      if (isFinal(job.status)) return { kind: 'unchanged', state: job };
      if (!holds(job, event.lease)) return refused('STALE_LEASE', job);
      return {
        kind: 'renewed',
        state: {
          ...job,
          progress: Math.max(job.progress, event.progress),
          leaseExpiresAt: now + event.leaseMs,
        },
      };

    case 'complete':
      if (job.lease === event.lease && job.resultDigest === event.resultDigest) {
        return { kind: 'unchanged', state: job };
      }
      if (isFinal(job.status)) return refused('INVALID_STATE', job);
      if (!holds(job, event.lease)) return refused('STALE_LEASE', job);
      return changed(job, now, {
        status: 'done',
        progress: 1,
        leaseExpiresAt: null,
        finishedAt: now,
        resultDigest: event.resultDigest,
      });

    case 'fail':
      if (isFinal(job.status)) return refused('INVALID_STATE', job);
      if (!holds(job, event.lease)) return refused('STALE_LEASE', job);
      return changed(job, now, ended('failed', now, event.error));

    case 'cancel':
      if (isFinal(job.status)) return refused('INVALID_STATE', job);
      return changed(job, now, ended('cancelled', now, null), event.reason);

    case 'tick':
      if (job.leaseExpiresAt === null || now < job.leaseExpiresAt) return { kind: 'unchanged', state: job };
      if (job.attempt >= event.maxAttempts) {
        const message = `No worker finished the job in ${String(job.attempt)} attempts.`;
        return changed(job, now, ended('failed', now, { code: 'WORKER_LOST', message }));
      }
      return changed(job, now, { status: 'queued', progress: 0, lease: null, leaseExpiresAt: null });

    case 'dead_letter':
      // A running job has a worker whose lease decides; the dead message was a duplicate.
      if (job.status !== 'queued') return { kind: 'unchanged', state: job };
      return changed(
        job,
        now,
        ended('failed', now, { code: 'WORKER_LOST', message: 'The job could not be handed to a worker.' }),
      );
  }
}

function holds(job: JobState, lease: string): boolean {
  return job.status === 'running' && job.lease === lease;
}

function ended(status: 'failed' | 'cancelled', now: number, error: JobError | null): Partial<JobState> {
  return { status, lease: null, leaseExpiresAt: null, finishedAt: now, error };
}

function changed(
  job: JobState,
  now: number,
  next: Partial<JobState>,
  reason: string | null = null,
): Decision {
  const state = { ...job, ...next };
  return { kind: 'changed', state, change: { from: job.status, to: state.status, at: now, reason } };
}

function refused(code: 'INVALID_STATE' | 'STALE_LEASE', job: JobState): Decision {
  return { kind: 'refused', code, status: job.status };
}

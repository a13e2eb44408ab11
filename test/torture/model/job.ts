import {
  isFinal,
  onWire,
  refused,
  shown,
  UNKNOWN,
  viewOf,
  type Answer,
  type Call,
  type Job,
  type Platform,
  type Status,
} from './world.ts';

/** The life of one job, as the contract tells it. Pure. */

const LEASE_MS = 30_000;
const MAX_ATTEMPTS = 3;
const DAY_MS = 86_400_000;
const SYSTEM = 'system';

type JobCall = Exclude<Call, { call: 'create' | 'list' | 'ring account' | 'tell' | 'stranger' }>;

/** What a call does to a job whose lost lease was noticed. */
export function toJob(job: Job, call: JobCall, now: number, lease: string): { job: Job; answer: Answer } {
  const stay = (answer: Answer) => ({ job, answer });
  const holds = 'lease' in call && job.status === 'running' && job.lease === call.lease;
  switch (call.call) {
    case 'start': {
      if (job.status !== 'queued') return stay(refused('INVALID_STATE', job));
      const next = started(job, now, call.actor, lease);
      const until = onWire(now + LEASE_MS);
      return { job: next, answer: { kind: 'lease', lease, attempt: next.attempts, until, job: shown(next) } };
    }
    case 'heartbeat':
      if (isFinal(job.status)) return stay({ kind: 'stop', status: job.status });
      if (!holds) return stay(refused('STALE_LEASE', job));
      return {
        job: { ...job, progress: Math.max(job.progress, call.progress), leaseUntil: now + LEASE_MS },
        answer: { kind: 'continue', until: onWire(now + LEASE_MS) },
      };
    case 'complete': {
      const again = job.status === 'done' && job.lease === call.lease && job.result === call.result;
      if (again) return stay({ kind: 'job', job: shown(job), replayed: false });
      if (isFinal(job.status)) return stay(refused('INVALID_STATE', job));
      if (!holds) return stay(refused('STALE_LEASE', job));
      return answered(completed(job, now, call.actor, call.result));
    }
    case 'fail':
      if (isFinal(job.status)) return stay(refused('INVALID_STATE', job));
      if (!holds) return stay(refused('STALE_LEASE', job));
      return answered(ended(job, now, 'failed', { actor: call.actor, error: call.error }));
    case 'cancel':
      return cancel(job, call, now);
    case 'get':
      return stay({ kind: 'job', job: shown(job), replayed: false });
    case 'audit':
      return stay({ kind: 'audit', rows: job.trail.map((row) => ({ ...row, at: onWire(row.at) })) });
    case 'ring':
      return stay({ kind: 'taken' });
    case 'execute':
      if (job.status !== 'queued') return stay({ kind: 'taken' });
      return {
        job: completed(started(job, now, SYSTEM, UNKNOWN), now, SYSTEM, 'engine'),
        answer: { kind: 'taken' },
      };
    case 'bury':
      if (job.status !== 'queued') return stay({ kind: 'taken' });
      return {
        job: ended(job, now, 'failed', { actor: SYSTEM, error: 'WORKER_LOST' }),
        answer: { kind: 'taken' },
      };
  }
}

function cancel(job: Job, call: Extract<Call, { call: 'cancel' }>, now: number) {
  const body = call.reason ?? '';
  const won = job.cancelledWith;
  const known = call.key !== null && won?.key === call.key && now < (job.finishedAt ?? 0) + DAY_MS;
  if (known && won.body !== body) return { job, answer: refused('IDEMPOTENCY_CONFLICT') };
  if (known) return answered(job, true);
  if (isFinal(job.status)) return { job, answer: refused('INVALID_STATE', job) };
  const next = ended(job, now, 'cancelled', { actor: call.actor, reason: call.reason });
  return answered({ ...next, cancelledWith: call.key === null ? null : { key: call.key, body } });
}

/** A lease that is over is lost: the job waits again, or has used up its attempts. */
export function lapsed(job: Job, now: number): Job {
  if (job.leaseUntil === null || now < job.leaseUntil) return job;
  if (job.attempts >= MAX_ATTEMPTS) return ended(job, now, 'failed', { actor: SYSTEM, error: 'WORKER_LOST' });
  return changed(job, now, 'queued', { actor: SYSTEM, progress: 0, lease: null, leaseUntil: null });
}

function started(job: Job, now: number, actor: string, lease: string): Job {
  return changed(job, now, 'running', {
    actor,
    lease,
    leaseUntil: now + LEASE_MS,
    attempts: job.attempts + 1,
    startedAt: job.startedAt ?? now,
  });
}

function completed(job: Job, now: number, actor: string, result: string): Job {
  return changed(job, now, 'done', { actor, progress: 1, leaseUntil: null, finishedAt: now, result });
}

function ended(
  job: Job,
  now: number,
  to: 'failed' | 'cancelled',
  how: { actor: string; reason?: string | null; error?: string },
): Job {
  return changed(job, now, to, { lease: null, leaseUntil: null, finishedAt: now, ...how });
}

/** A change of status, with the row it leaves. */
function changed(
  job: Job,
  now: number,
  to: Status,
  { actor, reason = null, ...next }: Partial<Job> & { actor: string; reason?: string | null },
): Job {
  const row = { at: now, from: job.status, to, actor, reason };
  return { ...job, ...next, status: to, trail: [...job.trail, row], told: false };
}

/** After every call a job tells its account what that does not know. */
export function told(job: Job, { account }: Platform): Job {
  if (job.told || account === 'deaf') return job;
  return { ...job, told: account === 'ok', heard: { ...viewOf(job), changes: job.trail.length } };
}

function answered(job: Job, replayed = false): { job: Job; answer: Answer } {
  return { job, answer: { kind: 'job', job: shown(job), replayed } };
}

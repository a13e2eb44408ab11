/** What the reference model knows of an account and its jobs, and the words it has for calls and answers. Times are milliseconds since the epoch. */

export type Status = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** A row of the audit trail. */
export interface Row {
  at: number;
  from: Status;
  to: Status;
  actor: string;
  reason: string | null;
}

/** What an answer shows of a job. */
export interface View {
  status: Status;
  progress: number;
  startedAt: number | null;
  finishedAt: number | null;
  /** The code of its error. */
  error: string | null;
  /** A name for its result. */
  result: string | null;
}

/** What a job tells its account: how it is after so many changes. */
export type News = View & { changes: number };

export interface Job extends View {
  /** Null until somebody has seen it: of a create whose answer was lost. */
  id: string | null;
  /** What tells its configuration from others. */
  tag: number;
  signature: string;
  submittedAt: number;
  attempts: number;
  /** While running, and of the winner once done; {@link UNKNOWN} where the answer that gave it was lost. */
  lease: string | null;
  leaseUntil: number | null;
  cancelledWith: { key: string; body: string } | null;
  trail: Row[];
  /** Whether the job knows that its account knows of the last change. */
  told: boolean;
  /** What the account last heard; null while the job is only intended. */
  heard: News | null;
  /** Whether its account noted a change that was not refused: it may have heard less of the job than a client. */
  touched: boolean;
}

/** Where the platform does not do what it should. */
export interface Platform {
  /** What becomes of a telling to the account: `deaf` it never arrives, `mute` it does but the acknowledgement is lost. */
  account: 'ok' | 'deaf' | 'mute';
  /** What becomes of an order to create: unreachable job objects, or ones that throw. */
  creation: 'ok' | 'unreachable' | 'broken';
  queue: 'ok' | 'refuses';
}

/** `job` is told by the signature of its create. */
export interface KeyUse {
  on: 'create' | 'cancel';
  body: string;
  job: string;
}

export interface World {
  now: number;
  jobs: Job[];
  /** What each `Idempotency-Key` was first used for. */
  keys: Record<string, KeyUse & { until: number }>;
  /** The signatures of creates that made no job, and are not to make one later. */
  spent: string[];
  platform: Platform;
}

export type Call =
  | { call: 'create'; tag: number; key: string | null; signedAt: number }
  | { call: 'start'; id: string; actor: string }
  | { call: 'heartbeat'; id: string; lease: string; progress: number }
  | { call: 'complete'; id: string; lease: string; result: string; actor: string }
  | { call: 'fail'; id: string; lease: string; error: string; actor: string }
  | { call: 'cancel'; id: string; key: string | null; reason: string | null; actor: string }
  | { call: 'get' | 'audit' | 'execute' | 'bury'; id: string }
  /** A telling to the account that arrives (once more, or at last). */
  | { call: 'tell'; id: string; news: News }
  /** A cancel by another account. */
  | { call: 'stranger'; id: string }
  /** An alarm; `again`: the handler runs though none is set. */
  | { call: 'ring'; id: string; again: boolean }
  | { call: 'ring account'; again: boolean }
  | { call: 'list' };

export type Shown = View & { id: string | null; tag: number; submittedAt: number };

export type Answer =
  | { kind: 'job'; job: Shown; replayed: boolean }
  | { kind: 'lease'; lease: string; attempt: number; until: number; job: Shown }
  | { kind: 'continue'; until: number }
  | { kind: 'stop'; status: Status }
  | { kind: 'jobs'; jobs: Shown[] }
  | { kind: 'audit'; rows: Row[] }
  | { kind: 'refused'; code: string; status: Status | null }
  | { kind: 'taken' };

/** What a call does, and what it answers. */
export interface Effect {
  world: World;
  answer: Answer;
}

/** A lease that was given away in an answer nobody has. */
export const UNKNOWN = '?';

export function isFinal(status: Status): boolean {
  return status === 'done' || status === 'failed' || status === 'cancelled';
}

/** Instants on the wire have whole seconds. */
export function onWire(at: number): number;
export function onWire(at: number | null): number | null;
export function onWire(at: number | null): number | null {
  return at === null ? null : Math.floor(at / 1000) * 1000;
}

/** The part of a job that answers and the account's list show. */
export function viewOf({ status, progress, startedAt, finishedAt, error, result }: View): View {
  return { status, progress, startedAt, finishedAt, error, result };
}

export function shown(job: View & { id: string | null; tag: number; submittedAt: number }): Shown {
  const { id, tag, submittedAt } = job;
  const view = { ...viewOf(job), startedAt: onWire(job.startedAt), finishedAt: onWire(job.finishedAt) };
  return { id, tag, submittedAt: onWire(submittedAt), ...view };
}

export function refused(code: string, job: Job | null = null): Answer {
  return { kind: 'refused', code, status: job?.status ?? null };
}

/** What a client asks of a job to change it. The workers are of other accounts. */
export type Change = Extract<Call, { call: 'cancel' | 'start' | 'complete' | 'fail' }>;

export function isChange(call: Call): call is Change {
  return ['cancel', 'start', 'complete', 'fail'].includes(call.call);
}

/** Before a job is changed, its account notes that it may be. */
export function noted(job: Job): Job {
  return { ...job, touched: true };
}

/** Nobody is told of what the account of a job does not know: a list would show less afterwards. */
export const UNHEARD_OF = refused('UNAVAILABLE');

export function withJob(world: World, job: Job): World {
  return {
    ...world,
    jobs: world.jobs.map((each) => (each.signature === job.signature ? job : each)),
  };
}

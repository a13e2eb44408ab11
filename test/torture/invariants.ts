import { isFinal, type Status } from './model/world.ts';
import type { Seen, SeenJob, SeenObject } from './seen.ts';
import { text } from './worlds.ts';

/** What must hold whatever happened, said without the model, of what lies in storage before and after a step. Pure. */

/** Each invariant, by the name under which a violation is reported. */
export const INVARIANTS = {
  answer: 'every answer is one that the contract allows in the state the job was in',
  order: 'what calls made at once are answered is what some order of them is answered',
  state: 'what is stored is what the calls that were answered make of it',
  'one end': 'at most one change to a final status, and nothing after it',
  audit: 'the audit rows are exactly the changes of status, and none is ever altered',
  cancel: 'a cancel that answered 200 stands for ever: same progress, no result',
  progress: 'progress never falls within an attempt',
  projection: 'the account knows no more than the job, never less than was acknowledged, and catches up',
  slots: 'no more slots are given away than there are, and none is kept by a job that is over',
  alarm: 'whatever is due has an alarm that comes in time',
  end: 'every accepted job can be brought to its end by time, deliveries and workers',
} as const;
export type Invariant = keyof typeof INVARIANTS;

/** Something that must not be. */
export class Violation extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, what: string) {
    super(`violated "${invariant}" (${INVARIANTS[invariant]}): ${what}`);
    this.invariant = invariant;
  }
}

/** What a client was promised by a 200 to its cancel. */
export interface Oath {
  id: string;
  progress: number;
}

/** The longest that an alarm is put off after failures. */
const PUT_OFF_MS = 60_000;

/** What the steps so far bear on. */
export interface Circumstances {
  oaths: readonly Oath[];
  /** The latest time there was; clocks may go back. */
  latest: number;
  /** By how much, in milliseconds; alarms may be late by that. */
  turnedBack: number;
  /** Calls were made at once, or an object died: what happened in between cannot be told from outside. */
  blurred: boolean;
  /** The queue has taken every message so far. */
  queueStood: boolean;
}

/** @throws Violation */
export function holdInvariants(before: Seen, after: Seen, circumstances: Circumstances): void {
  for (const job of after.jobs) {
    const earlier = before.jobs.find(({ id }) => id === job.id);
    if (job.object === null) continue;
    oneEnd(job, job.object);
    audit(job, job.object, earlier?.object ?? null);
    progress(job, job.object, earlier?.object ?? null);
    finality(job, job.object, earlier?.object ?? null);
    projection(job, job.object, earlier);
    jobAlarm(job, job.object, after.now, circumstances);
  }
  for (const job of before.jobs) {
    // An intent may be taken back; a job may not.
    const gone = job.account.version > 0 && !after.jobs.some(({ id }) => id === job.id);
    hold('state', !gone, () => `${name(job)} is lost`);
  }
  cancels(after, circumstances.oaths);
  slots(before, after, circumstances);
  accountAlarm(after, circumstances.latest);
}

function oneEnd(job: SeenJob, { trail }: SeenObject): void {
  const end = trail.findIndex(({ to }) => isFinal(to));
  hold('one end', end === -1 || end === trail.length - 1, () => `${name(job)} went ${text(trail)}`);
}

function audit(job: SeenJob, { status, trail }: SeenObject, earlier: SeenObject | null): void {
  const path: Status[] = ['queued', ...trail.map(({ to }) => to)];
  const chained = trail.every(({ from }, index) => from === path[index]);
  hold('audit', chained && path.at(-1) === status, () => `${name(job)} is ${status} after ${text(trail)}`);
  const kept = text(trail.slice(0, earlier?.trail.length)) === text(earlier?.trail ?? trail);
  hold('audit', kept, () => `${name(job)} had ${text(earlier?.trail)}, now ${text(trail)}`);
}

function progress(job: SeenJob, now: SeenObject, earlier: SeenObject | null): void {
  if (earlier?.attempts !== now.attempts || earlier.status !== 'running') return;
  // A call that finds the lease lost ends the attempt, whatever it makes of the job then.
  if (now.trail.slice(earlier.trail.length).some(({ to }) => to === 'queued')) return;
  const fell = () =>
    `${name(job)} fell from ${String(earlier.progress)} to ${String(now.progress)} in attempt ${String(now.attempts)}`;
  hold('progress', now.progress >= earlier.progress, fell);
}

/** Of a job that is over, nothing that anybody can see changes. */
function finality(job: SeenJob, now: SeenObject, earlier: SeenObject | null): void {
  if (earlier === null || !isFinal(earlier.status)) return;
  const seen = ({ status, progress, startedAt, finishedAt, error, result }: SeenObject) =>
    text({ status, progress, startedAt, finishedAt, error, result });
  hold('one end', seen(earlier) === seen(now), () => `${name(job)} was ${seen(earlier)}, now ${seen(now)}`);
}

function projection(job: SeenJob, { trail, told, status }: SeenObject, earlier?: SeenJob): void {
  const { account } = job;
  const path: Status[] = ['queued', ...trail.map(({ to }) => to)];
  if (account.version > 0) {
    const once = path[account.version - 1] === account.status;
    hold('projection', once, () => `${name(job)} is listed as ${account.status} #${String(account.version)}`);
  }
  const back = account.version < (earlier?.account.version ?? 0);
  hold('projection', !back, () => `the account forgot what it knew of ${name(job)}`);
  const current = !told || account.version === 0 || account.version === path.length;
  hold('projection', current, () => `${name(job)} is ${status}, told, and listed as ${account.status}`);
}

function cancels(seen: Seen, oaths: readonly Oath[]): void {
  for (const oath of oaths) {
    const object = seen.jobs.find(({ id }) => id === oath.id)?.object;
    const kept =
      object?.status === 'cancelled' && object.progress === oath.progress && object.result === null;
    hold('cancel', kept, () => `the cancelled job is ${text(object)}`);
  }
}

/** Jobs that hold a slot, as the account counts them. */
export function holders(seen: Seen): SeenJob[] {
  return seen.jobs.filter(
    ({ account }) =>
      account.status === 'running' || (account.status === 'queued' && account.dispatchedAt !== null),
  );
}

function slots(before: Seen, after: Seen, { blurred, queueStood }: Circumstances): void {
  const given = (seen: Seen) => holders(seen).filter(({ account }) => account.dispatchedAt !== null);
  const held = holders(after).length;
  const many = () => `${String(held)} of ${String(after.slots)} are held`;
  hold('slots', given(after).length <= Math.max(after.slots, given(before).length), many);
  const waited = new Set(
    before.jobs.filter(({ account }) => account.dispatchedAt === null).map(({ id }) => id),
  );
  const dispatched = given(after).some(({ id }) => waited.has(id));
  if (dispatched && !blurred) hold('slots', held <= after.slots, many);
  const waiting = after.jobs.some(
    ({ account }) => account.version > 0 && account.status === 'queued' && account.dispatchedAt === null,
  );
  if (!waiting || held >= after.slots) return;
  // Where the queue refused, it is tried again later.
  hold('slots', !queueStood && after.alarm !== null, () => `a job waits though ${many()}`);
}

function jobAlarm(
  job: SeenJob,
  { told, leaseUntil, alarm }: SeenObject,
  now: number,
  { latest, turnedBack }: Circumstances,
): void {
  // What is overdue has an alarm that rings now.
  const lapse = leaseUntil === null ? Infinity : Math.max(leaseUntil, now) + turnedBack;
  const due = Math.min(lapse, told ? Infinity : latest + PUT_OFF_MS);
  const comes = due === Infinity || (alarm !== null && alarm <= due);
  hold('alarm', comes, () => `${name(job)} is due at ${String(due)}, its alarm at ${String(alarm)}`);
}

function accountAlarm({ jobs, alarm }: Seen, latest: number): void {
  const due = jobs.some(
    ({ account }) => account.version === 0 || (account.status === 'queued' && account.dispatchedAt !== null),
  );
  const comes = !due || (alarm !== null && alarm <= latest + PUT_OFF_MS);
  hold('alarm', comes, () => `the account's alarm is at ${String(alarm)} of ${String(latest)}`);
}

/** @throws Violation unless `holds`. */
export function hold(invariant: Invariant, holds: boolean, otherwise: () => string): void {
  if (!holds) throw new Violation(invariant, otherwise());
}

function name({ tag }: SeenJob): string {
  return `job #${String(tag)}`;
}

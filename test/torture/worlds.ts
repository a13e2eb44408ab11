import { halfCancelled, overtaken } from './model/cancelling.ts';
import { halfCreated, intended } from './model/creation.ts';
import { lapsed } from './model/job.ts';
import { predict } from './model/model.ts';
import type { Seen, SeenJob } from './seen.ts';
import {
  isChange,
  noted,
  UNKNOWN,
  viewOf,
  withJob,
  type Answer,
  type Call,
  type Job,
  type Platform,
  type World,
} from './model/world.ts';

/**
 * Which states the service may be in, given what it answered. Mostly one; several after calls that were made at once, or whose
 * answer was lost. Pure.
 */

/** A call and what came back. */
export interface Exchange {
  call: Call;
  answer: Answer;
}

const NO_LEASE = 'none';

/** The worlds that can be after calls made at once: some order of them answers so. Empty where none does. */
export function afterCalls(worlds: readonly World[], exchanges: readonly Exchange[]): World[] {
  return distinct(worlds.flatMap((world) => orders(world, exchanges, exchanges.length === 1)));
}

function orders(world: World, exchanges: readonly Exchange[], isAlone: boolean): World[] {
  if (exchanges.length === 0) return [world];
  return exchanges.flatMap((exchange, index) => {
    const { call, answer } = exchange;
    const effect = predict(world, call, answer.kind === 'lease' ? answer.lease : NO_LEASE);
    const rest = exchanges.filter((_, other) => other !== index);
    if (agree(effect.answer, answer)) {
      const after = named(effect.world, exchange);
      return [after, ...(isAlone ? [] : lostRace(after, exchange))].flatMap((each) =>
        orders(each, rest, isAlone),
      );
    }
    return refusedMeanwhile(world, exchange, rest) ? orders(world, rest, isAlone) : [];
  });
}

/** The other world that may be after a cancel that was refused for what its job is: that came about while it was under way. */
function lostRace(world: World, { call, answer }: Exchange): World[] {
  const isLost = call.call === 'cancel' && answer.kind === 'refused' && answer.code === 'INVALID_STATE';
  return isLost ? overtaken(world, call) : [];
}

/** Whether a call was refused because of a create beside it, which stood before it came to nothing. */
function refusedMeanwhile(world: World, { call, answer }: Exchange, beside: readonly Exchange[]): boolean {
  if (call.call !== 'create' || answer.kind !== 'refused') return false;
  return beside.some(({ call: other, answer: its }) => {
    const withdrawn = other.call === 'create' && its.kind === 'refused' && its.code === 'UNAVAILABLE';
    return withdrawn && agree(predict(intended(world, other), call, NO_LEASE).answer, answer);
  });
}

/** The worlds that can be after a call during which an object died: it may have come to nothing, or to all but its answer. */
export function afterCrash(worlds: readonly World[], exchange: Exchange): World[] {
  const { call, answer } = exchange;
  const lost = answer.kind === 'refused' && ['INTERNAL', 'UNAVAILABLE'].includes(answer.code);
  const tellings: Platform['account'][] = ['ok', 'deaf', 'mute'];
  return distinct(
    worlds.flatMap((world) =>
      tellings.flatMap((account) => {
        const during = { ...world, platform: { ...world.platform, account } };
        const after = lost ? unanswered(during, call) : orders(during, [exchange], true);
        return after.map((each) => ({ ...each, platform: world.platform }));
      }),
    ),
  );
}

function unanswered(world: World, call: Call): World[] {
  if (call.call === 'create') return halfCreated(world, call);
  if (call.call === 'cancel') return halfCancelled(world, call);
  const done = predict(world, call, UNKNOWN).world;
  const job = 'id' in call ? world.jobs.find(({ id }) => id === call.id) : undefined;
  if (!isChange(call) || job === undefined) return [world, done];
  // A worker's wish was noted, and the job may have looked at its lease meanwhile.
  const looked = lapsed(job, world.now);
  return [world, ...[job, looked].map((each) => withJob(world, noted(each))), withJob(world, looked), done];
}

/** Which of the worlds is what can be seen, with ids for the jobs that had none; and how the first departs where none is. */
export function recognized(
  worlds: readonly World[],
  seen: Seen,
): { worlds: World[]; departure: string | null } {
  const judged = worlds.map((world) => {
    const known = identified(world, seen);
    return { known, departure: departureFrom(known, seen) };
  });
  const fitting = judged.filter(({ departure }) => departure === null).map(({ known }) => known);
  return { worlds: distinct(fitting), departure: fitting.length > 0 ? null : (judged[0]?.departure ?? null) };
}

/** Gives the id in an answer to the job that was created. */
function named(world: World, { call, answer }: Exchange): World {
  if (call.call !== 'create' || answer.kind !== 'job') return world;
  const { id, tag } = answer.job;
  if (world.jobs.some((job) => job.id === id)) return world;
  const index = world.jobs.findIndex((job) => job.id === null && job.tag === tag);
  return { ...world, jobs: world.jobs.map((job, at) => (at === index ? { ...job, id } : job)) };
}

function identified(world: World, seen: Seen): World {
  const taken = new Set(world.jobs.map(({ id }) => id));
  const jobs = world.jobs.map((job) => {
    if (job.id !== null) return job;
    const found = seen.jobs.find(({ id, tag }) => tag === job.tag && !taken.has(id));
    if (found === undefined) return job;
    taken.add(found.id);
    return { ...job, id: found.id };
  });
  return { ...world, jobs };
}

/** How what is stored departs from a world, in words; null where it does not. */
function departureFrom(world: World, seen: Seen): string | null {
  const strangers = seen.jobs.filter(({ id }) => !world.jobs.some((job) => job.id === id));
  if (strangers.length > 0) return `${String(strangers.length)} jobs that should not be`;
  for (const job of world.jobs) {
    const found = seen.jobs.find(({ id }) => id === job.id);
    if (found === undefined) return `job #${String(job.tag)} is missing`;
    const departure = jobDeparture(job, found);
    if (departure !== null) return `job #${String(job.tag)}: ${departure}`;
  }
  return null;
}

function jobDeparture(job: Job, { account, object }: SeenJob): string | null {
  const heard = job.heard === null ? null : comparable(job.heard, job.heard.changes);
  const listed = account.version === 0 ? null : comparable(account, account.version - 1);
  if (!same(heard, listed)) return `its account has ${text(listed)} and should have ${text(heard)}`;
  if (object === null) return job.heard === null ? null : 'its object is empty';
  const expected = [viewOf(job), job.attempts, job.leaseUntil, job.told, job.trail];
  const stored = [viewOf(object), object.attempts, object.leaseUntil, object.told, object.trail];
  if (!same(expected, stored)) return `its object has ${text(stored)} and should have ${text(expected)}`;
  const fenced = job.status !== 'running' || job.lease === UNKNOWN || job.lease === object.lease;
  return fenced ? null : 'its lease is not the one given away';
}

/** Of a running job the account need not know the progress: heartbeats are not told. */
function comparable(view: Parameters<typeof viewOf>[0], changes: number) {
  const { progress, ...rest } = viewOf(view);
  return { ...rest, changes, progress: view.status === 'running' ? null : progress };
}

/** Whether an answer is as predicted. The id of a new job is for the service to choose. */
function agree(predicted: Answer, answer: Answer): boolean {
  if (predicted.kind === 'job' && answer.kind === 'job' && predicted.job.id === null)
    return same({ ...predicted, job: { ...predicted.job, id: answer.job.id } }, answer);
  return same(predicted, answer);
}

/** Structural equality of plain values. */
function same(a: unknown, b: unknown): boolean {
  return text(a) === text(b);
}

function distinct(worlds: readonly World[]): World[] {
  return [...new Map(worlds.map((world) => [text(world), world])).values()];
}

/** JSON with the members of every object in order of their names. */
export function text(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

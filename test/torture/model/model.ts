/**
 * What the contract says of an account's jobs, as a state and one function that takes it from call to call: the reference that
 * the service is held to. Pure, and written from the contract alone; it shares no code with the service. Times are milliseconds
 * since the epoch.
 */

import { cancel } from './cancelling.ts';
import { create, finishIntents } from './creation.ts';
import { lapsed, toJob, told } from './job.ts';
import {
  isChange,
  noted,
  refused,
  shown,
  UNHEARD_OF,
  withJob,
  type Answer,
  type Call,
  type Effect,
  type Job,
  type World,
} from './world.ts';

/**
 * What `call` does to `world`, and must answer.
 * @param lease the one that a start gives away, which is for the service to choose.
 */
export function predict(world: World, call: Call, lease: string): Effect {
  switch (call.call) {
    case 'create':
      return create(world, call);
    case 'list':
      return list(world);
    case 'ring account':
      return { world: finishIntents(world), answer: { kind: 'taken' } };
    case 'tell':
      return tell(world, call);
    default: {
      const job = world.jobs.find(({ id }) => id === call.id);
      if (job === undefined) return { world, answer: refused('NOT_FOUND') };
      // Whoever knocks, the job looks whether its lease is over.
      if (call.call === 'stranger')
        return { world: withJob(world, lapsed(job, world.now)), answer: refused('NOT_FOUND') };
      if (call.call === 'cancel') return cancel(world, call, job);
      const { job: next, answer } = toJob(lapsed(job, world.now), call, world.now, lease);
      const acted = told(next, world.platform);
      const after = isChange(call) && answer.kind !== 'refused' ? noted(acted) : acted;
      return {
        world: withJob(world, after),
        answer: showsJob(call, answer) && !after.told ? UNHEARD_OF : answer,
      };
    }
  }
}

/** A refusal says how the job is, too. What changed it may be said: the account knows that it may have. */
function showsJob({ call }: Call, { kind }: Answer): boolean {
  return call === 'get' || call === 'audit' || kind === 'refused' || kind === 'stop';
}

/** News that are older than what is known change nothing. */
function tell(world: World, { id, news }: Extract<Call, { call: 'tell' }>): Effect {
  const { account } = world.platform;
  const answer: Answer = account === 'ok' ? { kind: 'taken' } : refused('INTERNAL');
  const job = world.jobs.find((each) => each.id === id);
  if (job === undefined || account === 'deaf' || news.changes <= (job.heard?.changes ?? -1))
    return { world, answer };
  return { world: withJob(world, { ...job, heard: news }), answer };
}

/** The list shows what the account heard; of jobs that run, or were to be cancelled, what they say themselves. */
function list(world: World): Effect {
  const asked = ({ heard, touched }: Job) =>
    heard?.status === 'running' || (heard?.status === 'queued' && touched);
  const jobs = world.jobs.map((job) => (asked(job) ? told(lapsed(job, world.now), world.platform) : job));
  if (world.jobs.some((before, index) => asked(before) && jobs[index]?.told === false))
    return { world: { ...world, jobs }, answer: UNHEARD_OF };
  const listed = world.jobs.flatMap((before, index) => {
    const now = jobs[index] ?? before;
    if (before.heard === null) return [];
    return [shown(asked(before) ? now : { ...now, ...before.heard })];
  });
  return { world: { ...world, jobs }, answer: { kind: 'jobs', jobs: listed.reverse() } };
}

import { lapsed, toJob, told } from './job.ts';
import { claimed, isSame, released, useOf } from './keys.ts';
import {
  isFinal,
  noted,
  refused,
  UNHEARD_OF,
  withJob,
  type Call,
  type Effect,
  type Job,
  type KeyUse,
  type World,
} from './world.ts';

/** How a cancel comes to its job: first its account is asked what the key is for. Pure. */

type Cancel = Extract<Call, { call: 'cancel' }>;

export function cancel(world: World, call: Cancel, before: Job): Effect {
  const { world: asked, answer } = decided(world, call, before);
  const isLate = answer.kind === 'refused' && answer.code === 'INVALID_STATE';
  const after = isLate ? released(asked, call.key, wishOf(call, before)) : asked;
  const job = after.jobs.find(({ id }) => id === call.id) ?? before;
  if (answer.kind !== 'refused') return { world: after, answer };
  if (!job.told) return { world: after, answer: UNHEARD_OF };
  return { world: withJob(after, { ...job, touched: before.touched }), answer };
}

function decided(world: World, call: Cancel, before: Job): Effect {
  const job = lapsed(noted(before), world.now);
  const wish = wishOf(call, job);
  const use = useOf(world, call.key);
  if (use !== null && !isSame(use, wish)) {
    const answer = refused('IDEMPOTENCY_CONFLICT');
    return { world: withJob(world, told(job, world.platform)), answer };
  }
  const asked = use === null && !isFinal(job.status) ? claimed(world, call.key, wish) : world;
  const { job: after, answer } = toJob(job, call, world.now, '');
  return { world: withJob(asked, told(after, world.platform)), answer };
}

/** What a cancel comes to that was cut off: nothing, a look at the lease, the claim of its key, or all but the answer. */
export function halfCancelled(world: World, call: Cancel): World[] {
  const before = world.jobs.find(({ id }) => id === call.id);
  if (before === undefined) return [world];
  const looked = withJob(world, lapsed(noted(before), world.now));
  return [
    withJob(world, noted(before)),
    looked,
    ...overtaken(looked, call),
    cancel(world, call, before).world,
  ];
}

/** What a cancel leaves whose job became final after its account was asked: its key is taken, if it was free. */
export function overtaken(world: World, call: Cancel): World[] {
  const job = world.jobs.find(({ id }) => id === call.id);
  if (job === undefined || useOf(world, call.key) !== null) return [];
  return [claimed(world, call.key, wishOf(call, job))];
}

function wishOf({ reason }: Cancel, job: Job): KeyUse {
  return { on: 'cancel', body: reason ?? '', job: job.signature };
}

import { claimed, useOf } from './keys.ts';
import { refused, shown, viewOf, withJob, type Call, type Effect, type Job, type World } from './world.ts';

/** How jobs come to be, as the contract tells it: once for each signature and each key, and once noted for certain. Pure. */

const SIGNATURE_WINDOW_MS = 30_000;
/** An account's alarm finishes what was noted longer ago. */
const INTENT_MS = 5000;

export function create(world: World, call: Extract<Call, { call: 'create' }>): Effect {
  const { tag, key, signedAt } = call;
  const signature = signatureOf(call);
  if (Math.abs(world.now - signedAt) > SIGNATURE_WINDOW_MS)
    return { world, answer: refused('TIMESTAMP_OUT_OF_WINDOW') };
  const use = useOf(world, key);
  if (use !== null) {
    const spent = { ...world, spent: [...new Set([...world.spent, signature])].sort() };
    if (use.on !== 'create' || use.body !== String(tag))
      return { world: spent, answer: refused('IDEMPOTENCY_CONFLICT') };
    return realized(spent, use.job, true);
  }
  if (world.spent.includes(signature) || world.jobs.some((job) => job.signature === signature))
    return { world, answer: refused('REPLAYED_REQUEST') };
  const noted = intended(world, call);
  const effect = realized(noted, signature, false);
  return world.platform.creation === 'unreachable' ? { ...effect, world } : effect;
}

/** A create that is noted, and will be finished by whoever comes by, unless it is withdrawn. */
export function intended(world: World, call: Extract<Call, { call: 'create' }>): World {
  const { tag, key } = call;
  const signature = signatureOf(call);
  const noted = { ...world, jobs: [...world.jobs, newJob(tag, signature, world.now)] };
  return claimed(noted, key, { on: 'create', body: String(tag), job: signature });
}

/** What a create comes to whose answer was lost on its way: nothing, an intent, or the job. */
export function halfCreated(world: World, call: Extract<Call, { call: 'create' }>): World[] {
  const { world: whole, answer } = create(world, call);
  if (answer.kind !== 'job' || answer.replayed) return [world, whole];
  return [world, intended(world, call), whole];
}

/** Two requests of one moment with one body are the same bytes. */
function signatureOf({ signedAt, tag }: Extract<Call, { call: 'create' }>): string {
  return `${String(signedAt)}/${String(tag)}`;
}

function realized(world: World, signature: string, replayed: boolean): Effect {
  const job = world.jobs.find((each) => each.signature === signature);
  if (job === undefined) return { world, answer: refused('UNAVAILABLE') };
  const asCreated = shown({ ...newJob(job.tag, signature, job.submittedAt), id: job.id });
  if (job.heard === null && world.platform.creation !== 'ok') {
    const code = world.platform.creation === 'broken' ? 'INTERNAL' : 'UNAVAILABLE';
    return { world, answer: refused(code) };
  }
  return { world: withJob(world, existing(job)), answer: { kind: 'job', job: asCreated, replayed } };
}

/** What an account's alarm does. */
export function finishIntents(world: World): World {
  if (world.platform.creation !== 'ok') return world;
  const jobs = world.jobs.map((job) => (job.submittedAt <= world.now - INTENT_MS ? existing(job) : job));
  return { ...world, jobs };
}

function existing(job: Job): Job {
  return job.heard === null ? { ...job, heard: { ...viewOf(job), changes: 0 } } : job;
}

function newJob(tag: number, signature: string, submittedAt: number): Job {
  return {
    id: null,
    tag,
    signature,
    submittedAt,
    status: 'queued',
    progress: 0,
    startedAt: null,
    finishedAt: null,
    error: null,
    result: null,
    attempts: 0,
    lease: null,
    leaseUntil: null,
    cancelledWith: null,
    trail: [],
    told: true,
    heard: null,
    touched: false,
  };
}

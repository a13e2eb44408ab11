import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { administer, mintKey, type Answer } from '../support/client.ts';
import { auditOf, getJob, jobStub, listJobs } from '../support/jobs.ts';
import { cancel, complete, createRunning, expireLease, fail, type RunningJob } from '../support/worker.ts';

/**
 * Whatever two of a cancel, a completion, a failure, a lease expiry and a redelivered message meet on a running job: one
 * decides, the other learns it. Both orders are told in full; both at once must come out like one of them.
 */

const who = await mintKey();
const worker = await mintKey(['worker']);
const ROUNDS = 6;

await administer('PUT', `/v1/admin/accounts/${who.accountId}`, { weight_per_minute: 1_000_000 });

const errorAnswer = z.object({ error: z.object({ code: z.string() }) });

/** What the sender of an HTTP request learns. */
function learned(answer: Answer): string {
  return answer.status === 200 ? 'decided' : errorAnswer.parse(answer.json).error.code;
}

/** Each does its part and says what it learned. `prepare` is what must be so just before. */
const CONTENDERS = {
  cancel: {
    act: async ({ job }: RunningJob) => learned(await cancel(who, job.id, 'race', crypto.randomUUID())),
  },
  complete: { act: async ({ job, lease }: RunningJob) => learned(await complete(worker, job.id, lease)) },
  fail: { act: async ({ job, lease }: RunningJob) => learned(await fail(worker, job.id, lease)) },
  expiry: {
    prepare: ({ job }: RunningJob) => expireLease(job.id),
    act: async ({ job }: RunningJob) => {
      await runDurableObjectAlarm(jobStub(job.id));
      return 'looked';
    },
  },
  redelivery: {
    act: async ({ job }: RunningJob) => {
      const started = await jobStub(job.id).start(crypto.randomUUID(), {
        actor: 'system',
        accountId: null,
        requestId: 'redelivery',
        arrival: null,
      });
      return started.ok ? 'decided' : started.code;
    },
  },
} satisfies Record<
  string,
  { prepare?: (run: RunningJob) => Promise<void>; act: (run: RunningJob) => Promise<string> }
>;
type Name = keyof typeof CONTENDERS;

/** How a meeting ended: what each learned, and the job's changes after it began to run. */
interface Ending {
  first: string;
  second: string;
  changes: string[];
}

async function prepare(name: Name, run: RunningJob): Promise<void> {
  const contender = CONTENDERS[name];
  if ('prepare' in contender) await contender.prepare(run);
}

async function endingOf(run: RunningJob, first: string, second: string): Promise<Ending> {
  const { id } = run.job;
  const audit = await auditOf(who, id);
  const job = await getJob(who, id);
  expect(audit.at(-1)?.to).toBe(job.status);
  expect(audit.filter(({ to }) => ['done', 'failed', 'cancelled'].includes(to)).length).toBeLessThanOrEqual(
    1,
  );
  expect((await listJobs(who, '?limit=1')).data).toMatchObject([
    { id, status: job.status, error: job.error },
  ]);
  await evictDurableObject(jobStub(id));
  expect(await getJob(who, id)).toEqual(job);
  return { first, second, changes: audit.slice(1).map(({ from, to }) => `${from}→${to}`) };
}

async function inOrder(a: Name, b: Name): Promise<Ending> {
  const run = await createRunning(who, worker);
  await prepare(a, run);
  const first = await CONTENDERS[a].act(run);
  await prepare(b, run);
  return await endingOf(run, first, await CONTENDERS[b].act(run));
}

async function atOnce(a: Name, b: Name): Promise<Ending> {
  const run = await createRunning(who, worker);
  await prepare(a, run);
  await prepare(b, run);
  const [first, second] = await Promise.all([CONTENDERS[a].act(run), CONTENDERS[b].act(run)]);
  return await endingOf(run, first, second);
}

const to = (status: string) => [`running→${status}`];
const lost = 'running→queued';

/** What happens when the one on the left comes first and the one on the right second. */
const ENDINGS: [Name, Name, Ending][] = [
  ['cancel', 'complete', { first: 'decided', second: 'INVALID_STATE', changes: to('cancelled') }],
  ['cancel', 'fail', { first: 'decided', second: 'INVALID_STATE', changes: to('cancelled') }],
  ['cancel', 'expiry', { first: 'decided', second: 'looked', changes: to('cancelled') }],
  ['cancel', 'redelivery', { first: 'decided', second: 'INVALID_STATE', changes: to('cancelled') }],
  ['complete', 'cancel', { first: 'decided', second: 'INVALID_STATE', changes: to('done') }],
  ['complete', 'fail', { first: 'decided', second: 'INVALID_STATE', changes: to('done') }],
  ['complete', 'expiry', { first: 'decided', second: 'looked', changes: to('done') }],
  ['complete', 'redelivery', { first: 'decided', second: 'INVALID_STATE', changes: to('done') }],
  ['fail', 'cancel', { first: 'decided', second: 'INVALID_STATE', changes: to('failed') }],
  ['fail', 'complete', { first: 'decided', second: 'INVALID_STATE', changes: to('failed') }],
  ['fail', 'expiry', { first: 'decided', second: 'looked', changes: to('failed') }],
  ['fail', 'redelivery', { first: 'decided', second: 'INVALID_STATE', changes: to('failed') }],
  ['expiry', 'cancel', { first: 'looked', second: 'decided', changes: [lost, 'queued→cancelled'] }],
  ['expiry', 'complete', { first: 'looked', second: 'STALE_LEASE', changes: [lost] }],
  ['expiry', 'fail', { first: 'looked', second: 'STALE_LEASE', changes: [lost] }],
  ['expiry', 'redelivery', { first: 'looked', second: 'decided', changes: [lost, 'queued→running'] }],
  ['redelivery', 'cancel', { first: 'INVALID_STATE', second: 'decided', changes: to('cancelled') }],
  ['redelivery', 'complete', { first: 'INVALID_STATE', second: 'decided', changes: to('done') }],
  ['redelivery', 'fail', { first: 'INVALID_STATE', second: 'decided', changes: to('failed') }],
  ['redelivery', 'expiry', { first: 'INVALID_STATE', second: 'looked', changes: [lost] }],
];

function expected(a: Name, b: Name): Ending {
  const row = ENDINGS.find(([first, second]) => first === a && second === b);
  if (row === undefined) throw new Error(`no row for ${a}, ${b}`);
  return row[2];
}

describe('one after the other', () => {
  it.each(ENDINGS)('%s, then %s', async (a, b, ending) => {
    expect(await inOrder(a, b)).toEqual(ending);
  });
});

describe('both at once', () => {
  it.each(ENDINGS)('%s with %s', async (a, b) => {
    const swapped = expected(b, a);
    const possible = [expected(a, b), { ...swapped, first: swapped.second, second: swapped.first }];
    for (let round = 0; round < ROUNDS; round++) expect(possible).toContainEqual(await atOnce(a, b));
  });

  it('eight times the same cancel: one 200', async () => {
    const run = await createRunning(who, worker);
    const answers = await Promise.all(Array.from({ length: 8 }, () => CONTENDERS.cancel.act(run)));
    expect(answers.filter((answer) => answer === 'decided')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'INVALID_STATE')).toHaveLength(7);
  });

  it('all five together: one ending', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const run = await createRunning(who, worker);
      const names = ['redelivery', 'complete', 'cancel', 'fail', 'expiry'] as const;
      const answers = await Promise.all(names.map((name) => CONTENDERS[name].act(run)));
      expect(answers.filter((answer) => answer === 'decided')).toHaveLength(1);
      await endingOf(run, '', '');
    }
  });
});

import { abortAllDurableObjects } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { BacktestJob } from '../../src/job/backtest-job.ts';
import { encodeJobId } from '../../src/job/job-id.ts';
import { call, mintKey, type Answer, type Credentials } from '../support/client.ts';
import { watched } from '../support/events.ts';
import { createJob, getJob, jobAnswer, startJob } from '../support/jobs.ts';
import { blamed, codeOf } from '../support/matchers.ts';
import { cancel, complete, createRunning, fail } from '../support/worker.ts';

/** `Prefer: wait=N` on a job. */

const worker = await mintKey(['worker']);
const trader = await mintKey();
const cancelled = await createJob(trader);
await cancel(trader, cancelled.id);
/** Far below the waits that are asked for, far above what an answer takes. */
const SOON_MS = 10_000;

function ask(who: Credentials, id: string, prefer: string): Promise<Answer> {
  return call(who, 'GET', `/v1/backtest/jobs/${id}`, undefined, { headers: { Prefer: prefer } });
}

function applied({ headers }: Answer): string | null {
  return headers.get('Preference-Applied');
}

describe('a wait', () => {
  it('for a final job is none, and the answer is as without it', async () => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    await complete(worker, job.id, lease);
    const began = Date.now();
    const answer = await ask(who, job.id, 'wait=60');
    expect(Date.now() - began).toBeLessThan(SOON_MS);
    expect([answer.status, applied(answer)]).toEqual([200, 'wait=60']);
    expect(jobAnswer.parse(answer.json)).toEqual(await getJob(who, job.id));
    expect(answer.headers.get('X-PipAI-Used-Weight-1m')).toBe('22');
    await watched(job.id, 0);
  });

  it.each(['done', 'failed', 'cancelled'])('ends when the job becomes %s', async (status) => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    const began = Date.now();
    const waiting = ask(who, job.id, 'wait=60');
    await watched(job.id, 1);
    if (status === 'done') await complete(worker, job.id, lease);
    if (status === 'failed') await fail(worker, job.id, lease);
    if (status === 'cancelled') await cancel(who, job.id);
    const answer = await waiting;
    expect(Date.now() - began).toBeLessThan(SOON_MS);
    expect([answer.status, jobAnswer.parse(answer.json).status]).toEqual([200, status]);
    expect(jobAnswer.parse(answer.json)).toEqual(await getJob(who, job.id));
    await watched(job.id, 0);
  });

  it('does not end when the job only starts, and gives it as it is after N seconds', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const began = Date.now();
    const waiting = ask(who, job.id, 'wait=1');
    await watched(job.id, 1);
    await startJob(worker, job.id);
    const answer = await waiting;
    expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
    expect(Date.now() - began).toBeLessThan(SOON_MS);
    expect([answer.status, applied(answer)]).toEqual([200, 'wait=1']);
    expect(jobAnswer.parse(answer.json).status).toBe('running');
    await watched(job.id, 0);
  });

  it('ends for everybody who waits', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const waiting = [ask(who, job.id, 'wait=60'), ask(who, job.id, 'wait=30')];
    await watched(job.id, 2);
    await cancel(who, job.id);
    const answers = await Promise.all(waiting);
    expect(answers.map(applied)).toEqual(['wait=60', 'wait=30']);
    for (const { json } of answers) expect(jobAnswer.parse(json).status).toBe('cancelled');
  });

  it('goes on when the object is reset', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const waiting = ask(who, job.id, 'wait=60');
    await watched(job.id, 1);
    await abortAllDurableObjects();
    await cancel(who, job.id);
    expect(jobAnswer.parse((await waiting).json).status).toBe('cancelled');
  });

  it('is 404 at once for no job', async () => {
    const unused = encodeJobId(env.BACKTEST_JOB.newUniqueId());
    const answer = await ask(await mintKey(), unused, 'wait=60');
    expect([answer.status, codeOf(answer), applied(answer)]).toEqual([404, 'NOT_FOUND', null]);
  });

  it('is 503 where the job cannot be reached', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    vi.spyOn(BacktestJob.prototype, 'fetch').mockImplementation(() => {
      throw Object.assign(new Error('The object was reset.'), { retryable: true });
    });
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    expect(await ask(who, job.id, 'wait=60')).toMatchObject({
      status: 503,
      json: { error: { code: 'UNAVAILABLE' } },
    });
  });
});

describe('the header', () => {
  it.each([
    ['wait=5', '5'],
    ['wait=1', '1'],
    ['wait=60', '60'],
    ['wait=007', '7'],
    ['Wait=5', '5'],
    ['WAIT = 5', '5'],
    ['wait="5"', '5'],
    ['wait="\\5"', '5'],
    ['respond-async, wait=5', '5'],
    ['respond-async,wait=5,return=minimal', '5'],
    [',, wait=5,', '5'],
    ['wait=5; strict', '5'],
    ['wait=5;wait=9', '5'],
    ['wait=5; note="a,b;wait=9"', '5'],
    ['note="wait=9, wait=8", wait=5', '5'],
    ['note="a \\" wait=9,", wait=5', '5'],
    ['wait=5, wait=9', '5'],
    ['wait=5, wait=nonsense', '5'],
  ])('"%s" is taken as %s seconds', async (prefer, seconds) => {
    const answer = await ask(trader, cancelled.id, prefer);
    expect([answer.status, applied(answer)]).toEqual([200, `wait=${seconds}`]);
  });

  it.each([
    '',
    'respond-async',
    'return=minimal; wait=5',
    'waits=5',
    'note="wait=5"',
    'x-wait=5, handling=lenient',
    '=5',
    '"wait=5"',
  ])('"%s" prefers no waiting', async (prefer) => {
    const job = await createJob(trader);
    const answer = await ask(trader, job.id, prefer);
    expect([answer.status, applied(answer)]).toEqual([200, null]);
  });

  it.each([
    'wait=0',
    'wait=61',
    'wait=600',
    'wait=-1',
    'wait=+5',
    'wait=1.5',
    'wait=1e1',
    'wait=five',
    'wait=5s',
    'wait=5 6',
    'wait==5',
    'wait',
    'wait=',
    'wait=""',
    'wait="5',
    'wait=nonsense, wait=5',
  ])('"%s" is refused, and named', async (prefer) => {
    const answer = await ask(trader, cancelled.id, prefer);
    expect([answer.status, codeOf(answer), blamed(answer)]).toEqual([400, 'INVALID_PARAMETER', ['Prefer']]);
    expect(applied(answer)).toBeNull();
  });
});

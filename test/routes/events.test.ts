import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { Hono } from 'hono';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Account } from '../../src/account/account.ts';
import type { AppEnv } from '../../src/http/context.ts';
import { BacktestJob } from '../../src/job/backtest-job.ts';
import { encodeJobId } from '../../src/job/job-id.ts';
import { STREAM_TIMES, type StreamTimes } from '../../src/live/event-stream.ts';
import { eventRoutes } from '../../src/routes/events.ts';
import { readSettings } from '../../src/settings.ts';
import { OPERATIONS } from '../support/api-document.ts';
import { call, mintKey, signedInit } from '../support/client.ts';
import { eventsOf, listen, watched, watchersOf, type Heard } from '../support/events.ts';
import { createJob, getJob, jobStub, listJobs, startJob } from '../support/jobs.ts';
import {
  cancel,
  complete,
  createRunning,
  expireLease,
  fail,
  heartbeat,
  useUpAttempts,
} from '../support/worker.ts';

/** What an event stream tells, and when. How it goes on after a break is told in `events-resume.test.ts`. */

const worker = await mintKey(['worker']);

function seen(events: Heard[]): [number, string][] {
  return events.map(({ id, job }) => [id, job.status]);
}

/** The stream's route with other times than the service's. */
function withTimes(times: Partial<StreamTimes>) {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set('settings', readSettings(c.env));
    await next();
  });
  app.route('/v1/backtest/jobs', eventRoutes({ ...STREAM_TIMES, ...times }));
  return async (target: string, init: RequestInit) => await app.request(target, init, env);
}

describe('an event', () => {
  it('has all of the job but its result, in the order of the contract', async () => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    await complete(worker, job.id, lease);
    const stream = await listen(who, job.id);
    const { text } = await stream.hear();
    const { result, ...rest } = await getJob(who, job.id);
    expect(result).not.toBeNull();
    expect(text).toBe(JSON.stringify(rest));
  });

  it('comes at once with the present state', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const queued = await (await listen(who, job.id)).hear();
    expect(queued).toMatchObject({ id: 1, job: { id: job.id, status: 'queued', progress: 0 } });
    const { lease } = await startJob(worker, job.id);
    await heartbeat(worker, job.id, lease, 0.25);
    const running = await (await listen(who, job.id)).hear();
    expect(running).toMatchObject({ id: 3, job: { status: 'running', progress: 0.25 } });
  });
});

describe('the stream of a job', () => {
  it('tells every change until it is done, and ends', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const stream = await listen(who, job.id);
    const first = await stream.hear();
    const { lease } = await startJob(worker, job.id);
    const started = await stream.hear();
    await heartbeat(worker, job.id, lease, 0.5);
    const half = await stream.hear();
    await complete(worker, job.id, lease);
    expect(seen([first, started, half, ...(await stream.rest())])).toEqual([
      [1, 'queued'],
      [2, 'running'],
      [3, 'running'],
      [4, 'done'],
    ]);
    expect(half.job.progress).toBe(0.5);
    await watched(job.id, 0);
  });

  it('tells a failure with its error, and ends', async () => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    const stream = await listen(who, job.id);
    await fail(worker, job.id, lease);
    const events = await stream.rest();
    expect(events.at(-1)?.job.error?.code).toBe('TEMPLATE_ERROR');
    expect(seen(events).at(-1)).toEqual([4, 'failed']);
  });

  it.each(['queued', 'running'])(
    'tells a cancel of a %s job once it is answered, and ends',
    async (status) => {
      const who = await mintKey();
      const { job } = status === 'queued' ? { job: await createJob(who) } : await createRunning(who, worker);
      const stream = await listen(who, job.id);
      await stream.hear();
      expect((await cancel(who, job.id)).status).toBe(200);
      expect(await stream.hear()).toMatchObject({ job: { status: 'cancelled' } });
      expect(await stream.next()).toBeNull();
    },
  );

  it('tells that a lost lease queues the job again, by the alarm alone, and the next attempt', async () => {
    const who = await mintKey();
    const { job } = await createRunning(who, worker, 0.75);
    const stream = await listen(who, job.id);
    expect(await stream.hear()).toMatchObject({ id: 3, job: { status: 'running', progress: 0.75 } });
    await expireLease(job.id);
    await runDurableObjectAlarm(jobStub(job.id));
    expect(await stream.hear()).toMatchObject({ id: 4, job: { status: 'queued', progress: 0 } });
    await startJob(worker, job.id);
    expect(await stream.hear()).toMatchObject({ id: 5, job: { status: 'running' } });
    await useUpAttempts(job.id);
    await expireLease(job.id);
    await runDurableObjectAlarm(jobStub(job.id));
    const [last] = await stream.rest();
    expect(last).toMatchObject({ id: 6, job: { status: 'failed', error: { code: 'WORKER_LOST' } } });
  });

  it('notices a lost lease when it is opened, though the alarm is late', async () => {
    const who = await mintKey();
    const { job } = await createRunning(who, worker);
    await expireLease(job.id);
    expect(await (await listen(who, job.id)).hear()).toMatchObject({ id: 4, job: { status: 'queued' } });
  });

  it('tells that the queue gave up', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const stream = await listen(who, job.id);
    await stream.hear();
    await jobStub(job.id).deadLetter();
    expect(seen(await stream.rest())).toEqual([[2, 'failed']]);
  });

  it.each(['done', 'failed', 'cancelled'])('that is %s is one event and the end', async (status) => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    if (status === 'done') await complete(worker, job.id, lease);
    if (status === 'failed') await fail(worker, job.id, lease);
    if (status === 'cancelled') await cancel(who, job.id);
    expect(seen(await (await listen(who, job.id)).rest())).toEqual([[4, status]]);
    await watched(job.id, 0);
  });

  it('says nothing of a heartbeat that only renews the lease', async () => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker, 0.5);
    const stream = await listen(who, job.id);
    expect((await stream.hear()).id).toBe(3);
    for (const progress of [0.5, 0.3, 0.5]) await heartbeat(worker, job.id, lease, progress);
    await cancel(who, job.id);
    expect(seen(await stream.rest())).toEqual([[4, 'cancelled']]);
  });

  it('tells of many heartbeats at once four a second at most, and the last one', async () => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker, 0);
    const stream = await listen(who, job.id);
    await stream.hear();
    const began = Date.now();
    await Promise.all(Array.from({ length: 60 }, (_, n) => heartbeat(worker, job.id, lease, (n + 1) / 100)));
    const events: Heard[] = [];
    do events.push(await stream.hear());
    while (events.at(-1)?.job.progress !== 0.6);
    // One more than fits: the first gap began before we did.
    expect(events.length).toBeLessThanOrEqual(Math.floor((Date.now() - began) / 250) + 1);
    expect(events.map(({ id }) => id)).toEqual(events.map(({ id }) => id).sort((a, b) => a - b));
  });

  it('tells two listeners the same', async () => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    const streams = [await listen(who, job.id), await listen(who, job.id)];
    await watched(job.id, 2);
    await complete(worker, job.id, lease);
    const [one, other] = await Promise.all(streams.map((stream) => stream.rest()));
    expect(one?.map(({ text }) => text)).toEqual(other?.map(({ text }) => text));
    expect(seen(one ?? []).at(-1)).toEqual([4, 'done']);
  });

  it('tells no more than a list shows: not before the account knows, though that takes an alarm', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const stream = await listen(who, job.id);
    await stream.hear();
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    const project = vi.spyOn(Account.prototype, 'project').mockImplementation(() => {
      throw Object.assign(new Error('out of reach'), { overloaded: true });
    });
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    expect((await cancel(who, job.id)).status).toBe(200);
    let reachable = false;
    // Whoever comes now is told later, too.
    const late = await listen(who, job.id);
    const told = Promise.all([stream.hear(), late.hear()]).then((events) => [
      ...events.map(({ job: { status } }) => status),
      reachable ? 'in time' : 'too early',
    ]);
    await watched(job.id, 2);
    reachable = true;
    project.mockRestore();
    expect(logged).toHaveBeenCalled();
    await runDurableObjectAlarm(jobStub(job.id));
    expect(await told).toEqual(['cancelled', 'cancelled', 'in time']);
    expect((await listJobs(who)).data).toMatchObject([{ id: job.id, status: 'cancelled' }]);
  });
});

describe('the answer', () => {
  it('is an event stream that nobody may keep or compress, with the fields of every answer', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const { response } = await listen(who, job.id, {
      headers: { 'X-Request-Id': 'trace-1', 'Accept-Encoding': 'gzip, br' },
    });
    const { headers } = response;
    expect(headers.get('Content-Type')).toBe('text/event-stream');
    expect(headers.get('Cache-Control')).toBe('no-store, no-transform');
    expect(['Content-Encoding', 'Connection', 'Transfer-Encoding'].map((name) => headers.get(name))).toEqual([
      null,
      null,
      null,
    ]);
    expect(headers.get('X-Request-Id')).toBe('trace-1');
    expect(headers.get('X-PipAI-Used-Weight-1m')).toBe('25');
    expect(headers.get('RateLimit-Policy')).toBe('"weight";q=1200;w=60');
    expect(headers.get('RateLimit')).toMatch(/^"weight";r=1175;t=\d+$/);
  });

  it('says once, at first, when to come back', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const stream = await listen(who, job.id);
    await stream.hear();
    expect(stream.retries).toEqual([2000]);
    await cancel(who, job.id);
    await stream.rest();
    expect(stream.retries).toEqual([2000]);
  });

  it('to HEAD has no body, opens nothing, and is 404 for no job', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const head = async (id: string) => {
      const init = await signedInit(who, 'HEAD', eventsOf(id));
      return await exports.default.fetch(`https://pipai.test${eventsOf(id)}`, init);
    };
    const answer = await head(job.id);
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(answer.headers.get('Content-Type')).toBe('text/event-stream');
    expect(await watchersOf(job.id)).toBe(0);
    expect((await head(encodeJobId(env.BACKTEST_JOB.newUniqueId()))).status).toBe(404);
  });

  it('to another account, or about no job, leaves no socket and no storage behind', async () => {
    const [who, stranger] = [await mintKey(), await mintKey()];
    const job = await createJob(who);
    expect((await call(stranger, 'GET', eventsOf(job.id))).status).toBe(404);
    expect(await watchersOf(job.id)).toBe(0);
    const unused = encodeJobId(env.BACKTEST_JOB.newUniqueId());
    expect((await call(who, 'GET', eventsOf(unused))).status).toBe(404);
    const tables = await runInDurableObject(jobStub(unused), (_, state) =>
      state.storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
        .toArray(),
    );
    expect([await watchersOf(unused), tables]).toEqual([0, []]);
  });

  it('is 503 while the job cannot be reached, and not for a moment of that', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const open = vi.spyOn(BacktestJob.prototype, 'fetch').mockImplementation(() => {
      throw Object.assign(new Error('The object was reset.'), { retryable: true });
    });
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const answer = await call(who, 'GET', eventsOf(job.id));
    expect(answer).toMatchObject({ status: 503, json: { error: { code: 'UNAVAILABLE' } } });
    expect(answer.headers.get('Retry-After')).toBe('1');
    open.mockRestore();
    vi.spyOn(BacktestJob.prototype, 'fetch').mockImplementationOnce(() => {
      throw Object.assign(new Error('The object was reset.'), { retryable: true });
    });
    expect((await (await listen(who, job.id)).hear()).job.status).toBe('queued');
  });
});

it('passes its time as the document tells, and as clients count on', () => {
  // A client takes three comments that did not come, 45 seconds, for the end of its connection.
  expect(STREAM_TIMES).toEqual({ gapMs: 250, keepAliveMs: 15_000, longestMs: 3_600_000 });
  const told = OPERATIONS.find(({ operationId }) => operationId === 'watchJob')?.description;
  for (const words of ['at most four times a second', 'every 15 seconds', 'an hour at most']) {
    expect(told).toContain(words);
  }
});

describe('a stream with nothing to tell', () => {
  it('is kept alive by comments', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const stream = await listen(who, job.id, { ask: withTimes({ keepAliveMs: 20 }) });
    await stream.hear();
    const end = stream.rest();
    await vi.waitUntil(() => stream.comments.length >= 3);
    await cancel(who, job.id);
    expect(seen(await end)).toEqual([[2, 'cancelled']]);
  });

  it('ends after its longest time, and leaves no socket behind', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const stream = await listen(who, job.id, { ask: withTimes({ longestMs: 100 }) });
    expect(seen(await stream.rest())).toEqual([[1, 'queued']]);
    await watched(job.id, 0);
  });
});

describe('a listener that goes away', () => {
  it('leaves no socket behind, and the other listener alone', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const [leaving, staying] = [await listen(who, job.id), await listen(who, job.id)];
    await leaving.hear();
    await watched(job.id, 2);
    await leaving.leave();
    await watched(job.id, 1);
    await cancel(who, job.id);
    expect(seen(await staying.rest()).at(-1)).toEqual([2, 'cancelled']);
  });
});

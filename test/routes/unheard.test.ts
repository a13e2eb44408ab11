import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Account } from '../../src/account/account.ts';
import { executeJob } from '../../src/executor/execute.ts';
import { BacktestJob } from '../../src/job/backtest-job.ts';
import { administer, call, mintKey, type Answer, type Credentials } from '../support/client.ts';
import { ALL } from '../support/forgeries.ts';
import { listen } from '../support/events.ts';
import { intercept } from '../support/intercept.ts';
import {
  accountStub,
  auditOf,
  createJob,
  getJob,
  GRID_JOB,
  jobStub,
  listAnswer,
  listJobs,
  startJob,
} from '../support/jobs.ts';
import { codeOf } from '../support/matchers.ts';
import { cancel, complete, createRunning, expireLease, fail, heartbeat } from '../support/worker.ts';

/**
 * A job changes, and its account does not hear of it, however often it is told: whoever has an answer about the job still sees at
 * least that in a list, or no list. No alarm rings in here: nothing waits for the job to try again.
 */

const worker = await mintKey(['worker']);

/** Lets no news of any job arrive. Gives what ends that. */
function deafen(): () => void {
  vi.spyOn(console, 'error').mockReturnValue();
  const restore = intercept(Account.prototype, 'project', () => {
    // One of the runtime's own messages, which it does not report.
    throw Object.assign(new Error('disconnected: operation canceled'), { retryable: true });
  });
  const end = () => {
    restore();
    vi.restoreAllMocks();
  };
  onTestFinished(end);
  return end;
}

async function list(who: Credentials, query = ''): Promise<Answer> {
  return await call(who, 'GET', `/v1/backtest/jobs${query}`);
}

/** A job that is queued, or running with a lease. */
async function prepared(who: Credentials, by: Credentials, isRunning: boolean) {
  if (isRunning) return await createRunning(who, by);
  return { job: await createJob(who), lease: '' };
}

interface Change {
  name: string;
  isRunning: boolean;
  to: string;
  act: (who: Credentials, id: string, lease: string) => Promise<Answer>;
}

/** Whatever a client can do to a job; a worker's part with a key of the same account, which may also list. */
const CHANGES: Change[] = [
  { name: 'a cancel', isRunning: false, to: 'cancelled', act: cancel },
  { name: 'a cancel midway', isRunning: true, to: 'cancelled', act: cancel },
  {
    name: 'a cancel with a key',
    isRunning: true,
    to: 'cancelled',
    act: (who, id) => cancel(who, id, 'stop', 'k'),
  },
  {
    name: 'a start',
    isRunning: false,
    to: 'running',
    act: (who, id) => call(who, 'POST', `/v1/worker/jobs/${id}/start`),
  },
  { name: 'a completion', isRunning: true, to: 'done', act: complete },
  { name: 'a failure', isRunning: true, to: 'failed', act: fail },
];

describe.each(CHANGES)('$name of which the account does not hear', ({ isRunning, to, act }) => {
  test('acts, and there is no list until a list can show it', async () => {
    const who = await mintKey(ALL);
    const { job, lease } = await prepared(who, who, isRunning);
    const hearAgain = deafen();
    expect((await act(who, job.id, lease)).status).toBe(200);
    for (const query of ['', `?status=${to}`, '?status=queued', '?limit=1']) {
      const refused = await list(who, query);
      expect([refused.status, codeOf(refused), refused.headers.get('Retry-After')], query).toEqual([
        503,
        'UNAVAILABLE',
        '1',
      ]);
    }
    hearAgain();
    expect((await listJobs(who)).data).toMatchObject([{ id: job.id, status: to }]);
    expect((await auditOf(who, job.id)).at(-1)).toMatchObject({ to });
  });

  test.each(['stand', 'were evicted'])(
    'shows at once in lists of its status: the objects %s',
    async (how) => {
      const who = await mintKey(ALL);
      const { job, lease } = await prepared(who, who, isRunning);
      const hearAgain = deafen();
      expect((await act(who, job.id, lease)).status).toBe(200);
      hearAgain();
      if (how === 'were evicted') {
        await evictDurableObject(jobStub(job.id));
        await evictDurableObject(accountStub(who));
      }
      expect((await listJobs(who, `?status=${to}`)).data).toMatchObject([{ id: job.id, status: to }]);
      expect((await listJobs(who, '?status=queued')).data).toEqual([]);
    },
  );
});

describe('what a worker of another account does', () => {
  const BY_WORKERS = CHANGES.filter(({ to }) => to !== 'cancelled');

  test.each(BY_WORKERS)('shows in lists, or there is none: $name', async ({ isRunning, to, act }) => {
    const who = await mintKey();
    const { job, lease } = await prepared(who, worker, isRunning);
    const hearAgain = deafen();
    expect((await act(worker, job.id, lease)).status).toBe(200);
    expect((await list(who, `?status=${to}`)).status).toBe(503);
    hearAgain();
    await evictDurableObject(accountStub(who));
    expect((await listJobs(who, `?status=${to}`)).data).toMatchObject([{ id: job.id, status: to }]);
  });

  test.each(BY_WORKERS)('waits for the account: $name', async ({ isRunning, to, act }) => {
    const who = await mintKey();
    const { job, lease } = await prepared(who, worker, isRunning);
    const before = [await getJob(who, job.id), await auditOf(who, job.id)];
    const restore = intercept(Account.prototype, 'touch', () => {
      throw Object.assign(new Error('disconnected: operation canceled'), { overloaded: true });
    });
    onTestFinished(restore);
    const refused = await act(worker, job.id, lease);
    expect([refused.status, codeOf(refused), refused.headers.get('Retry-After')]).toEqual([
      503,
      'UNAVAILABLE',
      '1',
    ]);
    expect([await getJob(who, job.id), await auditOf(who, job.id)]).toEqual(before);
    restore();
    expect((await act(worker, job.id, lease)).status).toBe(200);
    expect((await getJob(who, job.id)).status).toBe(to);
  });

  test.each(BY_WORKERS)('is refused where the job is cancelled meanwhile: $name', async (change) => {
    const who = await mintKey();
    const { job, lease } = await prepared(who, worker, change.isRunning);
    const [noted, reply] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const restore = intercept(Account.prototype, 'touch', async (proceed) => {
      const value = proceed();
      noted.resolve(undefined);
      await reply.promise;
      return value;
    });
    onTestFinished(restore);
    const answer = change.act(worker, job.id, lease);
    await noted.promise;
    restore();
    expect((await cancel(who, job.id)).status).toBe(200);
    reply.resolve(undefined);
    expect(codeOf(await answer)).toBe('INVALID_STATE');
    expect((await auditOf(who, job.id)).at(-1)).toMatchObject({ to: 'cancelled' });
    expect((await listJobs(who)).data).toMatchObject([{ id: job.id, status: 'cancelled' }]);
  });
});

test('what the executor does needs no note: nobody has its answers', async () => {
  const who = await mintKey();
  const { id } = await createJob(who, { ...GRID_JOB, end: '2025-01-01T23:00:00Z' });
  let notes = 0;
  const restore = intercept(Account.prototype, 'touch', (proceed) => {
    notes += 1;
    return proceed();
  });
  onTestFinished(restore);
  await executeJob(env, id, 'delivery');
  expect([(await getJob(who, id)).status, notes]).toEqual(['done', 0]);
});

describe('an object that is reset under a call', () => {
  /** Lets a job's object die in its next call of a method, before or after it acts: for real, so that the platform says so. */
  function dying(method: string, id: string, acts: boolean): void {
    let isFirst = true;
    const restore = intercept(BacktestJob.prototype, method, async (proceed) => {
      if (!isFirst) return await proceed();
      isFirst = false;
      if (acts) await proceed();
      await runInDurableObject(jobStub(id), (_, state) => {
        state.abort('disconnected: operation canceled');
      });
      return await new Promise(() => undefined);
    });
    onTestFinished(restore);
  }

  test('is asked again: a list shows no less, a read succeeds, a cancel acts once', async () => {
    const who = await mintKey();
    const { job } = await createRunning(who, worker, 0.7);
    dying('snapshot', job.id, false);
    expect((await listJobs(who)).data).toMatchObject([{ id: job.id, status: 'running', progress: 0.7 }]);
    dying('get', job.id, false);
    expect(await getJob(who, job.id)).toMatchObject({ status: 'running', progress: 0.7 });
    dying('cancel', job.id, true);
    expect((await cancel(who, job.id)).status).toBe(200);
    expect((await auditOf(who, job.id)).map(({ to }) => to)).toEqual(['running', 'cancelled']);
  });
});

test('a job of an account from before it noted anything is asked, too', async () => {
  const who = await mintKey();
  const job = await createJob(who);
  const hearAgain = deafen();
  expect((await cancel(who, job.id)).status).toBe(200);
  hearAgain();
  await runInDurableObject(accountStub(who), (_, { storage }) => {
    storage.sql.exec(`DROP INDEX job_touched; ALTER TABLE job DROP COLUMN touched;
                      DROP TABLE withdrawn; DROP TABLE spent_signature; DELETE FROM migration WHERE step >= 3`);
  });
  await evictDurableObject(accountStub(who));
  expect((await listJobs(who, '?status=cancelled')).data).toMatchObject([{ id: job.id }]);
});

describe('a heartbeat that tells how a job is', () => {
  const BY = { actor: 'system', accountId: null, requestId: null, arrival: null };

  test('is not answered where its account does not know: of a job that runs, and of one that is over', async () => {
    const who = await mintKey(ALL);
    const { id } = await createJob(who);
    const hearAgain = deafen();
    // As the executor does, of which the account has no note.
    await jobStub(id).start('lease', BY);
    expect((await heartbeat(who, id, 'of nobody', 0.1)).status).toBe(503);
    expect((await heartbeat(who, id, 'lease', 0.1)).json).toMatchObject({ continue: true });
    await jobStub(id).fail({ lease: 'lease', error: { code: 'INTERNAL', message: 'x' } }, BY);
    expect((await heartbeat(who, id, 'lease', 0.2)).status).toBe(503);
    // The executor has nobody to tell it to, and is to stop.
    expect(await jobStub(id).heartbeat({ lease: 'lease', progress: 0.2 })).toMatchObject({
      value: { continue: false },
    });
    hearAgain();
    expect((await heartbeat(who, id, 'lease', 0.2)).json).toEqual({ continue: false, status: 'failed' });
    expect((await listJobs(who, '?status=failed')).data).toMatchObject([{ id }]);
  });
});

test('a watcher that comes while another call tells the account hears the end', async () => {
  const who = await mintKey();
  const { job } = await createRunning(who, worker);
  const hearAgain = deafen();
  expect((await cancel(who, job.id)).status).toBe(200);
  hearAgain();
  vi.spyOn(console, 'error').mockReturnValue();
  const [asked, reply] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  let isFirst = true;
  let lost = 0;
  const restore = intercept(Account.prototype, 'project', async (proceed) => {
    if (isFirst) {
      isFirst = false;
      asked.resolve(undefined);
      await reply.promise;
      lost = 4;
    }
    if (lost === 0) return proceed();
    lost -= 1;
    throw Object.assign(new Error('disconnected: operation canceled'), { retryable: true });
  });
  onTestFinished(restore);
  const watching = listen(who, job.id);
  await asked.promise;
  expect(await getJob(who, job.id)).toMatchObject({ status: 'cancelled' });
  reply.resolve(undefined);
  expect((await (await watching).hear()).job.status).toBe('cancelled');
});

test('a job over whose news its account fails is shown as it is, and told until that is mended', async () => {
  const who = await mintKey();
  const { job, lease } = await createRunning(who, worker);
  vi.spyOn(console, 'error').mockReturnValue();
  const restore = intercept(Account.prototype, 'project', () => {
    throw new Error('disconnected: operation canceled');
  });
  onTestFinished(() => {
    restore();
    vi.restoreAllMocks();
  });
  expect((await complete(worker, job.id, lease)).status).toBe(200);
  expect(await getJob(who, job.id)).toMatchObject({ status: 'done' });
  expect((await listJobs(who)).data).toMatchObject([{ id: job.id, status: 'done' }]);
  expect((await listJobs(who, '?status=done')).data).toMatchObject([{ id: job.id }]);
  expect(await runDurableObjectAlarm(jobStub(job.id))).toBe(true);
  restore();
  expect(await runDurableObjectAlarm(jobStub(job.id))).toBe(true);
  expect(
    await runInDurableObject(
      accountStub(who),
      (_, { storage }) => storage.sql.exec('SELECT status FROM job').one().status,
    ),
  ).toBe('done');
});

describe('a refusal that says more of a job than its account knows', () => {
  const REFUSED: [name: string, act: (who: Credentials, id: string) => Promise<Answer>][] = [
    ['a cancel', cancel],
    ['a start', (who, id) => call(who, 'POST', `/v1/worker/jobs/${id}/start`)],
    ['a completion', (who, id) => complete(who, id, 'of nobody')],
    ['a failure', (who, id) => fail(who, id, 'of nobody')],
  ];

  test.each(REFUSED)('is not given: %s of a job that is done', async (_, act) => {
    const who = await mintKey(ALL);
    const { job, lease } = await createRunning(who, worker);
    const hearAgain = deafen();
    expect((await complete(worker, job.id, lease)).status).toBe(200);
    expect((await act(who, job.id)).status).toBe(503);
    hearAgain();
    expect(codeOf(await act(who, job.id))).toBe('INVALID_STATE');
    expect((await listJobs(who, '?status=done')).data).toMatchObject([{ id: job.id, status: 'done' }]);
  });
});

describe('a job that says more than its account knows', () => {
  const READS: [string, string][] = [
    ['GET', ''],
    ['HEAD', ''],
    ['GET', '/audit'],
    ['HEAD', '/events'],
  ];

  test.each(READS)('is not shown to its trader: %s …%s', async (method, path) => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    const hearAgain = deafen();
    // No client has heard of this one, so that a list may be behind.
    expect((await complete(worker, job.id, lease)).status).toBe(200);
    const refused = await call(who, method, `/v1/backtest/jobs/${job.id}${path}`);
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '1']);
    hearAgain();
    expect((await call(who, method, `/v1/backtest/jobs/${job.id}${path}`)).status).toBe(200);
    expect((await listJobs(who, '?status=done')).data).toMatchObject([{ id: job.id }]);
  });

  test('is not shown as queued again either, when its lease is lost', async () => {
    const who = await mintKey();
    const { job } = await createRunning(who, worker);
    await expireLease(job.id);
    const hearAgain = deafen();
    expect((await call(who, 'GET', `/v1/backtest/jobs/${job.id}`)).status).toBe(503);
    hearAgain();
    expect(await getJob(who, job.id)).toMatchObject({ status: 'queued', progress: 0 });
    expect((await listJobs(who, '?status=queued')).data).toMatchObject([{ id: job.id }]);
  });
});

describe('a job that a request was to change', () => {
  /** How many requests the account takes for ones that may have changed the job. */
  async function notes(who: Credentials): Promise<unknown> {
    return await runInDurableObject(
      accountStub(who),
      (_, { storage }) => storage.sql.exec('SELECT touched FROM job').one().touched,
    );
  }

  const REFUSALS: [name: string, code: string, act: (who: Credentials, id: string) => Promise<Answer>][] = [
    ['a cancel with too long a reason', 'INVALID_PARAMETER', (who, id) => cancel(who, id, 'x'.repeat(201))],
    ['a cancel with a key of another', 'IDEMPOTENCY_CONFLICT', (who, id) => cancel(who, id, 'stop', 'used')],
    ['a completion without the lease', 'STALE_LEASE', (who, id) => complete(who, id, 'of nobody')],
    ['a failure without the lease', 'STALE_LEASE', (who, id) => fail(who, id, 'of nobody')],
    ['a start while it runs', 'INVALID_STATE', (who, id) => call(who, 'POST', `/v1/worker/jobs/${id}/start`)],
  ];

  test.each(REFUSALS)('is as before where that was refused: %s', async (_, code, act) => {
    const who = await mintKey(ALL);
    const { job } = await createRunning(who, worker);
    await call(who, 'POST', '/v1/backtest/jobs', GRID_JOB, { headers: { 'Idempotency-Key': 'used' } });
    await runInDurableObject(accountStub(who), (_, { storage }) => {
      storage.sql.exec('DELETE FROM job WHERE id <> ?', job.id);
    });
    const before = await notes(who);
    expect(codeOf(await act(who, job.id))).toBe(code);
    expect(await notes(who)).toBe(before);
    expect((await listJobs(who, '?status=cancelled')).data).toEqual([]);
  });

  test('is noted until its end is heard of', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const hearAgain = deafen();
    expect((await cancel(who, job.id)).status).toBe(200);
    expect(await notes(who)).toBe(1);
    hearAgain();
    expect(await getJob(who, job.id)).toMatchObject({ status: 'cancelled' });
    expect(await notes(who)).toBe(0);
  });

  test('is listed as it is though a second request was refused, and the first is not heard of', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const hearAgain = deafen();
    expect((await cancel(who, job.id)).status).toBe(200);
    expect((await cancel(who, job.id, 'x'.repeat(201))).status).toBe(400);
    hearAgain();
    expect((await listJobs(who, '?status=cancelled')).data).toMatchObject([{ id: job.id }]);
  });

  test('is asked once more where the note of a refused one cannot be taken back', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    vi.spyOn(console, 'warn').mockReturnValue();
    onTestFinished(
      intercept(Account.prototype, 'untouch', () => {
        throw Object.assign(new Error('disconnected: operation canceled'), { retryable: true });
      }),
    );
    expect((await cancel(who, job.id, 'x'.repeat(201))).status).toBe(400);
    expect(await notes(who)).toBe(1);
    expect((await listJobs(who, '?status=queued')).data).toMatchObject([{ id: job.id, status: 'queued' }]);
    expect((await listJobs(who, '?status=cancelled')).data).toEqual([]);
  });

  test('stands in its place among those of a status, page by page', async () => {
    const who = await mintKey();
    const ids: string[] = [];
    for (let job = 0; job < 5; job++) ids.unshift((await createJob(who)).id);
    const [fifth = '', fourth = '', third = '', second = ''] = ids;
    await cancel(who, fourth);
    await cancel(who, second);
    const hearAgain = deafen();
    await cancel(who, third);
    hearAgain();
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = listAnswer.parse((await list(who, `?status=cancelled&limit=1${next}`)).json);
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual([fourth, third, second]);
    expect((await startJob(worker, fifth)).attempt).toBe(1);
  });

  test('leaves its place in a page of another status to the next ones', async () => {
    const who = await mintKey(ALL);
    const { id } = await createJob(who);
    await cancel(who, id);
    for (let running = 0; running < 4; running++) await createRunning(who, who);
    const answer = await list(who, '?status=cancelled&limit=2');
    expect(answer.json).toMatchObject({ data: [{ id }], next_cursor: null });
  });

  test('is looked at a few hundred times for a page, which then goes on in the next one', async () => {
    const who = await mintKey();
    await administer('PUT', `/v1/admin/accounts/${who.accountId}`, { weight_per_minute: 100_000 });
    for (let job = 0; job < 301; job++) await createJob(who);
    await runInDurableObject(accountStub(who), (_, { storage }) => {
      storage.sql.exec('UPDATE job SET touched = 1');
    });
    const first = listAnswer.parse((await list(who, '?status=done&limit=100')).json);
    expect([first.data, typeof first.next_cursor]).toEqual([[], 'string']);
    const rest = await list(who, `?status=done&limit=100&cursor=${String(first.next_cursor)}`);
    expect(rest.json).toEqual({ data: [], next_cursor: null });
  });

  test('of another account is none of this one', async () => {
    const [who, stranger] = [await mintKey(), await mintKey()];
    const job = await createJob(who);
    expect((await cancel(stranger, job.id)).status).toBe(404);
    expect((await listJobs(stranger, '?status=cancelled')).data).toEqual([]);
    expect((await listJobs(who)).data).toMatchObject([{ id: job.id, status: 'queued' }]);
  });
});

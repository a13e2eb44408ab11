import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { call, mintKey, type Credentials } from '../support/client.ts';
import { anHourAhead, freezeClock } from '../support/clock.ts';
import { EMPTY_RESULT, auditOf, createJob, getJob, jobAnswer, jobStub, startJob } from '../support/jobs.ts';
import { codeOf } from '../support/matchers.ts';
import { cancel, complete, createRunning, fail, heartbeat } from '../support/worker.ts';

/** `POST /v1/backtest/jobs/{id}/cancel`, field by field. */

const who = await mintKey();
const worker = await mintKey(['worker']);

const FIELDS = [
  'id',
  'status',
  'config',
  'submitted_at',
  'started_at',
  'finished_at',
  'progress',
  'result',
  'error',
];

function path(id: string): string {
  return `/v1/backtest/jobs/${id}/cancel`;
}

describe('a cancel of a queued job', () => {
  it('answers 200 with the job cancelled, each field as the contract has it', async () => {
    const before = await createJob(who);
    const answer = await cancel(who, before.id);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toBe('application/json');
    expect(answer.headers.get('Idempotency-Replayed')).toBeNull();
    const job = jobAnswer.parse(answer.json);
    expect(Object.keys(z.record(z.string(), z.unknown()).parse(answer.json))).toEqual(FIELDS);
    expect(job).toEqual({ ...before, status: 'cancelled', finished_at: job.finished_at });
    expect(job).toMatchObject({ started_at: null, progress: 0, result: null, error: null });
    expect(Math.abs(Date.parse(job.finished_at ?? '') - Date.now())).toBeLessThan(3000);
    expect(await getJob(who, job.id)).toEqual(job);
  });
});

describe('a cancel of a running job', () => {
  it('keeps the progress and the start, and clears result and error', async () => {
    const { job } = await createRunning(who, worker, 0.4375);
    const before = await getJob(who, job.id);
    const after = jobAnswer.parse((await cancel(who, job.id)).json);
    expect(after).toEqual({
      ...before,
      status: 'cancelled',
      finished_at: after.finished_at,
      progress: 0.4375,
    });
    expect(after.started_at).not.toBeNull();
    expect(after.finished_at).not.toBeNull();
  });

  it('is true for ever: worker, alarm, eviction and a second cancel learn it and change nothing', async () => {
    const { job, lease } = await createRunning(who, worker);
    const answer = await cancel(who, job.id, 'enough');
    expect(await heartbeat(worker, job.id, lease, 0.9)).toMatchObject({
      status: 200,
      json: { continue: false, status: 'cancelled' },
    });
    expect((await complete(worker, job.id, lease)).status).toBe(409);
    expect((await fail(worker, job.id, lease)).status).toBe(409);
    await expect(startJob(worker, job.id)).rejects.toThrow('INVALID_STATE');
    await jobStub(job.id).deadLetter();
    await runDurableObjectAlarm(jobStub(job.id));
    await evictDurableObject(jobStub(job.id));
    expect((await cancel(who, job.id)).status).toBe(409);
    expect(await getJob(who, job.id)).toEqual(answer.json);
    expect(await auditOf(who, job.id)).toHaveLength(2);
  });
});

describe('the reason', () => {
  it.each([
    ['none', undefined, null],
    ['an empty object', {}, null],
    ['a note', { reason: 'wrong symbol' }, 'wrong symbol'],
    ['200 code points beyond the basic plane', { reason: '🧨'.repeat(200) }, '🧨'.repeat(200)],
    ['quotes and line breaks', { reason: '"a"\n\u0000\\' }, '"a"\n\u0000\\'],
  ])('%s is kept for audit, with who, when and which request', async (_, body, reason) => {
    const job = await createJob(who);
    const answer = await call(who, 'POST', path(job.id), body, { headers: { 'X-Request-Id': 'audit-me.1' } });
    expect(answer.status, answer.text).toBe(200);
    expect(await auditOf(who, job.id)).toEqual([
      {
        at: jobAnswer.parse(answer.json).finished_at,
        from: 'queued',
        to: 'cancelled',
        actor: who.apiKey,
        reason,
        request_id: 'audit-me.1',
      },
    ]);
  });

  it.each([
    ['201 characters', { reason: 'x'.repeat(201) }, 400, 'reason'],
    ['half a surrogate pair', { reason: 'why \ud83e' }, 400, 'reason'],
    ['a number', { reason: 7 }, 400, 'reason'],
    ['null', { reason: null }, 400, 'reason'],
    ['an unknown field', { reason: 'x', force: true }, 400, 'force'],
    ['an array', [], 400, ''],
    ['a string', '"why"', 400, ''],
    ['malformed JSON', '{"reason": ', 400, ''],
    ['bytes over 64 KiB', { reason: 'x'.repeat(66_000) }, 413, null],
  ])('%s is refused and changes nothing', async (_, body, status, named) => {
    const job = await createJob(who);
    const answer = await call(who, 'POST', path(job.id), body);
    expect(answer.status, answer.text).toBe(status);
    if (named !== null) {
      expect(answer.json).toMatchObject({ error: { code: 'INVALID_PARAMETER', details: [{ path: named }] } });
    }
    expect(await getJob(who, job.id)).toEqual(job);
    expect(await auditOf(who, job.id)).toEqual([]);
  });

  it('in another content type is 415 and changes nothing', async () => {
    const job = await createJob(who);
    const headers = { 'Content-Type': 'text/plain' };
    const answer = await call(who, 'POST', path(job.id), { reason: 'x' }, { headers });
    expect(answer).toMatchObject({ status: 415, json: { error: { code: 'UNSUPPORTED_MEDIA_TYPE' } } });
    expect(await getJob(who, job.id)).toEqual(job);
  });
});

describe('a final job', () => {
  const ends: Record<string, (worker: Credentials) => Promise<string>> = {
    done: async (by) => {
      const { job, lease } = await createRunning(who, by);
      await complete(by, job.id, lease, EMPTY_RESULT);
      return job.id;
    },
    failed: async (by) => {
      const { job, lease } = await createRunning(who, by);
      await fail(by, job.id, lease);
      return job.id;
    },
    cancelled: async () => {
      const job = await createJob(who);
      await cancel(who, job.id, 'first');
      return job.id;
    },
  };

  it.each(Object.entries(ends))('%s is 409 and stays as it is', async (status, end) => {
    const id = await end(worker);
    const before = await getJob(who, id);
    const audit = await auditOf(who, id);
    const answer = await call(
      who,
      'POST',
      path(id),
      { reason: 'too late' },
      { headers: { 'X-Request-Id': 'r1' } },
    );
    expect(answer.status).toBe(409);
    expect(answer.json).toEqual({
      error: {
        code: 'INVALID_STATE',
        message: `The job is ${status}, which does not allow this.`,
        details: [{ path: 'status', message: status }],
        request_id: 'r1',
      },
    });
    expect(await getJob(who, id)).toEqual(before);
    expect(await auditOf(who, id)).toEqual(audit);
  });
});

describe('somebody else’s job', () => {
  it('is 404, byte for byte as one that never existed, and is not touched', async () => {
    const other = await mintKey();
    const theirs = await createRunning(other, worker);
    const headers = { 'X-Request-Id': 'same' };
    const ids = [theirs.job.id, `bt_${'1'.repeat(43)}`, 'bt_000000', 'bt_', 'x', `${theirs.job.id}0`];
    const answers = [];
    for (const id of ids)
      answers.push(await call(who, 'POST', path(id), { reason: 'mine now' }, { headers }));
    for (const answer of answers) {
      expect([answer.status, answer.text]).toEqual([404, answers[0]?.text]);
      expect([...answer.headers.keys()]).toEqual([...(answers[0]?.headers.keys() ?? [])]);
    }
    expect(answers[0]?.json).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(await getJob(other, theirs.job.id)).toMatchObject({ status: 'running', progress: 0.4 });
    expect(await auditOf(other, theirs.job.id)).toHaveLength(1);
  });
});

describe('who may not trade', () => {
  it.each([['read'], ['worker']] as const)(
    'a key with only "%s" is 403 and changes nothing',
    async (permission) => {
      const key = await mintKey([permission], who.accountId);
      const job = await createJob(who);
      expect(await cancel(key, job.id)).toMatchObject({
        status: 403,
        json: { error: { code: 'FORBIDDEN' } },
      });
      expect(await getJob(who, job.id)).toEqual(job);
    },
  );
});

describe('Idempotency-Key', () => {
  let keyed = { headers: { 'Idempotency-Key': '' } };
  beforeEach(() => {
    keyed = { headers: { 'Idempotency-Key': crypto.randomUUID() } };
  });

  it('gives the first answer again, also after eviction', async () => {
    const { job } = await createRunning(who, worker);
    const first = await call(who, 'POST', path(job.id), { reason: 'once' }, keyed);
    await evictDurableObject(jobStub(job.id));
    const again = await call(who, 'POST', path(job.id), { reason: 'once' }, keyed);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect([first, again].map(({ headers }) => headers.get('Idempotency-Replayed'))).toEqual([null, 'true']);
    expect(await auditOf(who, job.id)).toHaveLength(2);
  });

  it('with another body is 409 IDEMPOTENCY_CONFLICT; another key or none is 409 INVALID_STATE', async () => {
    const job = await createJob(who);
    await call(who, 'POST', path(job.id), { reason: 'once' }, keyed);
    const code = async (body: object, headers: Record<string, string>) =>
      (await call(who, 'POST', path(job.id), body, { headers })).json;
    expect(await code({ reason: 'twice' }, keyed.headers)).toMatchObject({
      error: { code: 'IDEMPOTENCY_CONFLICT' },
    });
    expect(await code({ reason: 'once' }, { 'Idempotency-Key': crypto.randomUUID() })).toMatchObject({
      error: { code: 'INVALID_STATE' },
    });
    expect(await code({ reason: 'once' }, {})).toMatchObject({ error: { code: 'INVALID_STATE' } });
  });

  it('is kept for 24 hours', async () => {
    const cancelledAt = anHourAhead();
    freezeClock(cancelledAt);
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const job = await createJob(who);
    await call(who, 'POST', path(job.id), undefined, keyed);
    vi.setSystemTime(cancelledAt + 86_399_999);
    const replayed = await call(who, 'POST', path(job.id), undefined, keyed);
    expect([replayed.status, replayed.headers.get('Idempotency-Replayed')]).toEqual([200, 'true']);
    vi.setSystemTime(cancelledAt + 86_400_000);
    const late = await call(who, 'POST', path(job.id), undefined, keyed);
    expect([late.status, codeOf(late)]).toEqual([409, 'INVALID_STATE']);
  });

  it('of several at once lets one act and gives its answer to the others', async () => {
    const { job } = await createRunning(who, worker);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call(who, 'POST', path(job.id), { reason: 'all' }, keyed)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('Idempotency-Replayed') === null)).toHaveLength(1);
    expect(await auditOf(who, job.id)).toHaveLength(2);
  });

  it.each([
    ['', 'empty'],
    ['x'.repeat(65), 'too long'],
    ['a b', 'with a space'],
  ])('that is %s is refused and changes nothing (%s)', async (key) => {
    const job = await createJob(who);
    const answer = await call(who, 'POST', path(job.id), undefined, { headers: { 'Idempotency-Key': key } });
    expect(answer).toMatchObject({
      status: 400,
      json: { error: { code: 'INVALID_PARAMETER', details: [{ path: 'Idempotency-Key' }] } },
    });
    expect(await getJob(who, job.id)).toEqual(job);
  });
});

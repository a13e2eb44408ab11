import { evictDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { call, mintKey, send, signedInit, type Answer, type Credentials } from '../support/client.ts';
import { anHourAhead, freezeClock } from '../support/clock.ts';
import { accountStub, getJob, GRID_JOB, jobAnswer, listJobs } from '../support/jobs.ts';
import { ANY_TEXT, codeOf } from '../support/matchers.ts';
import { existingObjects } from '../support/objects.ts';

const JOBS = '/v1/backtest/jobs';
const NOW = anHourAhead();
const DAY_MS = 86_400_000;
const OTHER_JOB = { ...GRID_JOB, capital: '20000' };

let ticks = 0;

/** A timestamp within the window that no request of this file has used, so that no two signatures are equal. */
function freshTimestamp(): number {
  ticks = (ticks + 1) % 20_000;
  return Date.now() - ticks;
}

/** A create with this `Idempotency-Key`, signed anew. */
async function create(who: Credentials, key: string, body: unknown = GRID_JOB): Promise<Answer> {
  const options = { timestamp: freshTimestamp(), headers: { 'Idempotency-Key': key } };
  return await call(who, 'POST', JOBS, body, options);
}

function idOf(answer: Answer): string {
  expect(answer.status).toBe(201);
  return jobAnswer.parse(answer.json).id;
}

function isReplay(answer: Answer): boolean {
  return answer.headers.get('Idempotency-Replayed') === 'true';
}

async function idsOf(who: Credentials): Promise<string[]> {
  return (await listJobs(who)).data.map(({ id }) => id);
}

beforeEach(() => {
  freezeClock(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a signature that was accepted before', () => {
  test.each([
    ['at once', () => Promise.resolve()],
    [
      'after the account was evicted',
      async (who: Credentials) => {
        await evictDurableObject(accountStub(who));
      },
    ],
    [
      'after its job was cancelled',
      async (who: Credentials) => {
        const [id] = await idsOf(who);
        expect((await call(who, 'POST', `${JOBS}/${id ?? ''}/cancel`)).status).toBe(200);
      },
    ],
  ])('is refused %s, and makes no job', async (_, meanwhile) => {
    const who = await mintKey();
    const init = await signedInit(who, 'POST', JOBS, GRID_JOB);
    const id = idOf(await send(JOBS, init));
    await meanwhile(who);
    const before = await existingObjects();
    const again = await send(JOBS, init);
    expect(again.status).toBe(401);
    expect(again.json).toEqual({
      error: { code: 'REPLAYED_REQUEST', message: ANY_TEXT, request_id: again.headers.get('X-Request-Id') },
    });
    expect(await existingObjects()).toEqual(before);
    expect(await idsOf(who)).toEqual([id]);
  });

  test('is refused in upper case as well', async () => {
    const who = await mintKey();
    const init = await signedInit(who, 'POST', JOBS, GRID_JOB);
    idOf(await send(JOBS, init));
    const headers = new Headers(init.headers);
    headers.set('X-PipAI-Signature', headers.get('X-PipAI-Signature')?.toUpperCase() ?? '');
    expect(codeOf(await send(JOBS, { ...init, headers }))).toBe('REPLAYED_REQUEST');
  });

  test('is refused with an Idempotency-Key that was not there before', async () => {
    const who = await mintKey();
    const init = await signedInit(who, 'POST', JOBS, GRID_JOB);
    idOf(await send(JOBS, init));
    const headers = new Headers(init.headers);
    headers.set('Idempotency-Key', 'new');
    expect(codeOf(await send(JOBS, { ...init, headers }))).toBe('REPLAYED_REQUEST');
    // The refusal has not used up the key.
    expect(isReplay(await create(who, 'new'))).toBe(false);
  });

  test('acts once among ten at the same time', async () => {
    const who = await mintKey();
    const init = await signedInit(who, 'POST', JOBS, GRID_JOB);
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(JOBS, init)));
    expect(answers.map(({ status }) => status).sort()).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 401),
    ]);
    expect(await idsOf(who)).toHaveLength(1);
  });

  test('is nobody else’s: the same body at another millisecond makes another job', async () => {
    const who = await mintKey();
    const first = idOf(await call(who, 'POST', JOBS, GRID_JOB, { timestamp: freshTimestamp() }));
    const second = idOf(await call(who, 'POST', JOBS, GRID_JOB, { timestamp: freshTimestamp() }));
    expect(await idsOf(who)).toEqual([second, first]);
  });

  test('stays free where the request was refused for its fields', async () => {
    const who = await mintKey();
    const init = await signedInit(who, 'POST', JOBS, { ...GRID_JOB, capital: '0' });
    for (let time = 0; time < 2; time++) expect(codeOf(await send(JOBS, init))).toBe('INVALID_PARAMETER');
  });
});

describe('an Idempotency-Key', () => {
  test('with the same body gives the first answer again', async () => {
    const who = await mintKey();
    const first = await create(who, 'key');
    const before = await existingObjects();
    const again = await create(who, 'key');
    expect([first.status, isReplay(first)]).toEqual([201, false]);
    expect([again.status, isReplay(again)]).toEqual([201, true]);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('Location')).toBe(first.headers.get('Location'));
    expect(await existingObjects()).toEqual(before);
    expect(await idsOf(who)).toEqual([idOf(first)]);
  });

  test('gives the first answer again for the very same signature', async () => {
    const who = await mintKey();
    const init = await signedInit(who, 'POST', JOBS, GRID_JOB, { headers: { 'Idempotency-Key': 'key' } });
    const first = await send(JOBS, init);
    const again = await send(JOBS, init);
    expect([again.status, isReplay(again), again.text]).toEqual([201, true, first.text]);
  });

  test('gives the first answer again though the job has moved on and the account was evicted', async () => {
    const who = await mintKey();
    const first = await create(who, 'key');
    const id = idOf(first);
    await call(who, 'POST', `${JOBS}/${id}/cancel`);
    await evictDurableObject(accountStub(who));
    const again = await create(who, 'key');
    expect([again.status, isReplay(again), again.text]).toEqual([201, true, first.text]);
    expect((await getJob(who, id)).status).toBe('cancelled');
  });

  test('with another body is a conflict and does nothing', async () => {
    const who = await mintKey();
    const id = idOf(await create(who, 'key'));
    for (const body of [OTHER_JOB, JSON.stringify(GRID_JOB, null, 1)]) {
      const before = await existingObjects();
      const answer = await create(who, 'key', body);
      expect(answer.status).toBe(409);
      expect(answer.json).toEqual({
        error: {
          code: 'IDEMPOTENCY_CONFLICT',
          message: ANY_TEXT,
          request_id: answer.headers.get('X-Request-Id'),
        },
      });
      expect(await existingObjects()).toEqual(before);
    }
    expect(await idsOf(who)).toEqual([id]);
    expect(isReplay(await create(who, 'key'))).toBe(true);
  });

  test('lets one of ten concurrent creates act, and the others get its answer', async () => {
    const who = await mintKey();
    const before = await existingObjects();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(who, 'key')));
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(isReplay)).toHaveLength(9);
    expect(await existingObjects()).toHaveLength(before.length + 1);
    expect(await idsOf(who)).toEqual(answers.slice(0, 1).map(idOf));
  });

  test('lets one of two bodies win among concurrent creates', async () => {
    const who = await mintKey();
    const bodies = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? GRID_JOB : OTHER_JOB));
    const answers = await Promise.all(bodies.map((body) => create(who, 'key', body)));
    const created = answers.filter(({ status }) => status === 201);
    expect(new Set(created.map(idOf)).size).toBe(1);
    expect(created.filter(isReplay)).toHaveLength(4);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
    expect(await idsOf(who)).toHaveLength(1);
  });

  test('belongs to its account alone, and to all keys of it', async () => {
    const who = await mintKey();
    const sibling = await mintKey(['trade'], who.accountId);
    const stranger = await mintKey();
    const id = idOf(await create(who, 'key'));
    expect(idOf(await create(sibling, 'key'))).toBe(id);
    const theirs = await create(stranger, 'key');
    expect(isReplay(theirs)).toBe(false);
    expect(idOf(theirs)).not.toBe(id);
  });

  test('tells two keys apart', async () => {
    const who = await mintKey();
    expect(idOf(await create(who, 'key'))).not.toBe(idOf(await create(who, 'Key')));
  });

  test.each(['!', '~', 'x'.repeat(64), '"quoted"', "'; DROP TABLE job; --".replaceAll(' ', '_')])(
    'may be %s',
    async (key) => {
      const who = await mintKey();
      const id = idOf(await create(who, key));
      const again = await create(who, key);
      expect([idOf(again), isReplay(again)]).toEqual([id, true]);
    },
  );

  test('is not used up by a create that was refused for its fields', async () => {
    const who = await mintKey();
    expect((await create(who, 'key', { ...GRID_JOB, leverage: 0 })).status).toBe(400);
    expect(isReplay(await create(who, 'key'))).toBe(false);
  });

  test('is kept for a day, and free after it', async () => {
    const who = await mintKey();
    const start = Date.now();
    const id = idOf(await create(who, 'key'));
    vi.setSystemTime(start + DAY_MS - 1);
    expect(idOf(await create(who, 'key'))).toBe(id);
    vi.setSystemTime(start + DAY_MS);
    const later = await create(who, 'key', OTHER_JOB);
    expect(isReplay(later)).toBe(false);
    expect(idOf(later)).not.toBe(id);
    expect(idOf(await create(who, 'key', OTHER_JOB))).toBe(idOf(later));
  });
});

describe('a signature that made no job', () => {
  const REFUSED: [name: string, body: unknown, status: number][] = [
    ['a repetition, answered as the first was', GRID_JOB, 201],
    ['a conflict', OTHER_JOB, 409],
  ];

  test.each(REFUSED)('makes none later without its key, nor with another: %s', async (_, body, status) => {
    const who = await mintKey();
    await create(who, 'k');
    const options = { timestamp: freshTimestamp(), headers: { 'Idempotency-Key': 'k' } };
    const again = await signedInit(who, 'POST', JOBS, body, options);
    expect((await send(JOBS, again)).status).toBe(status);
    for (const key of [null, 'another']) {
      const headers = new Headers(again.headers);
      headers.delete('Idempotency-Key');
      if (key !== null) headers.set('Idempotency-Key', key);
      expect(codeOf(await send(JOBS, { ...again, headers }))).toBe('REPLAYED_REQUEST');
    }
    await evictDurableObject(accountStub(who));
    // With its key it is answered as before.
    expect((await send(JOBS, again)).status).toBe(status);
    expect(await idsOf(who)).toHaveLength(1);
  });
});

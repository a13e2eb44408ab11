import { expect, it } from 'vitest';
import { mintKey } from '../support/client.ts';
import { listJobs } from '../support/jobs.ts';
import { GRID, answered, clientOf, failureOf, refused, type Attempt, type Fault } from './support.ts';

/** Equal requests of one millisecond: without more ado they have one signature, and the service takes it for one request sent twice. */

const HOUR = 3_600_000;
const CREATED = answered(201, JSON.stringify({ id: 'bt_000000', status: 'queued' }));
const REPLAYED = refused(401, 'REPLAYED_REQUEST');

function stampsOf(attempts: readonly Attempt[]): number[] {
  return attempts.map(({ headers }) => Number(headers.get('X-PipAI-Timestamp')));
}

function keysOf(attempts: readonly Attempt[]): (string | null)[] {
  return attempts.map(({ headers }) => headers.get('Idempotency-Key'));
}

/** Sends on only when so many are there. */
function together(count: number): Fault {
  const waiting: (() => void)[] = [];
  return async (request, service) => {
    await new Promise<void>((resolve) => {
      if (waiting.push(resolve) === count) for (const go of waiting) go();
    });
    return await service(request);
  };
}

it('a burst of equal creates makes a job each, and its timestamps are ahead by no more than there are calls', async () => {
  const who = await mintKey();
  const noon = Date.now();
  const { client, attempts } = clientOf(who, [], { now: () => noon });
  const jobs = await Promise.all(Array.from({ length: 6 }, () => client.create(GRID)));
  expect((await listJobs(who)).data.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => id).sort());
  expect(stampsOf(attempts)).toEqual([0, 1, 2, 3, 4, 5].map((ahead) => noon + ahead));
});

it('the clock is followed again once it has caught up', async () => {
  const times = [1000, 1000, 1000.4, 5000.6, 4000];
  let at = 0;
  const { client, attempts } = clientOf(
    await mintKey(),
    times.map(() => CREATED),
    { now: () => times[at] ?? 0 },
  );
  for (; at < times.length; at++) await client.create(GRID);
  expect(stampsOf(attempts)).toEqual([1000, 1001, 1002, 5001, 5002]);
});

it.each([-HOUR, HOUR])('a burst by a clock that is %d ms off makes a job each, too', async (off) => {
  const who = await mintKey();
  const start = Date.now();
  // All are refused before the first is signed anew, each with another time of the service's.
  const all = together(4);
  const { client, attempts, waits } = clientOf(who, [all, all, all, all], { now: () => start + off });
  const jobs = await Promise.all(Array.from({ length: 4 }, () => client.create(GRID)));
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(4);
  expect([attempts.length, waits]).toEqual([8, []]);
  expect(new Set(stampsOf(attempts)).size).toBe(8);
  for (const stamp of stampsOf(attempts).slice(4)) expect(Math.abs(stamp - start)).toBeLessThan(5000);
});

it('each refused for its time sets the clock once, whatever the time the refusals name', async () => {
  const theirs = 1_700_000_000_000;
  const late = (ahead: number) =>
    refused(401, 'TIMESTAMP_OUT_OF_WINDOW', {}, `It is ${String(theirs + ahead)}.`);
  const { client, attempts } = clientOf(
    await mintKey(),
    [late(0), late(-1), late(5), CREATED, CREATED, CREATED],
    {
      now: () => 5_000_000,
    },
  );
  await Promise.all([client.create(GRID), client.create(GRID), client.create(GRID)]);
  expect(stampsOf(attempts)).toEqual([5_000_000, 5_000_001, 5_000_002, theirs, theirs + 1, theirs + 2]);
});

it('a create whose signature another client had first is signed anew with its key, and makes a job of its own', async () => {
  const who = await mintKey();
  const start = Date.now();
  const [one, other] = [clientOf(who, [], { now: () => start }), clientOf(who, [], { now: () => start })];
  const jobs = [
    await one.client.create(GRID),
    await other.client.create(GRID),
    await one.client.create(GRID, { idempotencyKey: 'mine' }),
  ];
  expect((await listJobs(who)).data.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id).reverse());
  expect(stampsOf(other.attempts)).toEqual([start, start + 1]);
  expect(stampsOf(one.attempts)).toEqual([start, start + 1, start + 2]);
  expect(new Set(keysOf(other.attempts)).size).toBe(1);
  expect(keysOf(one.attempts).slice(1)).toEqual(['mine', 'mine']);
  // Both may be in a burst: they come back apart.
  expect([one.waits, other.waits]).toEqual([[0], [0]]);
});

it('is told so where that does not help', async () => {
  const { client, attempts, waits } = clientOf(await mintKey(), [REPLAYED, REPLAYED, REPLAYED], {
    maxRetries: 2,
    random: () => 1,
  });
  expect(await failureOf(client.create(GRID))).toMatchObject({ code: 'REPLAYED_REQUEST', status: 401 });
  expect([attempts.length, waits]).toEqual([3, [500, 1000]]);
});

import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { encodeJobId } from '../../src/job/job-id.ts';
import { call, mintKey, type Answer, type Credentials } from '../support/client.ts';
import { ALL } from '../support/forgeries.ts';
import { auditOf, createJob, getJob } from '../support/jobs.ts';
import { existingObjects } from '../support/objects.ts';
import { SIGNED_ROUTES, type SignedRoute } from '../support/signed-routes.ts';

/** Ids that no job ever had. */
const NOBODYS = [
  'bt_000000',
  `bt_${'0'.repeat(43)}`,
  `bt_${'z'.repeat(43)}`,
  `bt_${'z'.repeat(64)}`,
  'BT_000000',
  'job',
  '%20',
  'bt_%00',
];

const aboutJobs = SIGNED_ROUTES.filter(({ target }) => target('a') !== target('b'));

async function ask(who: Credentials, route: SignedRoute, job: string): Promise<Answer> {
  const headers = { 'X-Request-Id': 'same' };
  return await call(who, route.method, route.target(job), route.body('lease') ?? undefined, { headers });
}

/** An answer as bytes, the budget aside. */
function bytesOf({ status, headers, text }: Answer): string {
  const told = [...headers].filter(([name]) => !/ratelimit|weight/.test(name));
  return JSON.stringify([status, told, text]);
}

describe.each(aboutJobs)('$name', (route) => {
  test('has one answer, byte for byte, for every job that never was', async () => {
    const who = await mintKey(ALL);
    // An id as the platform gives them out, but of no job.
    const unused = encodeJobId(env.BACKTEST_JOB.newUniqueId());
    const first = await ask(who, route, unused);
    expect(first.json).toEqual({
      error: { code: 'NOT_FOUND', message: 'There is no such job.', request_id: 'same' },
    });
    expect(first.status).toBe(404);
    const before = await existingObjects();
    for (const id of NOBODYS) {
      expect([id, bytesOf(await ask(who, route, id))]).toEqual([id, bytesOf(first)]);
    }
    expect(await existingObjects()).toEqual(before);
  });
});

describe.each(aboutJobs.filter(({ permission }) => permission !== 'worker'))(
  "$name of another account's job",
  (route) => {
    test('is answered byte for byte as if it never was, and does nothing', async () => {
      const [owner, stranger] = [await mintKey(), await mintKey()];
      const job = await createJob(owner);
      const never = await ask(stranger, route, encodeJobId(env.BACKTEST_JOB.newUniqueId()));
      const foreign = await ask(stranger, route, job.id);
      expect(foreign.status).toBe(404);
      expect(bytesOf(foreign)).toBe(bytesOf(never));
      expect(await getJob(owner, job.id)).toEqual(job);
      expect(await auditOf(owner, job.id)).toEqual([]);
    });
  },
);

import { evictDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { parseApiKey } from '../../src/auth/api-key.ts';
import { deriveSecret } from '../../src/auth/secret.ts';
import {
  administer,
  call,
  freshAccount,
  mintKey,
  send,
  signedInit,
  type Credentials,
} from '../support/client.ts';
import { anHourAhead, freezeClock, instant } from '../support/clock.ts';
import { ALL, authenticationFailures, castAround, forged, type Cast } from '../support/forgeries.ts';
import { accountStub, auditOf, createJob, GRID_JOB, listJobs, startJob } from '../support/jobs.ts';
import { ANY_TEXT, textWith } from '../support/matchers.ts';
import { existingObjects } from '../support/objects.ts';
import { SIGNED_ROUTES } from '../support/signed-routes.ts';

const NOW = anHourAhead();
const WINDOW_MS = 30_000;
const failures = authenticationFailures();

/** A key of a form nobody has issued, with the secret that only the holder of the master key can compute. */
async function neverIssued(version = '1'): Promise<Credentials> {
  const accountId = freshAccount();
  const apiKey = `pk_${version}_${accountId}_${crypto.randomUUID().replaceAll('-', '')}`;
  const parsed = parseApiKey(apiKey);
  if (parsed === null) throw new Error(`${apiKey} is no key`);
  return { apiKey, apiSecret: await deriveSecret(env.MASTER_KEY ?? '', parsed), accountId };
}

let tick = 0;

beforeAll(() => {
  freezeClock(NOW);
});
beforeEach(() => {
  // Another millisecond for every test, so that none repeats a signature of another.
  tick += 1;
  vi.setSystemTime(NOW + tick);
});
afterAll(() => {
  vi.useRealTimers();
});

describe.each(SIGNED_ROUTES)('$method $name', (route) => {
  let cast: Cast;

  beforeAll(async () => {
    const owner = await mintKey(ALL);
    const job = await createJob(owner);
    const lease = route.running ? (await startJob(owner, job.id)).lease : 'none';
    cast = await castAround(owner, job.id, lease);
  });

  test.each(failures)('answers $name with $code and does nothing', async (failure) => {
    const before = await Promise.all([
      listJobs(cast.owner),
      auditOf(cast.owner, cast.job),
      existingObjects(),
    ]);
    const { target, init } = await forged(route, cast, failure.forge(cast, route));
    const answer = await send(target, init);
    expect(answer.json).toEqual({
      error: { code: failure.code, message: ANY_TEXT, request_id: 'the-same-in-all' },
    });
    expect(answer.status).toBe(failure.code === 'FORBIDDEN' ? 403 : 401);
    expect(
      await Promise.all([listJobs(cast.owner), auditOf(cast.owner, cast.job), existingObjects()]),
    ).toEqual(before);
  });

  test('has one answer, byte for byte, for all that is not authentic', async () => {
    const answers = new Set<string>();
    for (const failure of failures.filter(({ code }) => code === 'UNAUTHORIZED')) {
      const { target, init } = await forged(route, cast, failure.forge(cast, route));
      const { status, headers, text } = await send(target, init);
      answers.add(JSON.stringify([status, [...headers], text]));
    }
    expect(answers.size).toBe(1);
  });

  test('reaches no object for a forged key of an account nobody has seen', async () => {
    const before = await existingObjects();
    for (const timestamp of [Date.now(), Date.now() - 2 * WINDOW_MS]) {
      const who = { ...(await neverIssued()), apiSecret: 'guessed' };
      const { target, init } = await forged(route, cast, { who, timestamp: String(timestamp) });
      expect((await send(target, init)).status).toBe(401);
    }
    expect(await existingObjects()).toEqual(before);
  });

  test('reaches no object while the clock is wrong, even with a right signature', async () => {
    const before = await existingObjects();
    const forgery = { who: await neverIssued(), timestamp: String(Date.now() - WINDOW_MS - 1) };
    const { target, init } = await forged(route, cast, forgery);
    expect((await send(target, init)).json).toMatchObject({ error: { code: 'TIMESTAMP_OUT_OF_WINDOW' } });
    expect(await existingObjects()).toEqual(before);
  });

  test('lets the right request in', async () => {
    const { target, init } = await forged(route, cast);
    expect((await send(target, init)).status).toBe(route.status);
  });
});

test('reaches no object for a key of a master key that is not in use, even with the secret it would have', async () => {
  const before = await existingObjects();
  expect((await call(await neverIssued('2'), 'GET', '/v1/backtest/jobs')).status).toBe(401);
  expect(await existingObjects()).toEqual(before);
});

test('notices an object that is reached', async () => {
  const before = await existingObjects();
  expect((await call(await neverIssued(), 'GET', '/v1/backtest/jobs')).status).toBe(401);
  expect(await existingObjects()).toHaveLength(before.length + 1);
});

test.each([
  ['the edge behind', -WINDOW_MS, 200],
  ['the edge ahead', WINDOW_MS, 200],
  ['past the edge behind', -WINDOW_MS - 1, 401],
  ['past the edge ahead', WINDOW_MS + 1, 401],
])('judges a timestamp at %s of the window', async (_, offset, status) => {
  const who = await mintKey();
  const timestamp = Date.now() + offset;
  expect((await call(who, 'GET', '/v1/backtest/jobs', undefined, { timestamp })).status).toBe(status);
});

test("gives the server's time to a client whose clock is wrong", async () => {
  const who = await mintKey();
  const answer = await call(who, 'GET', '/v1/backtest/jobs', undefined, { timestamp: 1 });
  expect(answer.status).toBe(401);
  expect(answer.json).toEqual({
    error: {
      code: 'TIMESTAMP_OUT_OF_WINDOW',
      message: textWith(String(Date.now())),
      request_id: answer.headers.get('X-Request-Id'),
    },
  });
});

test('takes a signature in upper-case hex', async () => {
  const who = await mintKey();
  const init = await signedInit(who, 'GET', '/v1/backtest/jobs');
  const headers = new Headers(init.headers);
  headers.set('X-PipAI-Signature', headers.get('X-PipAI-Signature')?.toUpperCase() ?? '');
  expect((await send('/v1/backtest/jobs', { ...init, headers })).status).toBe(200);
});

test('verifies the target exactly as it was sent, with nothing decoded', async () => {
  const who = await mintKey();
  await createJob(who);
  for (const target of [
    '/v1/backtest/jobs?template_id=tpl%5Fgrid',
    '/v1/backtest/jobs?',
    '/v1/%62acktest/jobs',
  ]) {
    const answer = await call(who, 'GET', target);
    expect([target, answer.status]).toEqual([target, 200]);
  }
});

test('verifies the raw bytes of the body', async () => {
  const who = await mintKey();
  const text = JSON.stringify({ ...GRID_JOB, note: 'größer als 😀' });
  const answer = await call(who, 'POST', '/v1/backtest/jobs', text);
  expect(answer.json).toMatchObject({ error: { code: 'INVALID_PARAMETER', details: [{ path: 'note' }] } });
});

test('takes a HEAD request signed as HEAD, and not one signed as GET', async () => {
  const who = await mintKey();
  const head = async (signedAs: string) => {
    const init = await signedInit(who, signedAs, '/v1/backtest/jobs');
    return await exports.default.fetch('https://pipai.test/v1/backtest/jobs', { ...init, method: 'HEAD' });
  };
  const right = await head('HEAD');
  expect([right.status, await right.text()]).toEqual([200, '']);
  expect((await head('GET')).status).toBe(401);
});

describe('revocation', () => {
  test('holds for the very next request', async () => {
    const who = await mintKey();
    expect((await call(who, 'GET', '/v1/backtest/jobs')).status).toBe(200);
    expect((await administer('DELETE', `/v1/admin/keys/${who.apiKey}`)).status).toBe(204);
    expect((await call(who, 'GET', '/v1/backtest/jobs')).status).toBe(401);
  });

  test('leaves the other keys of the account standing', async () => {
    const who = await mintKey();
    const other = await mintKey(['read'], who.accountId);
    await administer('DELETE', `/v1/admin/keys/${who.apiKey}`);
    expect((await call(other, 'GET', '/v1/backtest/jobs')).status).toBe(200);
  });

  test('outlives the eviction of the account', async () => {
    const who = await mintKey();
    await administer('DELETE', `/v1/admin/keys/${who.apiKey}`);
    await evictDurableObject(accountStub(who));
    expect((await call(who, 'GET', '/v1/backtest/jobs')).status).toBe(401);
  });
});

test('ends a key at the second it expires', async () => {
  const account = freshAccount();
  const now = NOW + 60_000;
  const minted = await administer('POST', '/v1/admin/keys', {
    account_id: account,
    permissions: ['read'],
    expires_at: instant(now + 5000),
  });
  const { api_key, api_secret } = z
    .object({ api_key: z.string(), api_secret: z.string() })
    .parse(minted.json);
  const who = { apiKey: api_key, apiSecret: api_secret, accountId: account };
  vi.setSystemTime(now + 4999);
  expect((await call(who, 'GET', '/v1/backtest/jobs')).status).toBe(200);
  vi.setSystemTime(now + 5000);
  expect((await call(who, 'GET', '/v1/backtest/jobs')).status).toBe(401);
});

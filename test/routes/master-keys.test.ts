import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  adminInit,
  credentialsIn,
  freshAccount,
  hmac,
  send,
  signedInit,
  type Credentials,
} from '../support/client.ts';
import { anHourAhead, freezeClock } from '../support/clock.ts';
import { ALL, castAround, forged } from '../support/forgeries.ts';
import { createJob } from '../support/jobs.ts';
import { codeOf } from '../support/matchers.ts';
import { existingObjects } from '../support/objects.ts';
import { SIGNED_ROUTES } from '../support/signed-routes.ts';

const KEYS = '/v1/admin/keys';
const JOBS = '/v1/backtest/jobs';
const NOW = anHourAhead();
const GRACE_MS = 60_000;
const FIRST = env.MASTER_KEY ?? '';
const SECOND = 'the-master-key-that-comes-after-it-4567';

/** The service while the operator has set these master keys and no others. */
function serviceWith(masterKeys: Record<`MASTER_KEY_${string}`, string> & { MASTER_KEY?: string }) {
  const { MASTER_KEY: _, ...others } = env;
  const bindings = { ...others, ...masterKeys };
  const administer = (method: string, target: string, body?: unknown) =>
    send(target, adminInit(method, body), bindings);
  return {
    send: (target: string, init: RequestInit) => send(target, init, bindings),
    administer,
    mint: async (accountId = freshAccount()) =>
      credentialsIn(await administer('POST', KEYS, { account_id: accountId, permissions: ALL })),
    rotate: (old: Credentials, graceMs = GRACE_MS) =>
      administer('POST', `${KEYS}/${old.apiKey}/rotate`, { grace_seconds: graceMs / 1000 }),
    status: async (who: Credentials, target = JOBS) =>
      (await send(target, await signedInit(who, 'GET', target), bindings)).status,
  };
}

const before = serviceWith({ MASTER_KEY: FIRST });
const during = serviceWith({ MASTER_KEY: FIRST, MASTER_KEY_2: SECOND });
const after = serviceWith({ MASTER_KEY_2: SECOND });

/** The secret that a master key gives an API key, by code that is not the service's own. */
async function derived(masterKey: string, apiKey: string): Promise<string> {
  return await hmac(masterKey, `pipai-api-secret\n${apiKey.split('_')[1] ?? ''}\n${apiKey}`);
}

/** A key nobody has issued, of an account nobody has seen. */
async function neverIssued(version: string, masterKey: string): Promise<Credentials> {
  const accountId = freshAccount();
  const apiKey = `pk_${version}_${accountId}_${crypto.randomUUID().replaceAll('-', '')}`;
  return { apiKey, apiSecret: await derived(masterKey, apiKey), accountId };
}

beforeEach(() => {
  freezeClock(NOW);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('a master key is replaced while everybody goes on working', async () => {
  const trader = await before.mint();
  const job = `${JOBS}/${(await createJob(trader)).id}`;
  expect(trader.apiKey).toMatch(/^pk_1_/);

  // The new one is set: old keys go on, and new ones are of the new version.
  const newcomer = await during.mint();
  expect(newcomer.apiKey).toMatch(/^pk_2_/);
  expect(newcomer.apiSecret).toBe(await derived(SECOND, newcomer.apiKey));
  expect([await during.status(trader, job), await during.status(newcomer)]).toEqual([200, 200]);

  // The trader's key is moved over, and has its grace.
  const answer = await during.rotate(trader);
  const moved = credentialsIn(answer);
  expect([answer.status, moved.apiKey.slice(0, 5)]).toEqual([201, 'pk_2_']);
  expect([await during.status(trader, job), await during.status(moved, job)]).toEqual([200, 200]);
  vi.setSystemTime(NOW + GRACE_MS);
  expect([await during.status(trader, job), await during.status(moved, job)]).toEqual([401, 200]);

  // The old one is removed.
  expect([await after.status(moved, job), await after.status(newcomer)]).toEqual([200, 200]);
  expect((await after.mint()).apiKey).toMatch(/^pk_2_/);
});

test('the list of keys shows which still hang on the old one', async () => {
  const trader = await before.mint();
  const moved = credentialsIn(await during.rotate(trader));
  const { text } = await during.administer('GET', `${KEYS}?account_id=${trader.accountId}`);
  expect(text.match(/pk_[0-9]+_[^"]+/g)).toEqual([trader.apiKey, moved.apiKey]);
});

test('a key that was forgotten is 401 once its master key is removed, and can still be replaced or revoked', async () => {
  const forgotten = await before.mint();
  const unwanted = await before.mint();
  expect([await during.status(forgotten), await after.status(forgotten)]).toEqual([200, 401]);
  const found = credentialsIn(await after.rotate(forgotten));
  expect([found.accountId, await after.status(found)]).toEqual([forgotten.accountId, 200]);
  expect((await after.administer('DELETE', `${KEYS}/${unwanted.apiKey}`)).status).toBe(204);
  expect(await during.status(unwanted)).toBe(401);
});

test('a key of a new master key is 401 where only the old one is known, and works once it is', async () => {
  const early = await during.mint();
  expect([await before.status(early), await during.status(early)]).toEqual([401, 200]);
});

describe('a version that does not stand', () => {
  test('is answered byte for byte as a wrong signature is, on every route', async () => {
    const owner = await before.mint();
    const cast = await castAround(owner, (await createJob(owner)).id, 'none');
    const objects = await existingObjects();
    for (const route of SIGNED_ROUTES) {
      const answers = new Set<string>();
      for (const forgery of [
        {},
        { signs: { secret: 'wrong' } },
        { timestamp: '1' },
        { who: await neverIssued('3', SECOND) },
        { who: await neverIssued('2', FIRST) },
      ]) {
        const { target, init } = await forged(route, cast, forgery);
        const { status, headers, text } = await after.send(target, init);
        expect([route.name, status]).toEqual([route.name, 401]);
        answers.add(JSON.stringify([[...headers], text]));
      }
      expect([route.name, answers.size]).toEqual([route.name, 1]);
    }
    expect(await existingObjects()).toEqual(objects);
  });

  test('reaches no object, however it is written and whichever master key has signed', async () => {
    const objects = await existingObjects();
    const versions = [
      '',
      '0',
      '00',
      '01',
      '02',
      '0002',
      '3',
      '9999',
      '10000',
      '-1',
      '+1',
      '1.0',
      '1e0',
      ' 1',
      'x',
    ];
    for (const version of versions) {
      for (const masterKey of [FIRST, SECOND]) {
        const who = await neverIssued(version, masterKey);
        expect([version, await during.status(who)]).toEqual([version, 401]);
      }
    }
    expect(await existingObjects()).toEqual(objects);
  });

  test('is not opened by the master key of another version', async () => {
    const objects = await existingObjects();
    expect(await during.status(await neverIssued('1', SECOND))).toBe(401);
    expect(await during.status(await neverIssued('2', FIRST))).toBe(401);
    expect(await existingObjects()).toEqual(objects);
    // The same with the right one does reach the account, which knows no such key.
    expect(await during.status(await neverIssued('2', SECOND))).toBe(401);
    expect(await existingObjects()).toHaveLength(objects.length + 1);
  });
});

describe('master keys that do not fit', () => {
  const broken = serviceWith({ MASTER_KEY: FIRST, MASTER_KEY_02: SECOND });

  test('are named in the log and not in the answer, with no text of any', async () => {
    const trader = await before.mint();
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const answer = await broken.send(JOBS, await signedInit(trader, 'GET', JOBS));
    expect([answer.status, codeOf(answer)]).toEqual([500, 'INTERNAL']);
    expect(answer.text).not.toContain('MASTER_KEY');
    const line = JSON.stringify(log.mock.calls);
    expect(line).toContain('MASTER_KEY_02 names no version');
    for (const secret of [FIRST, SECOND, trader.apiSecret]) expect(line).not.toContain(secret);
  });

  test('make no key, and end none', async () => {
    const trader = await before.mint();
    const list = () => broken.administer('GET', `${KEYS}?account_id=${trader.accountId}`);
    const { text } = await list();
    vi.spyOn(console, 'error').mockReturnValue();
    const created = await broken.administer('POST', KEYS, {
      account_id: trader.accountId,
      permissions: ['read'],
    });
    const rotated = await broken.rotate(trader, 0);
    expect([created.status, rotated.status]).toEqual([500, 500]);
    expect((await list()).text).toBe(text);
    expect(await before.status(trader)).toBe(200);
  });
});

import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { administer, call, freshAccount, mintKey, type Credentials } from '../support/client.ts';
import { anHourAhead, freezeClock } from '../support/clock.ts';
import { createJob } from '../support/jobs.ts';
import { blamed } from '../support/matchers.ts';

const NOW = anHourAhead();
const GRACE_MS = 60_000;
const keyAnswer = z.strictObject({
  api_key: z.string(),
  api_secret: z.string(),
  account_id: z.string(),
  permissions: z.array(z.string()),
  label: z.string().nullable(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
});
const keyList = z.object({
  data: z.array(z.object({ api_key: z.string(), expires_at: z.string().nullable() })),
});

beforeEach(() => {
  freezeClock(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

function rotate(old: Credentials, body: unknown = { grace_seconds: GRACE_MS / 1000 }) {
  return administer('POST', `/v1/admin/keys/${old.apiKey}/rotate`, body);
}

function inHand(key: z.infer<typeof keyAnswer>): Credentials {
  return { apiKey: key.api_key, apiSecret: key.api_secret, accountId: key.account_id };
}

/** A key of a new account that may read. */
async function madeKey(fields: { expires_at?: string | null }): Promise<Credentials> {
  const body = { account_id: freshAccount(), permissions: ['read'], ...fields };
  return inHand(keyAnswer.parse((await administer('POST', '/v1/admin/keys', body)).json));
}

/** The end of a key as the operator's list shows it. */
async function endInList({ accountId, apiKey }: Credentials): Promise<string | null | undefined> {
  const { json } = await administer('GET', `/v1/admin/keys?account_id=${accountId}`);
  return keyList.parse(json).data.find(({ api_key }) => api_key === apiKey)?.expires_at;
}

async function statusWith(who: Credentials): Promise<number> {
  return (await call(who, 'GET', '/v1/backtest/jobs')).status;
}

test('a rotated key gives a new one of the same account and permissions; the old one ends with the grace', async () => {
  const old = await mintKey(['read', 'trade']);
  const job = await createJob(old);
  const answer = await rotate(old);
  expect(answer.status).toBe(201);
  const next = keyAnswer.parse(answer.json);
  expect(next).toMatchObject({
    account_id: old.accountId,
    permissions: ['read', 'trade'],
    label: null,
    expires_at: null,
  });
  const fresh = inHand(next);
  expect([fresh.apiKey === old.apiKey, fresh.apiSecret === old.apiSecret]).toEqual([false, false]);

  expect((await call(fresh, 'GET', `/v1/backtest/jobs/${job.id}`)).status).toBe(200);
  vi.setSystemTime(NOW + GRACE_MS - 1);
  expect([await statusWith(old), await statusWith(fresh)]).toEqual([200, 200]);
  vi.setSystemTime(NOW + GRACE_MS);
  expect([await statusWith(old), await statusWith(fresh)]).toEqual([401, 200]);
});

test('without grace the old key ends at once', async () => {
  const old = await mintKey(['read']);
  expect((await rotate(old, { grace_seconds: 0 })).status).toBe(201);
  expect(await statusWith(old)).toBe(401);
});

test('a long grace does not outlive the end a key has already', async () => {
  const ends = `${new Date(NOW + 5000).toISOString().slice(0, 17)}59Z`;
  const old = await madeKey({ expires_at: ends });
  const next = keyAnswer.parse((await rotate(old, { grace_seconds: 86_400 })).json);
  expect(next.expires_at).toBe(ends);
  vi.setSystemTime(Date.parse(ends));
  expect(await statusWith(old)).toBe(401);
});

describe('a key in its grace that is rotated again', () => {
  const ends = `${new Date(NOW + 86_400_000).toISOString().slice(0, 19)}Z`;

  test.each([null, ends])(
    'gives a key with the end that the old one was made with: %s',
    async (expires_at) => {
      const old = await madeKey({ expires_at });
      await rotate(old);
      const second = keyAnswer.parse((await rotate(old)).json);
      const third = keyAnswer.parse((await rotate(inHand(second))).json);
      expect([second.expires_at, third.expires_at]).toEqual([expires_at, expires_at]);
      vi.setSystemTime(NOW + GRACE_MS);
      expect([await statusWith(old), await statusWith(inHand(third))]).toEqual([401, 200]);
    },
  );

  test.each([
    ['shorter', 10, 10],
    ['longer', 3600, GRACE_MS / 1000],
  ])('ends by a %s grace no later than it did', async (_, grace_seconds, seconds) => {
    const old = await madeKey({});
    await rotate(old);
    expect((await rotate(old, { grace_seconds })).status).toBe(201);
    const end = NOW + seconds * 1000;
    expect(await endInList(old)).toBe(`${new Date(end).toISOString().slice(0, 19)}Z`);
    vi.setSystemTime(end - 1);
    expect(await statusWith(old)).toBe(200);
    vi.setSystemTime(end);
    expect(await statusWith(old)).toBe(401);
  });

  test('keeps its end where the account is from before the two ends were kept apart', async () => {
    const [endless, ending] = [await madeKey({}), await madeKey({ expires_at: ends })];
    for (const { accountId } of [endless, ending]) await asBefore(accountId);
    expect([await endInList(endless), await endInList(ending)]).toEqual([null, ends]);
    for (const [old, end] of [
      [endless, null],
      [ending, ends],
    ] as const) {
      await rotate(old);
      expect(await rotate(old)).toMatchObject({ status: 201, json: { expires_at: end } });
    }
  });

  /** Takes an account back to where its database had no end but one. */
  async function asBefore(accountId: string): Promise<void> {
    const stub = env.ACCOUNT.get(env.ACCOUNT.idFromName(accountId));
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec(`ALTER TABLE api_key DROP COLUMN given_end;
                        DROP INDEX job_touched;
                        ALTER TABLE job DROP COLUMN touched;
                        DROP TABLE withdrawn; DROP TABLE spent_signature;
                        DELETE FROM migration WHERE step >= 2`);
    });
    await evictDurableObject(stub);
  }
});

test('a key that is over, or never was, is 404 and gives none', async () => {
  const old = await mintKey(['read']);
  expect((await administer('DELETE', `/v1/admin/keys/${old.apiKey}`)).status).toBe(204);
  expect((await rotate(old)).status).toBe(404);
  expect((await rotate({ ...old, apiKey: `pk_1_nobody_${'0'.repeat(32)}` })).status).toBe(404);
  expect((await rotate({ ...old, apiKey: 'nonsense' })).status).toBe(404);
});

test.each([
  [{}],
  [{ grace_seconds: -1 }],
  [{ grace_seconds: 1.5 }],
  [{ grace_seconds: 2_592_001 }],
  [{ grace_seconds: '60' }],
])('a grace of %j is refused, and the old key stays as it is', async (body) => {
  const old = await mintKey(['read']);
  const answer = await rotate(old, body);
  expect([answer.status, blamed(answer)]).toEqual([400, ['grace_seconds']]);
  expect(await statusWith(old)).toBe(200);
});

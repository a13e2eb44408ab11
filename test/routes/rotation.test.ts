import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { administer, call, mintKey, type Credentials } from '../support/client.ts';
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

beforeEach(() => {
  freezeClock(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

function rotate(old: Credentials, body: unknown = { grace_seconds: GRACE_MS / 1000 }) {
  return administer('POST', `/v1/admin/keys/${old.apiKey}/rotate`, body);
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
  const fresh = { apiKey: next.api_key, apiSecret: next.api_secret, accountId: next.account_id };
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
  const body = { account_id: 'rotates', permissions: ['read'], expires_at: ends };
  const made = keyAnswer.parse((await administer('POST', '/v1/admin/keys', body)).json);
  const old = { apiKey: made.api_key, apiSecret: made.api_secret, accountId: made.account_id };
  const next = keyAnswer.parse((await rotate(old, { grace_seconds: 86_400 })).json);
  expect(next.expires_at).toBe(ends);
  vi.setSystemTime(Date.parse(ends));
  expect(await statusWith(old)).toBe(401);
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

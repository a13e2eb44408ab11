import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { app } from '../../src/app.ts';
import { administer, call, credentialsIn, freshAccount, mintKey, send } from '../support/client.ts';
import { anHourAhead, freezeClock, instant } from '../support/clock.ts';
import { ANY_TEXT, blamed, codeOf } from '../support/matchers.ts';
import { existingObjects, tablesOf } from '../support/objects.ts';

const NOW = anHourAhead();
const KEYS = '/v1/admin/keys';
const keyList = z.object({
  data: z.array(z.object({ api_key: z.string(), revoked_at: z.string().nullable() })),
});
const keyAnswer = z.object({ api_key: z.string(), api_secret: z.string(), account_id: z.string() });

/** Every route that wants the token, with a right body. */
const ROUTES: [method: string, target: string, body: object | null][] = [
  ['POST', KEYS, { account_id: 'victim', permissions: ['read'] }],
  ['GET', `${KEYS}?account_id=victim`, null],
  ['DELETE', `${KEYS}/pk_1_victim_${'0'.repeat(32)}`, null],
  ['POST', `${KEYS}/pk_1_victim_${'0'.repeat(32)}/rotate`, { grace_seconds: 60 }],
  ['PUT', '/v1/admin/accounts/victim', { weight_per_minute: 1 }],
  ['PUT', '/v1/admin/candles/BTCUSDT/1h', null],
];

function request(method: string, body: object | null, headers: Record<string, string>): RequestInit {
  const json = { 'Content-Type': 'application/json', ...headers };
  return body === null ? { method, headers } : { method, headers: json, body: JSON.stringify(body) };
}

beforeEach(() => {
  freezeClock(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the token', () => {
  const token = env.ADMIN_TOKEN ?? '';
  test.each(ROUTES)('is asked for by %s %s', async (method, target, body) => {
    const before = await existingObjects();
    const answers = new Set<string>();
    const wrong = [
      {},
      { Authorization: '' },
      { Authorization: 'Bearer' },
      { Authorization: 'Bearer wrong' },
      { Authorization: token },
      { Authorization: `Basic ${token}` },
      { Authorization: `Bearer ${token}x` },
      { Authorization: `Bearer ${token.slice(0, -1)}` },
      { Authorization: `Bearer ${token.toUpperCase()}` },
      { Authorization: `Bearer  ${token} ${token}` },
    ];
    for (const headers of wrong) {
      const answer = await send(target, request(method, body, { ...headers, 'X-Request-Id': 'same' }));
      expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHORIZED']);
      answers.add(answer.text);
    }
    expect(answers.size).toBe(1);
    expect(await existingObjects()).toEqual(before);
  });

  test('is not replaced by a signed request', async () => {
    const who = await mintKey(['read', 'trade', 'worker']);
    expect((await call(who, 'GET', `${KEYS}?account_id=${who.accountId}`)).status).toBe(401);
  });

  test('may follow the scheme in any case', async () => {
    const headers = { Authorization: `bearer ${token}` };
    expect((await send(`${KEYS}?account_id=nobody`, { headers })).status).toBe(200);
  });

  test.each(ROUTES)(
    'hides %s %s and its other methods where none is configured',
    async (method, target, body) => {
      const { ADMIN_TOKEN: _, ...without } = env;
      for (const bindings of [without, { ...env, ADMIN_TOKEN: '' }]) {
        for (const [asked, init] of [
          [method, request(method, body, { Authorization: 'Bearer ' })],
          [method, request(method, body, {})],
          ['PATCH', { method: 'PATCH' }],
        ] as const) {
          const answer = await app.request(target, init, bindings, createExecutionContext());
          expect([asked, answer.status]).toEqual([asked, 404]);
          expect(await answer.json()).toEqual({
            error: {
              code: 'NOT_FOUND',
              message: 'There is no such route.',
              request_id: answer.headers.get('X-Request-Id'),
            },
          });
        }
      }
    },
  );
});

describe('a new key', () => {
  test('is answered with exactly its fields, in order', async () => {
    const account = freshAccount();
    const expires = instant(NOW + 3_600_000);
    const answer = await administer('POST', KEYS, {
      account_id: account,
      permissions: ['trade', 'read'],
      label: 'desk 1',
      expires_at: expires,
    });
    const { api_key, api_secret } = keyAnswer.parse(answer.json);
    expect(answer.status).toBe(201);
    expect(answer.text).toBe(
      JSON.stringify({
        api_key,
        api_secret,
        account_id: account,
        permissions: ['trade', 'read'],
        label: 'desk 1',
        created_at: instant(NOW),
        expires_at: expires,
      }),
    );
    expect(api_secret.length).toBeGreaterThanOrEqual(64);
  });

  test('has no label and no end unless it is given them', async () => {
    const body = { account_id: freshAccount(), permissions: ['read'] };
    const nulls = { label: null, expires_at: null };
    expect((await administer('POST', KEYS, body)).json).toMatchObject(nulls);
    expect((await administer('POST', KEYS, { ...body, ...nulls })).json).toMatchObject(nulls);
  });

  test('is unlike every other, and so is its secret', async () => {
    const account = freshAccount();
    const keys = await Promise.all(Array.from({ length: 5 }, () => mintKey(['read'], account)));
    expect(new Set(keys.map(({ apiKey }) => apiKey)).size).toBe(5);
    expect(new Set(keys.map(({ apiSecret }) => apiSecret)).size).toBe(5);
  });

  test.each(['a', 'z9'.repeat(16)])('may be of the account %s', async (account) => {
    const who = await mintKey(['read'], account);
    expect(who.accountId).toBe(account);
    expect((await call(who, 'GET', '/v1/backtest/jobs')).status).toBe(200);
  });

  const right = { account_id: 'someone', permissions: ['read'] };
  test.each([
    ['no account', { account_id: undefined }, ['account_id']],
    ['an empty account', { account_id: '' }, ['account_id']],
    ['an account in upper case', { account_id: 'Desk' }, ['account_id']],
    ['an account with an underscore', { account_id: 'desk_1' }, ['account_id']],
    ['an account of 33 characters', { account_id: 'a'.repeat(33) }, ['account_id']],
    ['an account that is a number', { account_id: 1 }, ['account_id']],
    ['no permissions', { permissions: undefined }, ['permissions']],
    ['empty permissions', { permissions: [] }, ['permissions']],
    ['permissions as text', { permissions: 'read' }, ['permissions']],
    ['a permission twice', { permissions: ['read', 'read'] }, ['permissions']],
    ['an unknown permission', { permissions: ['read', 'admin'] }, ['permissions.1']],
    ['a label that is a number', { label: 1 }, ['label']],
    ['a label of 101 characters', { label: 'x'.repeat(101) }, ['label']],
    ['a label with half a surrogate pair', { label: 'desk \ud83e' }, ['label']],
    ['an end in milliseconds', { expires_at: NOW }, ['expires_at']],
    ['an end without its time', { expires_at: '2030-01-01' }, ['expires_at']],
    ['an unknown field', { secret: 'mine' }, ['secret']],
    [
      'all of it wrong',
      { account_id: '!', permissions: ['x'], label: 1, expires_at: 'x', more: 1 },
      ['account_id', 'expires_at', 'label', 'more', 'permissions.0'],
    ],
  ])('is refused with %s', async (_, change, blames) => {
    const before = await existingObjects();
    const answer = await administer('POST', KEYS, { ...right, ...change });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_PARAMETER']);
    expect(blamed(answer)).toEqual(blames);
    expect(await existingObjects()).toEqual(before);
  });
});

describe('the keys of an account', () => {
  test('are listed oldest first, without secrets', async () => {
    const account = freshAccount();
    const first = await mintKey(['read'], account);
    vi.setSystemTime(NOW + 1000);
    const second = await mintKey(['read', 'trade'], account);
    vi.setSystemTime(NOW + 2000);
    await administer('DELETE', `${KEYS}/${first.apiKey}`);
    const answer = await administer('GET', `${KEYS}?account_id=${account}`);
    const common = { account_id: account, label: null, expires_at: null };
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      data: [
        {
          ...common,
          api_key: first.apiKey,
          permissions: ['read'],
          created_at: instant(NOW),
          revoked_at: instant(NOW + 2000),
        },
        {
          ...common,
          api_key: second.apiKey,
          permissions: ['read', 'trade'],
          created_at: instant(NOW + 1000),
          revoked_at: null,
        },
      ],
    });
    expect(answer.text).not.toContain(first.apiSecret);
    expect(answer.text).not.toContain(second.apiSecret);
  });

  test('are none of an account nobody has seen', async () => {
    expect((await administer('GET', `${KEYS}?account_id=${freshAccount()}`)).json).toEqual({ data: [] });
  });

  test.each(['', '?account_id=', '?account_id=A', '?account_id=a-b', `?account_id=${'a'.repeat(33)}`])(
    'are refused for the query "%s"',
    async (query) => {
      const answer = await administer('GET', KEYS + query);
      expect([answer.status, blamed(answer)]).toEqual([400, ['account_id']]);
    },
  );
});

describe('revoking a key', () => {
  test('answers 204 without a body, and 404 from then on', async () => {
    const who = await mintKey();
    const target = `${KEYS}/${who.apiKey}`;
    const answer = await administer('DELETE', target);
    expect([answer.status, answer.text]).toEqual([204, '']);
    const again = await administer('DELETE', target);
    expect(again.status).toBe(404);
    expect(again.json).toEqual({
      error: { code: 'NOT_FOUND', message: ANY_TEXT, request_id: again.headers.get('X-Request-Id') },
    });
  });

  test('is 404 for one that has expired, which stays as it was, and not a moment before', async () => {
    const account = freshAccount();
    const order = { account_id: account, permissions: ['read'], expires_at: instant(NOW + 1000) };
    const [expired, standing] = [
      credentialsIn(await administer('POST', KEYS, order)),
      credentialsIn(await administer('POST', KEYS, order)),
    ];
    vi.setSystemTime(NOW + 999);
    expect((await administer('DELETE', `${KEYS}/${standing.apiKey}`)).status).toBe(204);
    vi.setSystemTime(NOW + 1000);
    expect((await administer('DELETE', `${KEYS}/${expired.apiKey}`)).status).toBe(404);
    const { text } = await administer('GET', `${KEYS}?account_id=${account}`);
    const revoked = keyList.parse(JSON.parse(text)).data.map((key) => [key.api_key, key.revoked_at]);
    expect(Object.fromEntries(revoked)).toEqual({
      [expired.apiKey]: null,
      [standing.apiKey]: instant(NOW + 999),
    });
  });

  test.each(['none', `pk_1_nobody_${'0'.repeat(32)}`, `pk_2_nobody_${'0'.repeat(32)}`, '%20'])(
    'is 404 for %s',
    async (key) => {
      expect((await administer('DELETE', `${KEYS}/${key}`)).status).toBe(404);
    },
  );
});

describe('limits', () => {
  test('are set one by one or together, and those left out stay', async () => {
    const account = freshAccount();
    const target = `/v1/admin/accounts/${account}`;
    const put = async (limits: object) => {
      const answer = await administer('PUT', target, limits);
      expect(answer.status).toBe(200);
      return answer.json;
    };
    expect(await put({ max_running_jobs: 7 })).toEqual({
      account_id: account,
      weight_per_minute: 1200,
      max_running_jobs: 7,
    });
    expect(await put({ weight_per_minute: 60 })).toEqual({
      account_id: account,
      weight_per_minute: 60,
      max_running_jobs: 7,
    });
    expect(await put({ weight_per_minute: 1, max_running_jobs: 1 })).toEqual({
      account_id: account,
      weight_per_minute: 1,
      max_running_jobs: 1,
    });
    expect(await put({ weight_per_minute: 1_000_000, max_running_jobs: 1000 })).toEqual({
      account_id: account,
      weight_per_minute: 1_000_000,
      max_running_jobs: 1000,
    });
  });

  test.each([
    ['nothing to set', {}, ['']],
    ['no jobs at all', { max_running_jobs: 0 }, ['max_running_jobs']],
    ['too many jobs', { max_running_jobs: 1001 }, ['max_running_jobs']],
    ['half a job', { max_running_jobs: 1.5 }, ['max_running_jobs']],
    ['jobs as text', { max_running_jobs: '5' }, ['max_running_jobs']],
    ['no weight', { weight_per_minute: 0 }, ['weight_per_minute']],
    ['negative weight', { weight_per_minute: -1 }, ['weight_per_minute']],
    ['too much weight', { weight_per_minute: 1_000_001 }, ['weight_per_minute']],
    ['weight of null', { weight_per_minute: null }, ['weight_per_minute']],
    ['an unknown limit', { weight_per_minute: 1, per_second: 1 }, ['per_second']],
    [
      'all of it wrong',
      { weight_per_minute: 0, max_running_jobs: 0, more: 1 },
      ['max_running_jobs', 'more', 'weight_per_minute'],
    ],
  ])('are refused with %s', async (_, limits, blames) => {
    const account = freshAccount();
    const before = await existingObjects();
    const answer = await administer('PUT', `/v1/admin/accounts/${account}`, limits);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_PARAMETER']);
    expect(blamed(answer)).toEqual(blames);
    expect(await existingObjects()).toEqual(before);
  });

  test('are refused for an account and a body that are both wrong, naming both', async () => {
    const answer = await administer('PUT', '/v1/admin/accounts/No-Name', { max_running_jobs: 0 });
    expect([answer.status, blamed(answer)]).toEqual([400, ['account_id', 'max_running_jobs']]);
  });

  test('hold for the next request', async () => {
    const who = await mintKey();
    await administer('PUT', `/v1/admin/accounts/${who.accountId}`, { weight_per_minute: 6 });
    const answer = await call(who, 'GET', '/v1/backtest/jobs');
    expect(answer.headers.get('RateLimit-Policy')).toBe('"weight";q=6;w=60');
    expect((await call(who, 'GET', '/v1/backtest/jobs')).status).toBe(429);
  });
});

test('an account that was never made leaves no storage behind when it is asked for', async () => {
  const name = freshAccount();
  const key = `pk_1_${name}_${'0'.repeat(32)}`;
  expect(await administer('GET', `/v1/admin/keys?account_id=${name}`)).toMatchObject({
    status: 200,
    json: { data: [] },
  });
  expect(await administer('DELETE', `/v1/admin/keys/${key}`)).toMatchObject({ status: 404 });
  expect(await administer('POST', `/v1/admin/keys/${key}/rotate`, { grace_seconds: 0 })).toMatchObject({
    status: 404,
  });
  const account = env.ACCOUNT.get(env.ACCOUNT.idFromName(name));
  expect(await tablesOf(account)).toEqual([]);
  await mintKey(['read'], name);
  expect((await tablesOf(account)).length).toBeGreaterThan(0);
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { administer, credentialsIn, freshAccount, mintKey } from '../support/client.ts';

const KEYS = '/v1/admin/keys';
const line = z.record(z.string(), z.unknown());
const written: string[] = [];

beforeEach(() => {
  written.length = 0;
  vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => {
    written.push(words.map(String).join(' '));
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** The lines about keys, without their time. */
function keyLines(): Record<string, unknown>[] {
  const lines = written.map((text) => line.parse(JSON.parse(text)));
  return lines.filter(({ event }) => event !== 'request').map(({ at: _, ...rest }) => rest);
}

it('has a line for every key that is made, replaced or revoked, and never a secret', async () => {
  const account = freshAccount();
  const body = { account_id: account, permissions: ['read', 'worker'], label: 'not for the log' };
  const created = await administer('POST', KEYS, body);
  const first = credentialsIn(created);
  const rotated = await administer('POST', `${KEYS}/${first.apiKey}/rotate`, { grace_seconds: 60 });
  const second = credentialsIn(rotated);
  const revoked = await administer('DELETE', `${KEYS}/${second.apiKey}`);

  const requestId = ({ headers }: { headers: Headers }) => headers.get('X-Request-Id');
  expect(keyLines()).toEqual([
    {
      level: 'info',
      event: 'key_created',
      request_id: requestId(created),
      account,
      api_key: first.apiKey,
      permissions: 'read,worker',
    },
    {
      level: 'info',
      event: 'key_rotated',
      request_id: requestId(rotated),
      account,
      api_key: second.apiKey,
      replaces: first.apiKey,
      grace_seconds: 60,
    },
    {
      level: 'info',
      event: 'key_revoked',
      request_id: requestId(revoked),
      account,
      api_key: second.apiKey,
    },
  ]);
  for (const { apiSecret } of [first, second]) expect(written.join('\n')).not.toContain(apiSecret);
});

it('has none of what was refused', async () => {
  const who = await mintKey();
  await administer('DELETE', `${KEYS}/${who.apiKey}`);
  written.length = 0;
  await administer('DELETE', `${KEYS}/${who.apiKey}`);
  await administer('POST', `${KEYS}/${who.apiKey}/rotate`, { grace_seconds: 60 });
  await administer('POST', KEYS, { account_id: who.accountId, permissions: [] });
  expect(keyLines()).toEqual([]);
});

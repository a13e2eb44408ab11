import { Hono, type Context } from 'hono';
import type { ApiKeyRecord } from '../account/keys.ts';
import { formatApiKey, parseApiKey, type ParsedApiKey } from '../auth/api-key.ts';
import { readMasterKeys } from '../auth/master-keys.ts';
import { deriveSecret } from '../auth/secret.ts';
import { ApiError } from '../errors.ts';
import { administered, adminRoutes } from '../http/admin-token.ts';
import type { AppEnv } from '../http/context.ts';
import { both, check, checkQuery, jsonBody } from '../http/input.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { accountObject } from '../http/objects.ts';
import { log, type Fields } from '../observe/log.ts';
import { retrying } from '../rpc.ts';
import { toInstant } from '../schemas/primitives.ts';
import { accountId, accountLimits, createKey, keysQuery, rotateKey } from '../schemas/admin.ts';

/** What the operator does: API keys and account limits. */
export const admin = new Hono<AppEnv>();

admin.use(adminRoutes);

admin.post('/keys', ...administered, async (c) => {
  const input = check(createKey, jsonBody(c));
  const key = await newApiKey(c, input.account_id);
  const record: ApiKeyRecord = {
    apiKey: key.text,
    permissions: input.permissions,
    label: input.label,
    createdAt: Date.now(),
    expiresAt: input.expires_at === null ? null : Date.parse(input.expires_at),
    revokedAt: null,
  };
  await retrying(async () => {
    await accountObject(c, key.accountId).addKey(record);
  });
  note(c, 'key_created', key, { permissions: record.permissions.join(',') });
  return c.json(withSecret(key, record), 201);
});

admin.get('/keys', ...administered, async (c) => {
  const { account_id: id } = checkQuery(keysQuery, c);
  const keys = await retrying(async () => await accountObject(c, id).listKeys());
  return c.json({
    data: keys.map((key) => ({ ...renderKey(key, id), revoked_at: instantOrNull(key.revokedAt) })),
  });
});

admin.all('/keys', methodNotAllowed('GET', 'POST'));

admin.delete('/keys/:api_key', ...administered, async (c) => {
  const key = parseApiKey(c.req.param('api_key'));
  if (key === null) throw noSuchKey();
  const now = Date.now();
  let calls = 0;
  const isRevoked = await retrying(
    async () => await accountObject(c, key.accountId).revokeKey(key.text, now, calls++ > 0),
  );
  if (!isRevoked) throw noSuchKey();
  note(c, 'key_revoked', key);
  return c.body(null, 204);
});

admin.all('/keys/:api_key', methodNotAllowed('DELETE'));

admin.post('/keys/:api_key/rotate', ...administered, async (c) => {
  const { grace_seconds } = check(rotateKey, jsonBody(c));
  const old = parseApiKey(c.req.param('api_key'));
  if (old === null) throw noSuchKey();
  const key = await newApiKey(c, old.accountId);
  const record = await retrying(
    async () => await accountObject(c, old.accountId).rotateKey(old.text, key.text, grace_seconds * 1000),
  );
  if (record === null) throw noSuchKey();
  note(c, 'key_rotated', key, { replaces: old.text, grace_seconds });
  return c.json(withSecret(key, record), 201);
});

admin.all('/keys/:api_key/rotate', methodNotAllowed('POST'));

admin.put('/accounts/:account_id', ...administered, async (c) => {
  const [id, limits] = both(
    () => check(accountId, c.req.param('account_id'), ['account_id']),
    () => check(accountLimits, jsonBody(c)),
  );
  const all = await retrying(async () => await accountObject(c, id).setLimits(limits));
  return c.json({ account_id: id, ...all });
});

admin.all('/accounts/:account_id', methodNotAllowed('PUT'));

function noSuchKey(): ApiError {
  return new ApiError('NOT_FOUND', 'There is no such API key, or it is over already.');
}

/** A key that no account knows yet, with its secret. */
interface NewApiKey extends ParsedApiKey {
  readonly secret: string;
}

/** Makes a key of the newest master key. Comes first: an account must not change for a key whose secret cannot be told. */
async function newApiKey(c: Context<AppEnv>, accountId: string): Promise<NewApiKey> {
  const { newest } = readMasterKeys(c.env);
  const random = crypto.randomUUID().replaceAll('-', '');
  const key = parseApiKey(formatApiKey(newest.version, accountId, random));
  if (key === null) throw new Error('A new API key does not have the form of one.');
  return { ...key, secret: await deriveSecret(newest.text, key) };
}

/** Writes down what became of a key: whoever had the token, what they did can be found. */
function note(c: Context<AppEnv>, event: string, key: ParsedApiKey, fields: Fields = {}): void {
  log('info', event, {
    request_id: c.get('requestId'),
    account: key.accountId,
    api_key: key.text,
    ...fields,
  });
}

/** A new key as its one answer shows it. */
function withSecret(key: NewApiKey, record: ApiKeyRecord) {
  const { api_key, ...rest } = renderKey(record, key.accountId);
  return { api_key, api_secret: key.secret, ...rest };
}

function renderKey(key: ApiKeyRecord, accountId: string) {
  return {
    api_key: key.apiKey,
    account_id: accountId,
    permissions: key.permissions,
    label: key.label,
    created_at: toInstant(key.createdAt),
    expires_at: instantOrNull(key.expiresAt),
  };
}

function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : toInstant(ms);
}

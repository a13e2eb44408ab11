import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { accountId, accountLimits, createKey, keysQuery, rotateKey } from '../schemas/admin.ts';
import { apiKeys, limitsAnswer, newApiKey } from '../schemas/responses.ts';
import { invalid, REFUSALS } from './errors.ts';
import { answerHeaders } from './headers.ts';
import { adminOperation, jsonAnswer, jsonBody } from './operation.ts';
import { API_KEY } from './samples.ts';

const KEY = {
  api_key: API_KEY,
  account_id: 'desk1',
  permissions: ['read', 'trade'],
  label: 'sweeps',
  created_at: '2026-04-01T08:00:00Z',
  expires_at: null,
};
const NEW_KEY = {
  ...KEY,
  api_secret: '8f1c0e6b5a9d4c7730e2b1f4a6d8c95e17b3f0249c6d5e8a1b7f3c2d4e6a9b80',
};
const keyPath = z.object({
  api_key: z.string().meta({ description: 'An API key.', param: { example: API_KEY } }),
});
const admin = { tag: 'Administration' } as const;

const create = () =>
  adminOperation({
    ...admin,
    id: 'createKey',
    changes: true,
    summary: 'Make an API key',
    description: `The secret is shown in this answer and never again. The account comes to be with its first key. An \`expires_at\` in the past is
accepted: such a key never works.`,
    body: jsonBody(createKey.meta({ id: 'CreateKeyRequest' }), {
      trader: {
        summary: 'A key to trade with',
        value: { account_id: 'desk1', permissions: ['read', 'trade'], label: 'sweeps' },
      },
      worker: {
        summary: "A worker's key that ends",
        value: { account_id: 'machines', permissions: ['worker'], expires_at: '2027-01-01T00:00:00Z' },
      },
    }),
    responses: {
      '201': jsonAnswer('The key with its secret.', newApiKey, {
        key: { summary: 'A new key', value: NEW_KEY },
      }),
    },
    refusals: [invalid({ account_id: 'must be 1-32 characters of a-z and 0-9', permissions: 'is required' })],
  });

const list = () =>
  adminOperation({
    ...admin,
    id: 'listKeys',
    summary: "List an account's keys",
    description:
      'Oldest first, without secrets, revoked and expired ones too. An account nobody has named has none.',
    query: keysQuery.extend({ account_id: accountId.meta({ param: { example: 'desk1' } }) }),
    responses: {
      '200': jsonAnswer('The keys.', apiKeys, {
        keys: { summary: 'One key', value: { data: [{ ...KEY, revoked_at: null }] } },
      }),
    },
    refusals: [invalid({ account_id: 'is required' })],
  });

const revoke = () =>
  adminOperation({
    ...admin,
    id: 'revokeKey',
    changes: true,
    summary: 'Revoke an API key',
    description: 'The very next request with it is 401. A key that is over, revoked or expired, is 404.',
    path: keyPath,
    responses: { '204': { description: 'The key is over.', headers: answerHeaders() } },
    refusals: [REFUSALS.noKey],
  });

const rotate = () =>
  adminOperation({
    ...admin,
    id: 'rotateKey',
    changes: true,
    summary: 'Replace an API key by a new one',
    description: `The new key has the account, permissions and label of the old one, and the \`expires_at\` that the old one was made with. The old
one works until the grace is over, but never longer than it would have. A key that is over is 404.

A key in its grace can be replaced again, as after an answer that was lost. The next new key has the same \`expires_at\` once more; the
old one's end may come earlier by that, and never later. The new key that nobody knows stays until it is revoked: the list shows it.

The secret of the new key comes from the newest master key, and the key names its version. So this is also how a key is moved over when the
operator replaces the master key, before or after the old one was removed.`,
    path: keyPath,
    body: jsonBody(rotateKey.meta({ id: 'RotateKeyRequest' }), {
      hour: { summary: 'An hour to change over', value: { grace_seconds: 3600 } },
      now: { summary: 'At once', value: { grace_seconds: 0 } },
    }),
    responses: {
      '201': jsonAnswer('The new key with its secret.', newApiKey, {
        key: { summary: 'A new key', value: NEW_KEY },
      }),
    },
    refusals: [invalid({ grace_seconds: 'is required' }), REFUSALS.noKey],
  });

const limits = () =>
  adminOperation({
    ...admin,
    id: 'setLimits',
    changes: true,
    summary: "Set an account's limits",
    description: 'Limits that are left out stay; at least one is needed. They hold from the next request on.',
    path: z.object({ account_id: accountId.meta({ param: { example: 'desk1' } }) }),
    body: jsonBody(accountLimits.meta({ id: 'SetLimitsRequest' }), {
      both: { summary: 'Both', value: { weight_per_minute: 6000, max_running_jobs: 20 } },
      one: { summary: 'One; the other stays', value: { max_running_jobs: 10 } },
    }),
    responses: {
      '200': jsonAnswer('All limits of the account.', limitsAnswer, {
        limits: {
          summary: 'Both',
          value: { account_id: 'desk1', weight_per_minute: 6000, max_running_jobs: 20 },
        },
      }),
    },
    refusals: [invalid({ weight_per_minute: 'must be a whole number from 1 to 1000000' })],
  });

/** What the operator does with keys and accounts. */
export function adminPaths(): ZodOpenApiPathsObject {
  return {
    '/v1/admin/keys': { get: list(), post: create() },
    '/v1/admin/keys/{api_key}': { delete: revoke() },
    '/v1/admin/keys/{api_key}/rotate': { post: rotate() },
    '/v1/admin/accounts/{account_id}': { put: limits() },
  };
}

import { z } from 'zod';
import type { Permission } from '../../src/schemas/admin.ts';
import { administer, hmac, mintKey, type Credentials } from './client.ts';
import { SIGNED_ROUTES, type SignedRoute } from './signed-routes.ts';

/** Whose keys authentication failures are made with. */
export interface Cast {
  /** May do everything. */
  owner: Credentials;
  /** Another key of the owner's account. */
  sibling: Credentials;
  /** Of another account. */
  stranger: Credentials;
  revoked: Credentials;
  expired: Credentials;
  /** Keys of the owner's account that may do everything but this. */
  without: Record<Permission, Credentials>;
  /** The job that routes are asked about, and a lease. */
  job: string;
  lease: string;
}

/** How a request departs from a right one. */
export interface Forgery {
  who?: Credentials;
  /** Headers that are left out. */
  omit?: readonly string[];
  apiKey?: string;
  timestamp?: string;
  signature?: (right: string) => string;
  query?: string;
  /** What is signed in place of what is sent. */
  signs?: { secret?: string; timestamp?: string; method?: string; target?: string; body?: string };
}

/** One way to fail authentication, on whatever route. */
export interface Failure {
  name: string;
  code: 'UNAUTHORIZED' | 'TIMESTAMP_OUT_OF_WINDOW' | 'FORBIDDEN';
  forge: (cast: Cast, route: SignedRoute) => Forgery;
}

export const ALL: Permission[] = ['read', 'trade', 'worker'];
/** A little more than the signature window. */
const LATE_MS = 31_000;
const HEADERS = ['X-PipAI-API-Key', 'X-PipAI-Timestamp', 'X-PipAI-Signature'] as const;

/** A request to `route` as `forgery` has it; a right one where the forgery is empty. */
export async function forged(
  route: SignedRoute,
  cast: Cast,
  forgery: Forgery = {},
): Promise<{ target: string; init: RequestInit }> {
  const who = forgery.who ?? cast.owner;
  const target = route.target(cast.job) + (forgery.query ?? '');
  const body = bodyOf(route, cast);
  const timestamp = forgery.timestamp ?? String(Date.now());
  const signs = { secret: who.apiSecret, timestamp, method: route.method, target, body, ...forgery.signs };
  const right = await hmac(signs.secret, signs.timestamp + signs.method + signs.target + signs.body);
  const headers = new Headers({
    'X-PipAI-API-Key': forgery.apiKey ?? who.apiKey,
    'X-PipAI-Timestamp': timestamp,
    'X-PipAI-Signature': forgery.signature?.(right) ?? right,
    'X-Request-Id': 'the-same-in-all',
  });
  for (const name of forgery.omit ?? []) headers.delete(name);
  if (body !== '') headers.set('Content-Type', 'application/json');
  return { target, init: { method: route.method, headers, ...(body === '' ? {} : { body }) } };
}

function routeAfter(route: SignedRoute): SignedRoute {
  return SIGNED_ROUTES[(SIGNED_ROUTES.indexOf(route) + 1) % SIGNED_ROUTES.length] ?? route;
}

/** The text a route is sent, empty where it takes no body. */
export function bodyOf(route: SignedRoute, cast: Cast): string {
  const body = route.body(cast.lease);
  return body === null ? '' : JSON.stringify(body);
}

function fails(name: string, forge: Failure['forge'], code: Failure['code'] = 'UNAUTHORIZED'): Failure {
  return { name, code, forge };
}

function withKey(name: string, change: (key: string) => string): Failure {
  return fails(name, ({ owner }) => ({ apiKey: change(owner.apiKey) }));
}

/** The signature is right for the timestamp that is sent, so that only the timestamp's form is wrong. */
function withTimestamp(name: string, change: (now: string) => string): Failure {
  return fails(name, () => ({ timestamp: change(String(Date.now())) }));
}

function withSignature(name: string, signature: (right: string) => string): Failure {
  return fails(name, () => ({ signature }));
}

/** Every way to fail authentication that the tests know. */
export function authenticationFailures(): Failure[] {
  return [
    ...HEADERS.map((header) => fails(`no ${header}`, () => ({ omit: [header] }))),
    fails('no credentials at all', () => ({ omit: HEADERS })),

    withKey('an empty key', () => ''),
    withKey('a text that is no key', () => 'key'),
    withKey('a key with a character too many', (key) => `${key}0`),
    withKey('a key with a character too few', (key) => key.slice(0, -1)),
    withKey('a key in upper case', (key) => key.toUpperCase()),
    withKey('a key of a later master key', (key) => key.replace(/^pk_1_/, 'pk_2_')),
    withKey('a key of a version written otherwise', (key) => key.replace(/^pk_1_/, 'pk_01_')),
    withKey('an unknown key of the account', (key) => key.slice(0, -32) + 'f'.repeat(32)),
    withKey('a key of an account that is none', () => `pk_1_nobody_${'0'.repeat(32)}`),
    fails("another account's key with this account's secret", ({ stranger }) => ({
      apiKey: stranger.apiKey,
    })),
    fails("another key's secret", ({ sibling }) => ({ signs: { secret: sibling.apiSecret } })),
    fails('a wrong secret', () => ({ signs: { secret: '0'.repeat(64) } })),
    fails('the secret in upper case', ({ owner }) => ({ signs: { secret: owner.apiSecret.toUpperCase() } })),
    fails('a revoked key', ({ revoked }) => ({ who: revoked })),
    fails('an expired key', ({ expired }) => ({ who: expired })),

    withTimestamp('an empty timestamp', () => ''),
    withTimestamp('a timestamp that is no number', () => 'now'),
    withTimestamp('a timestamp as an instant', (now) => new Date(Number(now)).toISOString()),
    withTimestamp('a timestamp with a sign', (now) => `+${now}`),
    withTimestamp('a timestamp with a fraction', (now) => `${now}.0`),
    withTimestamp('a timestamp with an exponent', (now) => `${now}e0`),
    withTimestamp('a timestamp in hex', (now) => `0x${Number(now).toString(16)}`),
    withTimestamp('a timestamp of too many digits', (now) => now.padStart(16, '0')),

    withSignature('an empty signature', () => ''),
    withSignature('a signature that is no hex', (right) => right.replace(/.$/, 'g')),
    withSignature('a signature cut short', (right) => right.slice(0, -2)),
    withSignature('half a byte too few', (right) => right.slice(0, -1)),
    withSignature('a signature with a byte too many', (right) => `${right}00`),
    withSignature('a signature with a prefix', (right) => `0x${right}`),
    withSignature('a signature with one bit changed', (right) =>
      right.replace(/.$/, (last) => (parseInt(last, 16) ^ 1).toString(16)),
    ),

    fails('a signature over another method', () => ({ signs: { method: 'PUT' } })),
    fails('a signature over the method in lower case', (_, { method }) => ({
      signs: { method: method.toLowerCase() },
    })),
    fails('a signature over another target', () => ({ signs: { target: '/v1/backtest' } })),
    fails('a signature over the target without its query', (cast, route) => ({
      query: '?limit=1',
      signs: { target: route.target(cast.job) },
    })),
    fails('a signature over the query in another order', (cast, route) => ({
      query: '?limit=1&status=queued',
      signs: { target: `${route.target(cast.job)}?status=queued&limit=1` },
    })),
    fails('a signature over the query decoded', (cast, route) => ({
      query: '?status=%71ueued',
      signs: { target: `${route.target(cast.job)}?status=queued` },
    })),
    fails('a signature over another body', (cast, route) => ({ signs: { body: `${bodyOf(route, cast)} ` } })),
    fails('a signature over another timestamp', () => ({ signs: { timestamp: String(Date.now() - 1) } })),
    fails('the signature of another route', (cast, route) => {
      const other = routeAfter(route);
      return { signs: { method: other.method, target: other.target(cast.job), body: bodyOf(other, cast) } };
    }),
    fails('a wrong signature from too long ago', () => ({
      timestamp: String(Date.now() - LATE_MS),
      signs: { secret: 'wrong' },
    })),
    fails('a wrong signature from too far ahead', () => ({
      timestamp: String(Date.now() + LATE_MS),
      signs: { secret: 'wrong' },
    })),
    fails(
      'a right signature from too long ago',
      () => ({ timestamp: String(Date.now() - LATE_MS) }),
      'TIMESTAMP_OUT_OF_WINDOW',
    ),
    fails(
      'a right signature from too far ahead',
      () => ({ timestamp: String(Date.now() + LATE_MS) }),
      'TIMESTAMP_OUT_OF_WINDOW',
    ),

    fails(
      'a key without the permission',
      ({ without }, { permission }) => ({ who: without[permission] }),
      'FORBIDDEN',
    ),
  ];
}

/** Keys for every {@link Failure}, about a job of the owner's. */
export async function castAround(owner: Credentials, job: string, lease: string): Promise<Cast> {
  const account = owner.accountId;
  const without = (permission: Permission) =>
    mintKey(
      ALL.filter((each) => each !== permission),
      account,
    );
  const revoked = await mintKey(ALL, account);
  await administer('DELETE', `/v1/admin/keys/${revoked.apiKey}`);
  return {
    owner,
    sibling: await mintKey(ALL, account),
    stranger: await mintKey(ALL),
    revoked,
    expired: await expiredKey(account),
    without: { read: await without('read'), trade: await without('trade'), worker: await without('worker') },
    job,
    lease,
  };
}

async function expiredKey(account: string): Promise<Credentials> {
  const { json } = await administer('POST', '/v1/admin/keys', {
    account_id: account,
    permissions: ALL,
    expires_at: '2020-01-01T00:00:00Z',
  });
  const key = z.object({ api_key: z.string(), api_secret: z.string() }).parse(json);
  return { apiKey: key.api_key, apiSecret: key.api_secret, accountId: account };
}

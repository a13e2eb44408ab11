import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { hasCode } from '../local/errors.ts';
import { DEV_VARS, RUNNING } from '../local/paths.ts';
import { UsageError } from './failures.ts';
import type { Io } from './io.ts';

/** What a trader's calls need. */
export interface TraderAccess {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** What an administrator's calls need. */
export interface AdminAccess {
  readonly url: string;
  readonly token: string;
}

/** What `npm start` has left in the checkout; null where there is none of it. */
export interface Checkout {
  readonly url: () => Promise<string | null>;
  readonly key: () => Promise<{ readonly api_key: string; readonly api_secret: string } | null>;
  readonly adminToken: () => string | null;
}

const START = 'or run "npm start" in the checkout and leave them all unset';

/** This checkout. */
export const checkout: Checkout = {
  // Loaded when needed: they bring a schema library along, and help must not wait for it.
  url: async () => (await import('../local/running.ts')).findRunning(RUNNING),
  key: async () => (await import('../local/credentials.ts')).readSavedKey(),
  adminToken: () => {
    try {
      return parseEnv(readFileSync(DEV_VARS, 'utf8')).ADMIN_TOKEN ?? null;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return null;
      throw error;
    }
  },
};

/**
 * Where to trade, and with which key: all from the environment, or else all from the checkout.
 * Never half of each, so that no key is tried on a service it was not meant for.
 * @throws UsageError that says what to set.
 */
export async function traderAccess(env: Io['env'], local: Checkout = checkout): Promise<TraderAccess> {
  const names = ['PIPAI_URL', 'PIPAI_API_KEY', 'PIPAI_API_SECRET'] as const;
  const [url = '', apiKey = '', apiSecret = ''] = names.map((name) => env[name] ?? '');
  if (url !== '' || apiKey !== '' || apiSecret !== '') {
    complain(names.filter((name) => (env[name] ?? '') === ''));
    return { url: serviceUrl(url), apiKey, apiSecret };
  }
  const key = await local.key();
  const running = await local.url();
  if (key === null || running === null) {
    throw new UsageError(`There is no service to talk to: set ${names.join(', ')}, ${START}.`);
  }
  return { url: running, apiKey: key.api_key, apiSecret: key.api_secret };
}

/**
 * Where to administrate, and with which token; like {@link traderAccess}.
 * @throws UsageError that says what to set.
 */
export async function adminAccess(env: Io['env'], local: Checkout = checkout): Promise<AdminAccess> {
  const names = ['PIPAI_URL', 'PIPAI_ADMIN_TOKEN'] as const;
  const [url = '', token = ''] = names.map((name) => env[name] ?? '');
  if (url !== '' || token !== '') {
    complain(names.filter((name) => (env[name] ?? '') === ''));
    return { url: confidential(serviceUrl(url)), token };
  }
  const found = local.adminToken();
  const running = await local.url();
  if (found === null || running === null) {
    throw new UsageError(`There is no service to administrate: set ${names.join(' and ')}, ${START}.`);
  }
  return { url: running, token: found };
}

function complain(missing: readonly string[]): void {
  if (missing.length === 0) return;
  const [is, it] = missing.length === 1 ? ['is', 'it'] : ['are', 'them'];
  throw new UsageError(`${missing.join(' and ')} ${is} not set: set ${it}, ${START}.`);
}

function serviceUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username + url.search + url.hash !== '') {
    throw new UsageError('PIPAI_URL must be the address of the service, such as https://pipai.example');
  }
  return text;
}

/** Traders' secrets never travel, the administration token does. */
function confidential(text: string): string {
  const { protocol, hostname } = new URL(text);
  const local = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (protocol === 'https:' || local) return text;
  throw new UsageError(
    'PIPAI_URL must begin with https:// for administration: the token would be readable on its way.',
  );
}

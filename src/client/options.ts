import { sleep } from './time.ts';

/** How to reach the service, and in whose name. */
export interface ClientOptions {
  /**
   * Where the service is reached. A path after the origin is taken for the prefix of a proxy that removes it: it is sent
   * and not signed, since the signature is over the path that the service sees.
   */
  url: string;
  apiKey: string;
  apiSecret: string;
  /** Sends a request, and heeds its `signal`; by default the global `fetch`. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** How long one attempt may take, in milliseconds; 30 000 by default. `wait` adds the time for which it has answers held. */
  timeoutMs?: number | undefined;
  /** Attempts after the first, where repeating may help; 4 by default. */
  maxRetries?: number | undefined;
  /** Milliseconds since the epoch. */
  now?: (() => number) | undefined;
  /** From 0 to 1, for the jitter of backoff. */
  random?: (() => number) | undefined;
  /** Resolves after so many milliseconds; rejects with the signal's reason as soon as that is aborted. */
  sleep?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

/** Checked options, with all defaults filled in. */
export type Settings = ReturnType<typeof settle>;

/**
 * Checks the options, and fills in the defaults.
 * @throws TypeError that names the option and what it takes.
 */
export function settle({
  url: text,
  apiKey,
  apiSecret,
  // Called without an object before the dot, which browsers and Workers insist on.
  fetch: send = (request) => fetch(request),
  timeoutMs = 30_000,
  maxRetries = 4,
  now = Date.now,
  random = Math.random,
  sleep: wait = sleep,
}: ClientOptions) {
  if (!apiKey || !apiSecret) throw new TypeError('apiKey and apiSecret are both needed.');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url?.protocol.startsWith('http') || url.search + url.hash + url.username) {
    // Not repeated here: it may hold a password.
    throw new TypeError('url must be like https://pipai.example, without a query or a user.');
  }
  const { origin, pathname } = url;
  const prefix = pathname.replace(/\/+$/, '');
  return { origin, prefix, apiKey, apiSecret, fetch: send, timeoutMs, maxRetries, now, random, sleep: wait };
}

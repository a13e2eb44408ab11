import type { PipaiError } from './error.ts';

/** When a failed attempt is repeated. Pure: no clock, no randomness of its own. */

const BASE_MS = 500;
const CAP_MS = 30_000;
const LONGEST_WISH_MS = 60_000;

/**
 * Whether a request that is safe to repeat may do better later: after no answer, 408, 429 and every 5xx, whoever gave it.
 * `INTERNAL` is among them: an object that a deploy reset may show as one, and to repeat it is as safe as after a lost answer.
 * So is `REPLAYED_REQUEST`, which a request with a key of its own gets only where another program with this API key sent an equal one
 * in the same millisecond: signed anew, it is told from that one.
 * A service that asks for more than a minute is not waited for.
 */
export function isWorthRetrying({ code, status, retryAfterMs }: PipaiError): boolean {
  const passing =
    code === 'REPLAYED_REQUEST' || status === null || status === 408 || status === 429 || status >= 500;
  return passing && (retryAfterMs ?? 0) <= LONGEST_WISH_MS;
}

/**
 * How long to wait before the next attempt, in milliseconds: as long as the other side asks for, and on top of it exponential
 * backoff with full jitter, so that clients who were sent away together do not come back together.
 * @param before how many times in a row there was such a wait before.
 * @param wishMs what the other side asks for.
 * @param random from 0 to 1.
 */
export function waitMs(before: number, wishMs: number, random: number): number {
  return wishMs + Math.round(random * Math.min(CAP_MS, BASE_MS * 2 ** before));
}

/**
 * A `Retry-After`, which is in seconds or a date, in milliseconds; null without one that lies ahead.
 * @param now milliseconds since the epoch.
 */
export function parseRetryAfter(header: string | null, now: number): number | null {
  const text = header ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return ms >= 0 ? ms : null;
}

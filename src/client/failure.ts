import { PipaiError } from './error.ts';
import { parseRetryAfter } from './retry.ts';
import { isErrorEnvelope } from './wire.ts';

/** What of a request its failure names. */
export interface Asked {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The error for an answer that is not what was asked for: the service's refusal, or else something in between answered.
 * @param body the answer's JSON, or anything.
 * @param now milliseconds since the epoch.
 */
export function refusal(asked: Asked, { status, headers }: Response, body: unknown, now: number): PipaiError {
  const retryAfterMs = parseRetryAfter(headers.get('Retry-After'), now);
  if (isErrorEnvelope(body)) {
    const { code, message, details, request_id: requestId } = body.error;
    return new PipaiError(code, message, { status, details, requestId, retryAfterMs });
  }
  return new PipaiError(
    'BAD_ANSWER',
    `${asked.method} ${asked.target} was answered ${String(status)}, but not by this service. ${remedy(asked)}`,
    { status, requestId: headers.get('X-Request-Id'), retryAfterMs },
  );
}

/** The error for an attempt that brought no whole answer, in time or at all. */
export function noAnswer(asked: Asked, cause: unknown, timedOut: boolean): PipaiError {
  // Node's fetch says no more than that it failed; the reason is beneath.
  const reason = cause instanceof Error ? (cause.cause ?? cause) : cause;
  const why = timedOut ? 'in time' : `(${String(reason)})`;
  return new PipaiError(
    timedOut ? 'TIMEOUT' : 'NETWORK',
    `${asked.method} ${asked.target} got no answer ${why}. ${remedy(asked)}`,
    { cause },
  );
}

/** What to do where the service itself has not said what became of a request. */
function remedy({ headers }: Asked): string {
  const key = headers?.['Idempotency-Key'];
  return key === undefined
    ? 'Is the url right, and the service up?'
    : `It may have acted; ${sameCall(key)} tells, without acting twice.`;
}

/** What that advice calls for; whoever wraps the client has its own words for it. */
export function sameCall(key: string): string {
  return `the same call with idempotencyKey "${key}"`;
}

/**
 * The service's clock where it refused our timestamp, in milliseconds since the epoch: the contract has it in the message,
 * which a browser may read where it may not read `Date`. NaN where neither says it.
 */
export function serverTime({ message }: PipaiError, { headers }: Response): number {
  return Number(/\b\d{13}\b/.exec(message)?.[0] ?? Date.parse(headers.get('Date') ?? ''));
}

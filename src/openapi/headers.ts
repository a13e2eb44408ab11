import * as z from 'zod';
import { lastEventId } from '../live/event-stream.ts';
import { idempotencyKey } from '../schemas/requests.ts';
import { JOB_ID } from './samples.ts';

/** Headers of requests and answers, each described once. */

const answerHeader = (id: string, description: string, example: string) =>
  z.string().meta({ description, header: { id, example } });

/** When nothing is said of a budget. */
const UNTOLD =
  'Absent for keys that are not limited, and from refusals that come before the budget is looked at.';

/** Headers that answers have, by name. Those an answer may go without are told so by {@link maybe}. */
const ANSWER_HEADERS = {
  'X-Request-Id': answerHeader(
    'XRequestId',
    "Of this request: the client's own where it was well-formed, else a new one. Quote it when you ask for help.",
    '5b1f6c1e-64a7-4a0e-9d0b-1f6f2f0c8a35',
  ),
  'Server-Timing': maybe(
    'ServerTiming',
    'Where the time went, in milliseconds (W3C Server Timing). `total` is the whole. Absent from 401 and 404, which tell nothing.',
    'auth;dur=1.0,total;dur=12.0',
  ),
  'X-PipAI-Used-Weight-1m': maybe(
    'UsedWeight',
    'Weight the account has used in this calendar minute, reserve included. ' + UNTOLD,
    '42',
  ),
  'RateLimit-Policy': maybe(
    'RateLimitPolicy',
    'The budget (`q`) and its window in seconds (`w`), of draft-ietf-httpapi-ratelimit-headers. ' + UNTOLD,
    '"weight";q=1200;w=60',
  ),
  RateLimit: maybe(
    'RateLimit',
    'What is left of the budget (`r`) and the seconds until it is renewed (`t`), at the time of the answer. ' +
      UNTOLD,
    '"weight";r=1158;t=31',
  ),
  'Retry-After': answerHeader('RetryAfter', 'Whole seconds to wait before trying again.', '31'),
  Location: answerHeader('Location', 'The path of the new job.', `/v1/backtest/jobs/${JOB_ID}`),
  'Idempotency-Replayed': maybe(
    'IdempotencyReplayed',
    '`true` where the `Idempotency-Key` was used before, and this is the first answer again. Absent otherwise.',
    'true',
  ),
  'Preference-Applied': maybe(
    'PreferenceApplied',
    'The wait that was granted. Absent where none was asked for.',
    'wait=30',
  ),
  ETag: maybe('ETag', 'Send it as `If-None-Match` for a 304 without a body.', '"5f2c0b7a"'),
};

function maybe(id: string, description: string, example: string) {
  return z.string().optional().meta({ description, header: { id, example } });
}

/** The name of a documented header. */
export type AnswerHeader = keyof typeof ANSWER_HEADERS;

const ALWAYS = ['X-Request-Id', 'Server-Timing'] as const;

/** What admitted requests of limited keys are told. */
export const BUDGET_HEADERS = ['X-PipAI-Used-Weight-1m', 'RateLimit-Policy', 'RateLimit'] as const;

/** These headers, after those that every answer has. */
export function answerHeaders(...names: readonly AnswerHeader[]) {
  return z.object(Object.fromEntries([...ALWAYS, ...names].map((name) => [name, ANSWER_HEADERS[name]])));
}

/** A request's own id, which any request may bring. */
export const REQUEST_ID = {
  'X-Request-Id': z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .optional()
    .meta({
      description:
        'An id of yours, echoed in the answer. Of any other form it is ignored, and the service makes one up.',
      param: { id: 'RequestId', example: 'nightly-sweep-17' },
    }),
};

/** Makes a request safe to repeat. */
export const IDEMPOTENCY = {
  'Idempotency-Key': idempotencyKey.optional().meta({
    description:
      '1-64 visible ASCII characters, scoped to the account, kept for 24 hours. The same request with the same key gives the ' +
      'first answer again; with another body, or for another job, the key is 409 `IDEMPOTENCY_CONFLICT`.',
    param: { id: 'IdempotencyKey', example: '2f6d3c1a-8e47-4b0e-9a51-6b7f0c3d9e12' },
  }),
};

/** Asks for an answer that is held back. */
export const PREFER = {
  Prefer: z
    .string()
    .optional()
    .meta({
      description:
        '`wait=N`, N a whole number from 1 to 60, holds the answer until the job is final or N seconds have passed (RFC 7240). ' +
        'Any other N is 400. Other preferences are ignored.',
      param: { example: 'wait=30' },
    }),
};

/** Resumes an event stream. */
export const LAST_EVENT_ID = {
  'Last-Event-ID': lastEventId.optional().meta({
    description:
      'The `id` of the last event you have. Where that is the present state nothing is sent until the next change; with any other ' +
      'id, older or of another stream, the present state comes at once. Event-stream clients send it by themselves when they ' +
      'reconnect. Empty counts as none.',
    param: { example: '3' },
  }),
};

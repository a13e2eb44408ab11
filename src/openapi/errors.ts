import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { ERROR_STATUS, type ErrorCode, type ErrorDetail } from '../errors.ts';
import { errorEnvelope } from '../schemas/responses.ts';
import { answerHeaders, BUDGET_HEADERS, type AnswerHeader } from './headers.ts';

/** Every refusal, for readers: when it comes, what to do, and what it looks like. */

interface Meaning {
  readonly when: string;
  readonly remedy: string;
}

/** What each code means. */
export const MEANINGS: Readonly<Record<ErrorCode, Meaning>> = {
  INVALID_PARAMETER: {
    when: 'The body, the query or a header does not fit; also for malformed JSON.',
    remedy:
      '`details` lists every failing field, of very many the first ones. Mend them all; the same request will fail again.',
  },
  UNAUTHORIZED: {
    when: 'Credentials are missing, the key is unknown, revoked, expired or of a retired master key, or the signature is wrong: one answer for all.',
    remedy: 'Compare what you sign with the test vectors, byte for byte.',
  },
  TIMESTAMP_OUT_OF_WINDOW: {
    when: "The signature is right, but the timestamp is too far from the server's clock.",
    remedy: "`message` gives the server's time. Set your clock, or correct by the difference, and sign anew.",
  },
  REPLAYED_REQUEST: {
    when: 'This very signature has created a job before.',
    remedy: 'For another job sign with a new timestamp. To repeat safely, use an `Idempotency-Key`.',
  },
  FORBIDDEN: {
    when: 'The key lacks the permission that `message` names.',
    remedy: 'Ask the operator for a key that has it.',
  },
  NOT_FOUND: {
    when: "There is no such route or job, or the job is another account's, or was deleted when its time was over: they cannot be told apart.",
    remedy: 'Check the path and the id.',
  },
  METHOD_NOT_ALLOWED: {
    when: 'The path exists, the method does not.',
    remedy: 'The header `Allow` names the methods that do.',
  },
  INVALID_STATE: {
    when: "The job's status does not allow this.",
    remedy: '`details[0].message` is the present status. A final job never changes.',
  },
  STALE_LEASE: {
    when: "The lease is not the current one: the job has ended, or is somebody else's now.",
    remedy: 'Stop working on the job and drop what you have.',
  },
  IDEMPOTENCY_CONFLICT: {
    when: 'The `Idempotency-Key` was used with another body, or for another job.',
    remedy: 'Use a new key for a new request. Mind that an empty body and `{}` are two bodies.',
  },
  PAYLOAD_TOO_LARGE: { when: 'The body is over the limit that `message` gives.', remedy: 'Send less.' },
  UNSUPPORTED_MEDIA_TYPE: {
    when: 'A body that is not declared as JSON.',
    remedy: 'Send `Content-Type: application/json`.',
  },
  RATE_LIMITED: {
    when: "The account's budget of this minute is spent. Nothing else has happened.",
    remedy: 'Wait for `Retry-After` seconds.',
  },
  INTERNAL: {
    when: 'A bug of ours.',
    remedy:
      'Whether anything changed is unknown: repeat with the same `Idempotency-Key`, and tell us the request id.',
  },
  UNAVAILABLE: {
    when: 'A part of the service is overloaded or down. Nothing was changed, unless `details` tells that the `outcome` is `unknown`.',
    remedy: 'Wait for `Retry-After` seconds and repeat, a create or cancel with its `Idempotency-Key`.',
  },
};

/** One refusal as an example shows it. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: readonly ErrorDetail[];
}

const REQUEST_ID = '5b1f6c1e-64a7-4a0e-9d0b-1f6f2f0c8a35';

function refusal(code: ErrorCode, message: string, details?: readonly ErrorDetail[]): Refusal {
  return { code, message, ...(details === undefined ? {} : { details }) };
}

function inStatus(code: ErrorCode, message: string, status: string): Refusal {
  return refusal(code, message, [{ path: 'status', message: status }]);
}

/** Refusals that several routes share. */
export const REFUSALS = {
  unsigned: refusal('UNAUTHORIZED', 'The request is not signed by an API key that stands.'),
  wrongToken: refusal(
    'UNAUTHORIZED',
    'Send the administration token as Authorization: Bearer <ADMIN_TOKEN>.',
  ),
  wrongClock: refusal(
    'TIMESTAMP_OUT_OF_WINDOW',
    "X-PipAI-Timestamp is too far from the server's time, which is 1777457731000 (2026-04-29T10:15:31Z).",
  ),
  replayed: refusal('REPLAYED_REQUEST', 'This request was accepted before; sign a new one for another job.'),
  forbidden: refusal('FORBIDDEN', 'This API key lacks the permission "trade".'),
  noJob: refusal('NOT_FOUND', 'There is no such job.'),
  noRoute: refusal('NOT_FOUND', 'There is no such route.'),
  noKey: refusal('NOT_FOUND', 'There is no such API key, or it is over already.'),
  final: inStatus('INVALID_STATE', 'The job is done, which does not allow this.', 'done'),
  leased: inStatus('INVALID_STATE', 'The job is running, which does not allow this.', 'running'),
  staleLease: inStatus('STALE_LEASE', 'This lease is not the current one; the job is queued.', 'queued'),
  otherBody: refusal(
    'IDEMPOTENCY_CONFLICT',
    'This Idempotency-Key was used before, with another body or for another job; take a new one.',
  ),
  tooLarge: refusal('PAYLOAD_TOO_LARGE', 'The body may have at most 65536 bytes.'),
  notJson: refusal('UNSUPPORTED_MEDIA_TYPE', 'Send the body as Content-Type: application/json.'),
  limited: refusal('RATE_LIMITED', 'The budget of 1200 a minute is spent; it is renewed in 31 s.'),
  bug: refusal('INTERNAL', 'Something went wrong on our side.'),
  down: refusal('UNAVAILABLE', 'A part of the service is overloaded or down.'),
  unanswered: refusal(
    'UNAVAILABLE',
    'A part of the service does not answer: what was asked for may have been done.',
    [{ path: 'outcome', message: 'unknown' }],
  ),
} as const satisfies Record<string, Refusal>;

/** The refusal of input whose fields, by path, do not fit. */
export function invalid(fields: Readonly<Record<string, string>>): Refusal {
  const details = Object.entries(fields).map(([path, message]) => ({ path, message }));
  return refusal('INVALID_PARAMETER', `Not valid: ${Object.keys(fields).join(', ')}. See details.`, details);
}

/** Given before the budget is looked at, so that they tell nothing of it. */
const BEFORE_BUDGET: ReadonlySet<ErrorCode> = new Set([
  'UNAUTHORIZED',
  'TIMESTAMP_OUT_OF_WINDOW',
  'FORBIDDEN',
  'PAYLOAD_TOO_LARGE',
]);

const shared = new Set<Refusal>(Object.values(REFUSALS));
const known = new Map<string, ZodOpenApiResponseObject>();

/**
 * The error answers of a route that may refuse so, by status. Equal ones are one component.
 * @param limited whether requests draw on a budget there, of which all refusals tell that come after it was looked at.
 */
export function errorResponses(
  refusals: readonly Refusal[],
  limited: boolean,
): Record<`${4 | 5}${string}`, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(refusals, ({ code }) => ERROR_STATUS[code]);
  return Object.fromEntries(
    [...byStatus].sort(([a], [b]) => a - b).map(([status, group]) => [String(status), oneOf(group, limited)]),
  );
}

function oneOf(refusals: readonly Refusal[], limited: boolean): ZodOpenApiResponseObject {
  const budgeted = limited && !refusals.every(({ code }) => BEFORE_BUDGET.has(code));
  if (!refusals.every((each) => shared.has(each))) return response(refusals, budgeted);
  const names = Object.entries(REFUSALS)
    .flatMap(([name, each]) =>
      refusals.includes(each) ? [name.charAt(0).toUpperCase() + name.slice(1)] : [],
    )
    .join('Or');
  const id = budgeted ? `${names}WithBudget` : names;
  const made = known.get(id) ?? { ...response(refusals, budgeted), id };
  known.set(id, made);
  return made;
}

function response(refusals: readonly Refusal[], budgeted: boolean): ZodOpenApiResponseObject {
  const codes = [...new Set(refusals.map(({ code }) => code))];
  return {
    description: codes
      .map((code) => `\`${code}\`: ${MEANINGS[code].when} ${MEANINGS[code].remedy}`)
      .join('\n\n'),
    headers: answerHeaders(...headersOf(codes), ...(budgeted ? BUDGET_HEADERS : [])),
    content: {
      'application/json': {
        schema: withCode(codes),
        examples: Object.fromEntries(refusals.map((each) => [exampleName(each, refusals), example(each)])),
      },
    },
  };
}

/** The envelope of every refusal, with one of these codes. */
function withCode(codes: ErrorCode[]) {
  const code = { properties: { code: { enum: codes } }, additionalProperties: true };
  return { allOf: [{ $ref: '#/components/schemas/Error' }, { properties: { error: code } }] };
}

function headersOf(codes: readonly ErrorCode[]): AnswerHeader[] {
  return codes.some((code) => code === 'RATE_LIMITED' || code === 'UNAVAILABLE') ? ['Retry-After'] : [];
}

function exampleName(each: Refusal, all: readonly Refusal[]): string {
  const same = all.filter(({ code }) => code === each.code);
  return same.length === 1 ? each.code : `${each.code}-${String(same.indexOf(each) + 1)}`;
}

function example({ code, message, details }: Refusal) {
  const error = { code, message, ...(details === undefined ? {} : { details }), request_id: REQUEST_ID };
  return { summary: code, value: { error } };
}

/** All codes as a table in Markdown. */
export const ERROR_TABLE = [
  '| HTTP | code | when | what to do |',
  '|---|---|---|---|',
  ...errorEnvelope.shape.error.shape.code.options.map((code) => {
    const { when, remedy } = MEANINGS[code];
    return `| ${String(ERROR_STATUS[code])} | \`${code}\` | ${when} | ${remedy} |`;
  }),
].join('\n');

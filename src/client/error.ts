import type { ErrorCode, ErrorDetail } from '../errors.ts';

/**
 * Why a call failed: a code of the contract, which the service itself gave, or what kept us from such an answer.
 * `NETWORK`: none came. `TIMEOUT`: none came in time. `BAD_ANSWER`: one came that is not the contract's, such as a proxy's page.
 * A service newer than this client may give codes that are not in this type.
 */
export type PipaiErrorCode = ErrorCode | 'NETWORK' | 'TIMEOUT' | 'BAD_ANSWER';

/** What is known of a failure beyond its code. */
export interface FailureFacts {
  readonly status?: number;
  readonly details?: readonly ErrorDetail[] | undefined;
  readonly requestId?: string | null;
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** The one error of the client. A call that was aborted rejects with its signal's reason instead. */
export class PipaiError extends Error {
  readonly code: PipaiErrorCode;
  /** The HTTP status; null without an answer. */
  readonly status: number | null;
  /** What does not fit, field by field, where there is something to list. */
  readonly details: readonly ErrorDetail[];
  /** What to quote to the operator; null without an answer. */
  readonly requestId: string | null;
  /** How long the service asks to stay away, in milliseconds; null where it does not. */
  readonly retryAfterMs: number | null;

  constructor(code: PipaiErrorCode, message: string, facts: FailureFacts = {}) {
    super(message, facts);
    this.name = 'PipaiError';
    this.code = code;
    this.status = facts.status ?? null;
    this.details = facts.details ?? [];
    this.requestId = facts.requestId ?? null;
    this.retryAfterMs = facts.retryAfterMs ?? null;
  }
}

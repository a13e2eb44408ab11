/** Every error code a client can meet, with its HTTP status. */
export const ERROR_STATUS = {
  INVALID_PARAMETER: 400,
  UNAUTHORIZED: 401,
  TIMESTAMP_OUT_OF_WINDOW: 401,
  REPLAYED_REQUEST: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  INVALID_STATE: 409,
  STALE_LEASE: 409,
  IDEMPOTENCY_CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const;

/** A code of {@link ERROR_STATUS}. */
export type ErrorCode = keyof typeof ERROR_STATUS;

/** One field that does not fit, or one fact about the refusal. */
export interface ErrorDetail {
  /** Where in the request, dotted: `params.grid_levels`. */
  readonly path: string;
  readonly message: string;
}

/** A refusal on its way to the client. Thrown by middleware and handlers, turned into a response in one place. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    more: { details?: readonly ErrorDetail[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.code = code;
    this.details = more.details ?? [];
    this.headers = more.headers ?? {};
  }

  /** The contract's envelope; `details` only where there is something to list. */
  body(requestId: string) {
    return {
      error: {
        code: this.code,
        message: this.message,
        ...(this.details.length > 0 ? { details: this.details } : {}),
        request_id: requestId,
      },
    };
  }
}

const SOON = { 'Retry-After': '1' };

/** The answer where a part of the service cannot act right now and nothing was changed. */
export function unavailable(message: string): ApiError {
  return new ApiError('UNAVAILABLE', message, { headers: SOON });
}

/** The answer to a request that may have changed something, where the part that was to do it cannot be asked any more. */
export function outcomeUnknown(): ApiError {
  return new ApiError(
    'UNAVAILABLE',
    'A part of the service does not answer: what was asked for may have been done.',
    { details: [{ path: 'outcome', message: 'unknown' }], headers: SOON },
  );
}

/** The answer for a job that does not exist and for one that is somebody else's; the two must not differ. */
export function noSuchJob(): ApiError {
  return new ApiError('NOT_FOUND', 'There is no such job.');
}

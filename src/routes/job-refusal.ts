import { ApiError, noSuchJob, outcomeUnknown, unavailable } from '../errors.ts';
import type { JobRefusal } from '../job/calls.ts';

/** What a client hears when a job refuses. */
export function jobRefused(refusal: JobRefusal): ApiError {
  switch (refusal.code) {
    case 'NOT_FOUND':
      return noSuchJob();
    case 'IDEMPOTENCY_CONFLICT':
      return idempotencyConflict();
    case 'UNAVAILABLE':
      return unavailable('The account of the job cannot be reached.');
    case 'UNANSWERED':
      return outcomeUnknown();
    case 'INVALID_STATE':
    case 'STALE_LEASE': {
      const message =
        refusal.code === 'STALE_LEASE'
          ? `This lease is not the current one; the job is ${refusal.status}.`
          : `The job is ${refusal.status}, which does not allow this.`;
      return new ApiError(refusal.code, message, { details: [{ path: 'status', message: refusal.status }] });
    }
  }
}

/** The answer to a use of an `Idempotency-Key` that was used for something else before. */
export function idempotencyConflict(): ApiError {
  return new ApiError(
    'IDEMPOTENCY_CONFLICT',
    'This Idempotency-Key was used before, with another body or for another job; take a new one.',
  );
}

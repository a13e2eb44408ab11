import type { Permission } from '../schemas/admin.ts';
import type { BudgetState } from './budget.ts';

/** What an account object is asked, what it answers, and why it refuses. */

/** An authentic request, asking to be let in. */
export interface Admission {
  readonly apiKey: string;
  readonly permission: Permission;
  readonly weight: number;
  /** May draw on the reserve once the budget is gone. */
  readonly reserve: boolean;
  /** The job that the request may change, be it the account's or not. */
  readonly touches: string | null;
}

/** What a request is told that is let in. */
export interface Admitted {
  readonly budget: BudgetState | null;
  /** Whether it was noted that it may change a job. */
  readonly touched: boolean;
}

/** Why a request was not let in. `UNAUTHORIZED`: the key does not stand. */
export type AdmissionRefusal =
  | { readonly ok: false; readonly code: 'UNAUTHORIZED' | 'FORBIDDEN' }
  | { readonly ok: false; readonly code: 'RATE_LIMITED'; readonly budget: BudgetState };

/** A create whose fields are checked. */
export interface NewJob {
  readonly accountId: string;
  readonly templateId: string;
  /** The resolved configuration as JSON text. */
  readonly config: string;
  /** The request's signature in lower-case hex. */
  readonly signature: string;
  /** Tells one arrival of a request from another: only the same arrival may be ordered again, when its answer was lost. */
  readonly arrival: string;
  /** The client's key, and a digest of the body it came with. */
  readonly idempotency: { readonly key: string; readonly body: string } | null;
}

/** Why a create was refused. */
export interface CreateRefusal {
  readonly ok: false;
  readonly code: 'REPLAYED_REQUEST' | 'IDEMPOTENCY_CONFLICT' | 'UNAVAILABLE';
}

/** An account's request budget: weight per calendar minute, with a reserve for cancels. Pure. */

const MINUTE_MS = 60_000;

/** What a cancel weighs. */
export const CANCEL_WEIGHT = 5;

/** What was spent in one minute. */
export interface Spending {
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly used: number;
  /** Weight of cancels admitted after the budget was gone. */
  readonly reserveUsed: number;
}

/** Where an account stands. */
export interface BudgetState {
  /** Weight used in this minute, the reserve included. */
  readonly used: number;
  readonly limit: number;
  readonly remaining: number;
  /** Whole seconds, at least 1, until the next minute's budget. */
  readonly resetSeconds: number;
}

/** Nothing spent, long ago. */
export const NOTHING_SPENT: Spending = { minute: 0, used: 0, reserveUsed: 0 };

/**
 * Asks the budget for `weight`.
 * @param request `reserve`: may draw on the reserve once the budget is gone; see {@link reserveOf}.
 * @param limit weight per minute.
 * @param now milliseconds since the epoch.
 */
export function spend(
  before: Spending,
  request: { weight: number; reserve: boolean },
  limit: number,
  now: number,
): { admitted: boolean; spending: Spending; state: BudgetState } {
  const current = inMinuteOf(now, before);
  let spending: Spending | null = null;
  if (current.used + request.weight <= limit) {
    spending = { ...current, used: current.used + request.weight };
  } else if (request.reserve && current.reserveUsed + request.weight <= reserveOf(limit)) {
    spending = { ...current, reserveUsed: current.reserveUsed + request.weight };
  }
  const after = spending ?? current;
  return { admitted: spending !== null, spending: after, state: standing(after, limit, now) };
}

/** The reserve that goes with a budget of `limit`: a quarter of it, and one cancel at least, so that cancelling stays possible. */
function reserveOf(limit: number): number {
  return Math.max(CANCEL_WEIGHT, Math.floor(limit / 4));
}

/** Where an account stands at `now`, in milliseconds since the epoch, after this spending. */
export function standing(spending: Spending, limit: number, now: number): BudgetState {
  const { minute, used, reserveUsed } = inMinuteOf(now, spending);
  return {
    used: used + reserveUsed,
    limit,
    remaining: Math.max(0, limit - used),
    resetSeconds: Math.max(1, Math.ceil(((minute + 1) * MINUTE_MS - now) / 1000)),
  };
}

function inMinuteOf(now: number, spending: Spending): Spending {
  const minute = Math.floor(now / MINUTE_MS);
  return spending.minute === minute ? spending : { minute, used: 0, reserveUsed: 0 };
}

/**
 * What to keep on disk of a spending: rounded up to 64ths of the budget, so that most requests write nothing and
 * an evicted account never forgets weight that was used.
 */
export function rounded(spending: Spending, limit: number): Spending {
  const step = Math.max(1, Math.ceil(limit / 64));
  // What was used may be over a limit that was lowered since.
  const up = (used: number, most: number) => Math.max(used, Math.min(most, Math.ceil(used / step) * step));
  return {
    minute: spending.minute,
    used: up(spending.used, limit),
    reserveUsed: up(spending.reserveUsed, reserveOf(limit)),
  };
}

import { MONEY_DIGITS, UNIT, divideHalfUp, hasCertainFloor } from './decimal.ts';
import { exactOf, nearest, plus, type Exact } from './exact.ts';

/** Money with all that is not in whole units of it: equity is rounded only when it is published. */
export interface Equity {
  /** In 10^-8. */
  readonly whole: Exact;
  /** What is beyond that, in 10^-16, below 10^8. */
  readonly rest: number;
}

const REST_UNIT = Number(UNIT);
const CENT = 10 ** (MONEY_DIGITS - 2);

/** The sum of some parts in cents, rounded half up; it is not below zero. */
export function centsOf(parts: readonly Equity[]): Exact {
  let whole: Exact = 0;
  let rest = 0;
  for (const part of parts) {
    whole = plus(whole, part.whole);
    rest += part.rest;
  }
  // Halves of a cent are whole: what is left of the rest after its carry decides nothing.
  return roundedCents(plus(whole, Math.floor(rest / REST_UNIT)));
}

function roundedCents(money: Exact): Exact {
  const cents = nearest(money) / CENT + 0.5;
  return hasCertainFloor(cents) ? Math.floor(cents) : exactOf(divideHalfUp(BigInt(money), BigInt(CENT)));
}

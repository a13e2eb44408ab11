import { UNIT, divideHalfUp } from './decimal.ts';
import type { Market } from './market.ts';

/** Share of a position's value that must be covered, in thousandths; ENGINE.md, "Fills". */
const MAINTENANCE_PER_MILLE = 4n;

/**
 * The price in ticks, rounded up, at which a long position covers its debt and the maintenance margin no more.
 * `(q·E − W) / (q·(1 − 0.004))` of ENGINE.md: what was borrowed is `q·E − W`, for one fill as for many.
 * @param debt in 10^-8, above zero.
 */
export function liquidationTicks(market: Market, debt: bigint, steps: bigint): number {
  const worth = steps * market.step * market.tick * (1000n - MAINTENANCE_PER_MILLE);
  return Number((debt * UNIT * 1000n + worth - 1n) / worth);
}

/** The price, to the nearest tick, at which a long position is worth its debt (10^-8) and nothing more. */
export function bankruptcyTicks(market: Market, debt: bigint, steps: bigint): number {
  return Number(divideHalfUp(debt * UNIT, steps * market.step * market.tick));
}

/** The first of the rows `[from, to)` whose low is at or below `level`, or `to`. */
export function firstTouch(low: Int32Array, from: number, to: number, level: number): number {
  let row = from;
  while (row < to && (low[row] ?? 0) > level) row += 1;
  return row;
}

import type { Warning } from '../schemas/result.ts';

/** Tells of so many orders under the minimum notional, if there were any. */
export function unplacedWarning(symbol: string, count: number): Warning[] {
  if (count === 0) return [];
  const message = `${symbol}: ${String(count)} order(s) under the minimum notional were not placed`;
  return [{ code: 'ORDER_BELOW_MIN_NOTIONAL', message }];
}

import type { SymbolSpec } from '../candles/bars.ts';
import { UNIT, divideHalfUp, formatFixed, parseDecimal, trimZeros } from './decimal.ts';
import { RATE_UNIT } from './fees.ts';

/** A symbol's quantization, in integers of 10^-8. Prices are counted in ticks, quantities in steps. */
export interface Market {
  readonly tick: bigint;
  readonly step: bigint;
  readonly minNotional: bigint;
}

/**
 * Reads a symbol's specification.
 * @throws RangeError where a number is malformed, or a tick or step is zero.
 */
export function marketOf(spec: SymbolSpec): Market {
  const market = {
    tick: parseDecimal(spec.tick),
    step: parseDecimal(spec.step),
    minNotional: parseDecimal(spec.min_notional),
  };
  if (market.tick === 0n || market.step === 0n) throw new RangeError('tick and step must be above zero');
  return market;
}

/** `steps` at a price of `ticks`, unrounded, as an integer of 10^-16. */
export function exactNotional(market: Market, ticks: number, steps: bigint): bigint {
  return BigInt(ticks) * market.tick * steps * market.step;
}

/** What a fill of `steps` at `ticks` moves, rounded half up to 8 decimals: an integer of 10^-8. */
export function notionalOf(market: Market, ticks: number, steps: bigint): bigint {
  return divideHalfUp(exactNotional(market, ticks, steps), UNIT);
}

/** Whether the exchange would refuse an order of `steps` at `ticks`. */
export function isBelowMinNotional(market: Market, ticks: number, steps: bigint): boolean {
  return steps <= 0n || exactNotional(market, ticks, steps) < market.minNotional * UNIT;
}

/** One step at `ticks` with its fee of `rate`, in the weight that {@link affordableSteps} divides by. */
export function weightWithFee(ticks: number, rate: bigint): bigint {
  return BigInt(ticks) * (RATE_UNIT + rate);
}

/**
 * The largest quantity, in steps, that `money` (10^-8) pays for.
 * @param weight the sum of {@link weightWithFee} over the prices at which that quantity is bought.
 */
export function affordableSteps(market: Market, money: bigint, weight: bigint): bigint {
  if (weight <= 0n || money <= 0n) return 0n;
  return (money * UNIT * RATE_UNIT) / (market.tick * market.step * weight);
}

/** A price with as many decimals as the tick has. */
export function formatPrice(market: Market, ticks: number): string {
  const [, fraction = ''] = trimZeros(formatFixed(market.tick, 8)).split('.');
  const drop = 10n ** BigInt(8 - fraction.length);
  return formatFixed((BigInt(ticks) * market.tick) / drop, fraction.length);
}

import type { SymbolSpec } from '../candles/bars.ts';
import {
  MONEY_DIGITS,
  UNIT,
  certainFloor,
  divideHalfUp,
  formatFixed,
  formatMoney,
  formatSafe,
  hasCertainFloor,
  parseDecimal,
  trimZeros,
} from './decimal.ts';
import { exactOf, isExact, nearest, type Exact } from './exact.ts';
import { RATE_UNIT, type FeeRates } from './fees.ts';

const SCALE = Number(UNIT * RATE_UNIT);
const RATE_SCALE = Number(RATE_UNIT);

/** A symbol's quantization, in integers of 10^-8. Prices are counted in ticks, quantities in steps. */
export interface Market {
  readonly tick: bigint;
  readonly step: bigint;
  readonly minNotional: bigint;
  /** One step at one tick, in 10^-16. */
  readonly unit: bigint;
  /** The same in 10^-8 where that is exact, so that no notional needs rounding; else null. */
  readonly wholeUnit: bigint | null;
  /** The nearest numbers to some of these, for arithmetic in floating point; NaN for a `wholeUnit` that is null. */
  readonly nearest: {
    readonly step: number;
    readonly minNotional: number;
    readonly unit: number;
    readonly wholeUnit: number;
  };
  /** Fraction digits of a price, and how many of the least of them a tick is; null where that is not exact as a number. */
  readonly priceDigits: number;
  readonly priceStep: number | null;
}

/**
 * Reads a symbol's specification.
 * @throws RangeError where a number is malformed, or a tick or step is zero.
 */
export function marketOf(spec: SymbolSpec): Market {
  const tick = parseDecimal(spec.tick);
  const step = parseDecimal(spec.step);
  if (tick === 0n || step === 0n) throw new RangeError('tick and step must be above zero');
  const minNotional = parseDecimal(spec.min_notional);
  const unit = tick * step;
  const wholeUnit = unit % UNIT === 0n ? unit / UNIT : null;
  const [, fraction = ''] = trimZeros(formatFixed(tick, MONEY_DIGITS)).split('.');
  const priceStep = tick / 10n ** BigInt(MONEY_DIGITS - fraction.length);
  return {
    tick,
    step,
    minNotional,
    unit,
    wholeUnit,
    nearest: {
      step: Number(step),
      minNotional: Number(minNotional),
      unit: Number(unit),
      wholeUnit: wholeUnit === null ? NaN : Number(wholeUnit),
    },
    priceDigits: fraction.length,
    // A tick count is below 2^31.
    priceStep: priceStep < 2n ** 21n ? Number(priceStep) : null,
  };
}

/** `steps` at a price of `ticks`, unrounded, as an integer of 10^-16. */
export function exactNotional(market: Market, ticks: number, steps: bigint): bigint {
  return BigInt(ticks) * steps * market.unit;
}

/** What a fill of `steps` at `ticks` moves, rounded half up to 8 decimals: an integer of 10^-8. */
export function notionalOf(market: Market, ticks: number, steps: bigint): bigint {
  if (market.wholeUnit !== null) return BigInt(ticks) * steps * market.wholeUnit;
  return divideHalfUp(exactNotional(market, ticks, steps), UNIT);
}

/** {@link notionalOf}, in floating point where that is exact. */
export function fillNotional(market: Market, ticks: number, size: Exact): Exact {
  if (typeof size === 'number') {
    const product = ticks * size * market.nearest.wholeUnit;
    if (isExact(product)) return product;
  }
  return exactOf(notionalOf(market, ticks, BigInt(size)));
}

/** Whether the exchange would refuse an order of so many steps at `ticks`. */
export function isBelowMinNotional(market: Market, ticks: number, size: Exact): boolean {
  if (size <= 0) return true;
  if (typeof size === 'number') {
    const product = ticks * size * market.nearest.wholeUnit;
    if (isExact(product)) return product < market.nearest.minNotional;
  }
  return exactNotional(market, ticks, BigInt(size)) < market.minNotional * UNIT;
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
  const certain = certainFloor((Number(money) * SCALE) / (Number(market.unit) * Number(weight)));
  return certain ?? (money * UNIT * RATE_UNIT) / (market.unit * weight);
}

/**
 * The largest quantity, in steps, that `wallet` (10^-8) times the leverage pays for at `ticks`, with the fee of a taker on all of
 * it, in floating point where that is certain.
 */
export function allInSize(
  market: Market,
  wallet: Exact,
  ticks: number,
  rates: FeeRates,
  leverage: number,
): Exact {
  const weight = market.nearest.unit * ticks * (RATE_SCALE + leverage * rates.nearest.taker);
  const quotient = (nearest(wallet) * leverage * SCALE) / weight;
  if (hasCertainFloor(quotient)) return Math.floor(quotient);
  const times = BigInt(leverage);
  return exactOf(affordableSteps(market, BigInt(wallet) * times, weightWithFee(ticks, times * rates.taker)));
}

/** A quantity of so many steps, with at most 8 fraction digits and no trailing zeros. */
export function formatQuantity(market: Market, size: Exact): string {
  if (typeof size === 'number') {
    const product = size * market.nearest.step;
    if (isExact(product)) return formatMoney(product);
  }
  return formatMoney(BigInt(size) * market.step);
}

/** A price with as many decimals as the tick has. */
export function formatPrice({ tick, priceDigits, priceStep }: Market, ticks: number): string {
  if (priceStep !== null) return formatSafe(ticks * priceStep, priceDigits);
  return formatFixed((BigInt(ticks) * tick) / 10n ** BigInt(MONEY_DIGITS - priceDigits), priceDigits);
}

import { fractionDigits, powerOfTen, wholeDigits } from './digits.ts';
import { isExact, nearest, type Exact } from './exact.ts';

/** Fraction digits of money, and of every decimal the engine reads. */
export const MONEY_DIGITS = 8;
const MONEY_SCALE = 10 ** MONEY_DIGITS;
const ZERO = 48;
const POINT = 46;

/** One unit of money, a tick or a step, as an integer of {@link MONEY_DIGITS} decimals. */
export const UNIT = 10n ** 8n;

/**
 * Reads a non-negative decimal in plain notation as an integer of 10^-8.
 * @throws RangeError where it is not one, or has more than 8 fraction digits.
 */
export function parseDecimal(text: string): bigint {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d{1,8}))?$/.exec(text) ?? [];
  if (whole === undefined)
    throw new RangeError(`not a decimal with at most ${String(MONEY_DIGITS)} fraction digits: ${text}`);
  return BigInt(whole + fraction.padEnd(MONEY_DIGITS, '0'));
}

/** Below this a quotient in floating point is off by less than {@link DOUBT}, whatever a few roundings did to it. */
const CERTAIN_BELOW = 1e11;
const DOUBT = 1e-3;

/**
 * Whether a quotient that floating point has computed from a few exact factors lies between the same two integers as the true
 * one; false where rounding may have carried it over one, so that it has to be computed with integers.
 */
export function hasCertainFloor(quotient: number): boolean {
  const rest = quotient - Math.floor(quotient);
  return quotient >= 0 && quotient < CERTAIN_BELOW && rest > DOUBT && rest < 1 - DOUBT;
}

/** The integer at or below such a quotient, null where that is not certain. */
export function certainFloor(quotient: number): bigint | null {
  return hasCertainFloor(quotient) ? BigInt(Math.floor(quotient)) : null;
}

/** `numerator / divisor` to the nearest integer, halves away from zero. `divisor` is above zero. */
export function divideHalfUp(numerator: bigint, divisor: bigint): bigint {
  const half = numerator < 0n ? -divisor : divisor;
  return (2n * numerator + half) / (2n * divisor);
}

/** An integer of 10^-`digits` in plain notation with exactly that many fraction digits. */
export function formatFixed(value: Exact, digits: number): string {
  const near = nearest(value);
  if (isExact(near)) return formatSafe(near, digits);
  const sign = value < 0n ? '-' : '';
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, '0');
  const point = text.length - digits;
  return digits === 0 ? sign + text : `${sign}${text.slice(0, point)}.${text.slice(point)}`;
}

/** {@link formatFixed} of an integer that is exact as a number. */
export function formatSafe(value: number, digits: number): string {
  const size = Math.abs(value);
  const scale = powerOfTen(digits);
  const whole = Math.floor(size / scale);
  const text = wholeDigits(whole) + fractionDigits(size - whole * scale, digits);
  return value < 0 ? `-${text}` : text;
}

/** Plain notation without the zeros that end a fraction. */
export function trimZeros(text: string): string {
  if (!text.includes('.')) return text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === ZERO) end -= 1;
  return text.slice(0, text.charCodeAt(end - 1) === POINT ? end - 1 : end);
}

/** Money or a quantity, an integer of 10^-8, with at most 8 fraction digits and no trailing zeros. */
export function formatMoney(value: Exact): string {
  const near = nearest(value);
  if (!isExact(near)) return trimZeros(formatFixed(value, MONEY_DIGITS));
  const size = Math.abs(near);
  const whole = Math.floor(size / MONEY_SCALE);
  let fraction = size - whole * MONEY_SCALE;
  let digits = fraction === 0 ? 0 : MONEY_DIGITS;
  for (; digits > 0 && fraction % 10 === 0; digits -= 1) fraction /= 10;
  const text = wholeDigits(whole) + fractionDigits(fraction, digits);
  return near < 0 ? `-${text}` : text;
}

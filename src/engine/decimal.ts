/** Fraction digits of money, and of every decimal the engine reads. */
export const MONEY_DIGITS = 8;
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

/** `numerator / divisor` to the nearest integer, halves away from zero. `divisor` is above zero. */
export function divideHalfUp(numerator: bigint, divisor: bigint): bigint {
  const half = numerator < 0n ? -divisor : divisor;
  return (2n * numerator + half) / (2n * divisor);
}

/** An integer of 10^-`digits` in plain notation with exactly that many fraction digits. */
export function formatFixed(value: bigint, digits: number): string {
  const sign = value < 0n ? '-' : '';
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, '0');
  const point = text.length - digits;
  return digits === 0 ? sign + text : `${sign}${text.slice(0, point)}.${text.slice(point)}`;
}

/** Plain notation without the zeros that end a fraction. */
export function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Money or a quantity, an integer of 10^-8, with at most 8 fraction digits and no trailing zeros. */
export function formatMoney(value: bigint): string {
  return trimZeros(formatFixed(value, MONEY_DIGITS));
}

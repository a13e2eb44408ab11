/** Exact numbers of the naive engine: prices in ticks of 0.01, quantities in steps of 0.00001, money in 10^-8. */

export const TICK = 1_000_000n;
export const STEP = 1000n;
export const UNIT = 100_000_000n;
export const MIN_NOTIONAL = 5n * UNIT;
export function decimal(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(8, '0'));
}

/** To the nearest integer, halves away from zero. */
export function round(numerator: bigint, divisor: bigint): bigint {
  const size = numerator < 0n ? -numerator : numerator;
  const up = size / divisor + ((size % divisor) * 2n >= divisor ? 1n : 0n);
  return numerator < 0n ? -up : up;
}

export function money(value: bigint): string {
  const size = (value < 0n ? -value : value).toString().padStart(9, '0');
  const text = `${size.slice(0, -8)}.${size.slice(-8)}`.replace(/\.?0+$/, '');
  return value < 0n ? `-${text}` : text;
}

export function price(ticks: number): string {
  return (ticks / 100).toFixed(2);
}

export function instant(time: number): string {
  return new Date(time * 1000).toISOString().replace('.000', '');
}

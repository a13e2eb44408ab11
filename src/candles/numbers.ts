const MINUS = 45;
const POINT = 46;
const ZERO = 48;
/** Powers of ten a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${String(exponent)}`));
const decoder = new TextDecoder();

/** How prices become integer ticks. */
export interface PriceScale {
  readonly tick: string;
  /** Fraction digits of the tick. */
  readonly decimals: number;
  /** The tick in units of its last digit. */
  readonly unit: number;
}

/** The largest price, in ticks: prices are held in 32 bits. */
export const MAX_TICKS = 0x7fff_ffff;

/** A positive decimal in its one shortest spelling: `0.010` is `0.01`. */
export function shortestDecimal(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** The scale of a tick, which is a positive decimal; null when it has more digits than we count exactly. */
export function priceScale(tick: string): PriceScale | null {
  const decimals = tick.split('.')[1]?.length ?? 0;
  const unit = Number(tick.replace('.', ''));
  return Number.isSafeInteger(unit) ? { tick, decimals, unit } : null;
}

/** What a price is not. */
export type PriceFault = 'not a decimal' | 'off the tick' | 'too large';

/** A price written as a plain decimal, in ticks: exact, never rounded. */
export function parseTicks(text: Uint8Array, scale: PriceScale): number | PriceFault {
  let value = 0;
  let digits = 0;
  let fraction = -1;
  let finer = false;
  for (const byte of text) {
    const digit = byte - ZERO;
    if (byte === POINT && fraction < 0 && digits > 0) {
      fraction = 0;
      digits = 0;
    } else if (digit < 0 || digit > 9) {
      return 'not a decimal';
    } else {
      digits++;
      if (fraction === scale.decimals) finer ||= digit !== 0;
      else {
        value = value * 10 + digit;
        if (fraction >= 0) fraction++;
      }
    }
  }
  if (digits === 0) return 'not a decimal';
  value *= POWERS[scale.decimals - Math.max(fraction, 0)] ?? NaN;
  if (value > scale.unit * MAX_TICKS || value > Number.MAX_SAFE_INTEGER) return 'too large';
  return finer || value % scale.unit !== 0 ? 'off the tick' : value / scale.unit;
}

/** A plain decimal, with a minus sign or without, as the nearest double; NaN when it is not one. */
export function parseNumber(text: Uint8Array): number {
  const negative = text[0] === MINUS;
  let value = 0;
  let digits = 0;
  let fraction = -1;
  for (let at = negative ? 1 : 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    const digit = byte - ZERO;
    if (byte === POINT && fraction < 0 && digits > 0) {
      fraction = 0;
      digits = 0;
    } else if (digit < 0 || digit > 9) {
      return NaN;
    } else {
      digits++;
      value = value * 10 + digit;
      if (fraction >= 0) fraction++;
    }
  }
  if (digits === 0) return NaN;
  const power = POWERS[Math.max(fraction, 0)];
  // One division of two exact doubles rounds once; beyond that the platform's own conversion is the exact one.
  if (value > Number.MAX_SAFE_INTEGER || power === undefined) return Number(decoder.decode(text));
  return negative ? -value / power : value / power;
}

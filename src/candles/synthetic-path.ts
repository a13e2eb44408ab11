import { curve, hash, smooth, unit } from './noise.ts';
import type { SyntheticMarket } from './synthetic-symbols.ts';

/** Seconds in a day. */
export const DAY = 86_400;

/** One generated day, hour by hour. */
export interface HourlyPath {
  /** The price at the beginning of each hour and at the end of the last, in ticks, not rounded: 25 numbers. */
  readonly price: Float64Array;
  /** How lively each hour is, 0.2 to 2.13: what moves and volumes are scaled by. */
  readonly stir: Float64Array;
  /** Where each hour's own randomness begins, never 0. */
  readonly seed: Int32Array;
}

/** Spacing in days and weight of each smooth curve that the price at midnight is made of; the weights add up to 0.16. */
const SWINGS: readonly (readonly [days: number, weight: number])[] = [
  [2, 0.03],
  [5, 0.045],
  [11, 0.05],
  [29, 0.035],
];

/** How far an hour may go at most in a calm market, as a share of the price. */
const HOUR_STEP = 0.009;

/** Tells apart what is drawn from one seed. */
const SALT = {
  hours: 0x1f83_d9ab,
  minutes: 0x5be0_cd19,
  stir: 0x3c6e_f372,
  era: 0x510e_527f,
  swing: 0x6a09_e667,
} as const;

/** Multiples of 500 days since the epoch enclose 2025: 2024-10-04 is the 40th, 2026-02-16 the 41st. */
const ERA_DAYS = 500;

/**
 * The hours of a day, counted in days since the epoch. Its first price is the last one of the day before, since a midnight's
 * price depends on that day's number alone; between midnights a random walk is tilted so that it ends at the next one.
 *
 * The price stays positive: within 1 - 1.6 × (0.16 + 12 × 0.009 × 2.13) = 0.38 of its level at the hours, and within
 * 30 × 0.0014 × 2.13 = 0.09 of that in the minutes between.
 */
export function hourlyPath(market: SyntheticMarket, seed: number, day: number): HourlyPath {
  const price = new Float64Array(25);
  const stir = new Float64Array(24);
  const seeds = new Int32Array(24);
  const walk = new Float64Array(25);
  let sum = 0;
  for (let hour = 0; hour < 24; hour++) {
    const index = day * 24 + hour;
    stir[hour] = liveliness(seed, day, hour);
    seeds[hour] = hash(seed ^ SALT.minutes, index) || 1;
    sum +=
      (unit(seed ^ SALT.hours, index) + unit(seed ^ SALT.hours, ~index) - 1) * HOUR_STEP * (stir[hour] ?? 0);
    walk[hour + 1] = sum;
  }
  const [first, last] = [swing(seed, day), swing(seed, day + 1)];
  const [base, nextBase] = [market.level * era(seed, day), market.level * era(seed, day + 1)];
  for (let hour = 0; hour <= 24; hour++) {
    const part = hour / 24;
    const drift = first + (last - first) * part;
    const bridge = (walk[hour] ?? 0) - sum * part;
    price[hour] = (base + (nextBase - base) * part) * (1 + market.wildness * (drift + bridge));
  }
  price[24] = nextBase * (1 + market.wildness * last);
  return { price, stir, seed: seeds };
}

/** The share by which the price at a midnight is off its level. */
function swing(seed: number, day: number): number {
  let share = 0;
  for (const [days, weight] of SWINGS) share += weight * curve(seed ^ (SALT.swing + days), day, days);
  return share;
}

/** The level of a day relative to that of 2025: years differ, up to about threefold, and 2025 is all at 1. */
function era(seed: number, day: number): number {
  const index = Math.floor(day / ERA_DAYS);
  const [left, right] = [eraLevel(seed, index), eraLevel(seed, index + 1)];
  return left + (right - left) * smooth((day - index * ERA_DAYS) / ERA_DAYS);
}

function eraLevel(seed: number, index: number): number {
  return index === 40 || index === 41 ? 1 : 0.5 + unit(seed ^ SALT.era, index);
}

/** Calm and storm come in stretches, afternoons in UTC are busier than nights, weekends are quiet. */
function liveliness(seed: number, day: number, hour: number): number {
  const stretch = 0.5 + 0.5 * curve(seed ^ SALT.stir, day * 24 + hour, 60);
  const gust = 0.5 + 0.5 * curve(seed ^ SALT.stir, ~(day * 24 + hour), 7);
  const fromPeak = Math.abs(((hour + 22) % 24) - 12) / 12;
  const daytime = 0.75 + 0.5 * (1 - smooth(fromPeak));
  const weekday = (day + 4) % 7;
  const weekend = weekday === 0 || weekday === 6 ? 0.7 : 1;
  return Math.max(0.2, (0.3 + 0.9 * stretch * stretch + 0.5 * gust * gust) * daytime * weekend);
}

import { TIMEFRAME_SECONDS, type Timeframe } from '../schemas/primitives.ts';
import { aggregateBars } from './aggregate.ts';
import type { BarChunk } from './bars.ts';
import { allocateBars } from './columns.ts';
import { type Month, monthBounds } from './months.ts';
import { textSeed } from './noise.ts';
import { type SyntheticMarket, syntheticMarket } from './synthetic-symbols.ts';
import { DAY, type HourlyPath, hourlyPath } from './synthetic-path.ts';

const MINUTE = 60;
const MINUTES_PER_HOUR = 60;
/** How far a minute may go at most in a calm market, as a share of the price. */
const MINUTE_STEP = 0.0014;

/**
 * One UTC month of generated candles of a symbol: every bar exists and has volume, each opens where the one before closed,
 * across months too. A pure function of its arguments, to the bit, on every machine; nothing before the month is computed.
 * Coarser timeframes are aggregates of the minutes.
 * @throws Error for a symbol that is not generated, see `syntheticSpec`
 */
export function syntheticMonth(symbol: string, timeframe: Timeframe, month: Month): BarChunk {
  const market = syntheticMarket(symbol);
  if (market === null) throw new Error(`${symbol} is not a generated symbol.`);
  const minutes = generateMinutes(market, textSeed(symbol), month);
  return timeframe === '1m' ? minutes : aggregateBars(minutes, TIMEFRAME_SECONDS[timeframe]);
}

function generateMinutes(market: SyntheticMarket, seed: number, month: Month): BarChunk {
  const { start, end } = monthBounds(month);
  const bars = allocateBars((end - start) / MINUTE);
  let row = 0;
  for (let day = start / DAY; day < end / DAY; day++) {
    const path = hourlyPath(market, seed, day);
    for (let hour = 0; hour < 24; hour++) {
      fillHour(bars, row, start + row * MINUTE, path, hour, market);
      row += MINUTES_PER_HOUR;
    }
  }
  return { ...bars, isTraded: true };
}

/** Sixty minutes from one hour's price to the next: a random walk, tilted so that it ends where the next hour begins. */
function fillHour(
  bars: BarChunk,
  row: number,
  start: number,
  path: HourlyPath,
  hour: number,
  market: SyntheticMarket,
): void {
  const walk = new Float64Array(MINUTES_PER_HOUR + 1);
  const from = path.price[hour] ?? 0;
  const to = path.price[hour + 1] ?? 0;
  const stir = path.stir[hour] ?? 0;
  let random = path.seed[hour] ?? 1;
  let sum = 0;
  for (let minute = 1; minute <= MINUTES_PER_HOUR; minute++) {
    random = xorshift(random);
    sum += (random & 0xffff) + (random >>> 16) - 0xffff;
    walk[minute] = sum;
  }
  // A step of the walk is within 0xffff of 0: this makes it a price.
  const scale = (from * MINUTE_STEP * stir) / 0xffff;
  const tilt = (to - from - scale * sum) / MINUTES_PER_HOUR;
  let open = Math.floor(from + 0.5);
  for (let minute = 0; minute < MINUTES_PER_HOUR; minute++) {
    const exact = from + tilt * (minute + 1) + scale * (walk[minute + 1] ?? 0);
    const close = Math.floor((minute === MINUTES_PER_HOUR - 1 ? to : exact) + 0.5);
    random = xorshift(random);
    const up = (random & 0x7ff) / 0x800;
    const down = ((random >>> 11) & 0x7ff) / 0x800;
    const busy = (random >>> 22) / 0x400;
    const wick = scale * 0x8000;
    const move = Math.abs(close - open) / (from * MINUTE_STEP);
    const at = row + minute;
    bars.time[at] = start + minute * MINUTE;
    bars.open[at] = open;
    bars.high[at] = Math.floor(Math.max(open, close) + wick * up * up);
    bars.low[at] = Math.ceil(Math.min(open, close) - wick * down * down);
    bars.close[at] = close;
    bars.volume[at] =
      Math.floor(market.activity * stir * (0.1 + busy * busy + move) + 1) / market.stepsPerUnit;
    open = close;
  }
}

/** The next 32 bits of Marsaglia's xorshift generator; never 0 when it did not begin with 0. */
function xorshift(bits: number): number {
  let next = bits ^ (bits << 13);
  next ^= next >>> 17;
  return next ^ (next << 5);
}

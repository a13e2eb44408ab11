import type { Metrics } from '../schemas/result.ts';
import { divideHalfUp, formatMoney, trimZeros } from './decimal.ts';
import { minus, plus, type Exact } from './exact.ts';

const DAYS_A_YEAR = 365;
const TRADING_DAYS_A_YEAR = 252;
const DAY_SECONDS = 86_400;
/** Below this a deviation is noise of floating point. */
const LEAST_DEVIATION = 1e-12;
const RATIO_DIGITS = 6;

/** A point of the published equity curve: epoch seconds, and equity in the quote currency. */
export type CurvePoint = readonly [time: number, equity: number];

/** What metrics need of all trades together, added up one by one. */
export class TradeTotals {
  trades = 0;
  wins = 0;
  /** Sum of `pnl` over winning trades, and of its size over losing ones, in 10^-8. */
  won: Exact = 0;
  lost: Exact = 0;
  /** Sum of the time between entry and exit. */
  seconds = 0;

  /** Counts a trade. @param pnl an integer of 10^-8. @param seconds between entry and exit. */
  add(pnl: Exact, seconds: number): void {
    this.trades += 1;
    this.seconds += seconds;
    if (pnl > 0) {
      this.wins += 1;
      this.won = plus(this.won, pnl);
    } else this.lost = minus(this.lost, pnl);
  }
}

/** Change between consecutive points, relative to the first. 0 from the point where nothing is left. */
export function returnsOf(equity: readonly number[]): number[] {
  return equity.slice(1).map((now, index) => {
    const before = equity[index] ?? 0;
    return before > 0 ? now / before - 1 : 0;
  });
}

/** The arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (n − 1); null of fewer than two values, or where it is only noise. */
export function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  const sd = Math.sqrt(squares / (values.length - 1));
  return sd < LEAST_DEVIATION ? null : sd;
}

/** The deepest fall from an earlier peak, in [−1, 0]. */
export function maxDrawdown(equity: readonly number[]): number {
  let peak = 0;
  let deepest = 0;
  for (const value of equity) {
    peak = Math.max(peak, value);
    if (peak > 0) deepest = Math.min(deepest, value / peak - 1);
  }
  return Math.max(-1, deepest);
}

/** Growth a year of 365 days, compounded; null where the curve spans no time. */
export function cagr(curve: readonly CurvePoint[]): number | null {
  const [startTime, startEquity] = curve.at(0) ?? [0, 0];
  const [endTime, endEquity] = curve.at(-1) ?? [0, 0];
  if (endTime <= startTime || startEquity <= 0) return null;
  const years = (endTime - startTime) / (DAYS_A_YEAR * DAY_SECONDS);
  return (Math.max(0, endEquity) / startEquity) ** (1 / years) - 1;
}

function over(numerator: number | null, denominator: number | null): number | null {
  return numerator === null || denominator === null || denominator === 0 ? null : numerator / denominator;
}

/** A ratio in plain notation with at most 6 fraction digits, without trailing zeros; null where it is no finite number. */
export function formatRatio(ratio: number | null): string | null {
  if (ratio === null || !Number.isFinite(ratio)) return null;
  // From 1e21 on `toFixed` would write an exponent; such a number is an integer.
  const text = Math.abs(ratio) >= 1e21 ? BigInt(ratio).toString() : trimZeros(ratio.toFixed(RATIO_DIGITS));
  return text === '-0' ? '0' : text;
}

/** Metrics of the published curve, oldest point first, and of the trades; formulas are in ENGINE.md, "Result". */
export function metricsOf(curve: readonly CurvePoint[], totals: TradeTotals): Metrics {
  const equity = curve.map(([, value]) => value);
  const returns = returnsOf(equity);
  const annual = mean(returns) * Math.sqrt(TRADING_DAYS_A_YEAR);
  const drawdown = maxDrawdown(equity);
  const growth = cagr(curve);
  const { trades, wins, won, lost, seconds } = totals;
  return {
    sharpe: formatRatio(over(annual, deviation(returns))),
    sortino: formatRatio(over(annual, deviation(returns.filter((value) => value < 0)))),
    max_drawdown: formatRatio(drawdown),
    cagr: formatRatio(growth),
    calmar: formatRatio(over(growth, Math.abs(drawdown))),
    win_rate: formatRatio(over(wins, trades)),
    profit_factor: formatRatio(over(Number(won), Number(lost))),
    expected_value:
      trades === 0 ? null : formatMoney(divideHalfUp(BigInt(won) - BigInt(lost), BigInt(trades))),
    total_trades: trades,
    avg_trade_duration_seconds: trades === 0 ? null : Math.round(seconds / trades),
  };
}

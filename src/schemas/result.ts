import * as z from 'zod';
import { instant } from './primitives.ts';

/** Names of the metrics, in the order they are written. */
export const METRIC_NAMES = [
  'sharpe',
  'sortino',
  'max_drawdown',
  'cagr',
  'calmar',
  'win_rate',
  'profit_factor',
  'expected_value',
  'total_trades',
  'avg_trade_duration_seconds',
] as const;

/** What our engine publishes: ratios as decimal strings, counts as numbers, null where a ratio has no denominator. */
export type Metrics = Record<
  Exclude<(typeof METRIC_NAMES)[number], 'total_trades' | 'avg_trade_duration_seconds'>,
  string | null
> & { total_trades: number; avg_trade_duration_seconds: number | null };

/** One round trip. Money in the quote currency, `pnl` net of `fee`, which is that of both fills. */
export interface Trade {
  id: number;
  side: 'buy';
  symbol: string;
  entry_time: string;
  entry_price: string;
  exit_time: string;
  exit_price: string;
  qty: string;
  pnl: string;
  fee: string;
  exit_reason: 'grid' | 'signal' | 'take_profit' | 'liquidation' | 'end_of_window';
}

/** Something a reader of the result should know before believing it. */
export interface Warning {
  code: string;
  message: string;
}

/** What a backtest computes. */
export interface BacktestResult {
  metrics: Metrics;
  /** Instant and equity, oldest first. */
  equity_curve: [string, string][];
  trades: Trade[];
  warnings: Warning[];
}

const scalar = z.union([z.string(), z.number(), z.null()]);

/** A result as a worker reports it. Machines outside may add metrics and trade fields of their own. */
export const reportedResult = z.strictObject({
  metrics: z.record(z.string(), scalar),
  equity_curve: z.array(z.tuple([instant, z.string()])),
  trades: z.array(z.record(z.string(), scalar)),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })).default([]),
});

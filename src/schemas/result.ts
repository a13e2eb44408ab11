import * as z from 'zod';
import { listOf, membersOf } from './entries.ts';
import { PAIR_OF_STRINGS, instant, wellFormed } from './primitives.ts';

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

/** A result without its trades, of which there may be millions. */
export type BacktestSummary = Omit<BacktestResult, 'trades'>;

const LONGEST_NAME = 64;
const name = wellFormed(z.string().min(1).max(LONGEST_NAME));
const text = wellFormed(z.string().max(100));
const scalar = z.union([text, z.number(), z.null()], 'must be a string, a number or null');

/**
 * A trade as readers know it, whoever reports it: some of these fields, and fields of a worker's own. Our own engine writes
 * whole numbers and decimal strings; what a worker of the operator's writes is passed on as it is.
 */
export const trade = z
  .object({
    id: scalar.describe('From 1, in order of exit.'),
    side: scalar.describe('`buy`: long.'),
    symbol: scalar,
    entry_time: scalar,
    entry_price: scalar,
    exit_time: scalar,
    exit_price: scalar,
    qty: scalar,
    pnl: scalar.describe('In the quote currency, net of `fee`.'),
    fee: scalar.describe('Of both fills.'),
    exit_reason: scalar.describe('`grid`, `signal`, `take_profit`, `liquidation` or `end_of_window`.'),
  })
  .partial()
  .catchall(scalar);

const MAX_METRICS = 64;
const point = z.tuple([instant, text]).meta(PAIR_OF_STRINGS);

/**
 * A result as a worker reports it. Machines outside may add metrics and trade fields of their own: a {@link trade} is any object
 * of scalars.
 */
export const reportedResult = z.strictObject({
  metrics: membersOf(name, scalar, MAX_METRICS),
  equity_curve: listOf(point),
  trades: listOf(membersOf(name, scalar)),
  warnings: z
    .array(
      z.strictObject({ code: wellFormed(z.string().max(64)), message: wellFormed(z.string().max(1000)) }),
    )
    .max(100)
    .default([]),
});

/** The same for readers: what checks entries one by one does not say what they are. */
export const writtenResult = reportedResult.extend({
  metrics: z.record(name, scalar).meta({ maxProperties: MAX_METRICS }),
  equity_curve: z.array(point).describe('Instant and equity, oldest first.'),
  trades: z
    .array(trade.meta({ propertyNames: { minLength: 1, maxLength: LONGEST_NAME } }))
    .describe('Round trips in order of exit; fields of your own are kept.'),
});

import * as z from 'zod';
import { AS_INPUT } from './messages.ts';
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

/** So many details of a wrong list are told; a worker that writes all of its rows wrongly needs no more. */
const MAX_ISSUES = 20;
const MORE_ISSUES = `has more that does not fit; only the first ${String(MAX_ISSUES)} are listed`;

/** A list whose rows are checked one by one, so that a hundred thousand wrong ones cost no more than {@link MAX_ISSUES}. */
function listOf<Row extends z.ZodType>(row: Row) {
  return z.array(z.unknown()).transform((rows, context): z.output<Row>[] => {
    const good: z.output<Row>[] = [];
    let issues = 0;
    for (const [index, value] of rows.entries()) {
      const parsed = row.safeParse(value, AS_INPUT);
      if (parsed.success) good.push(parsed.data);
      for (const { message, path } of parsed.error?.issues ?? []) {
        issues += 1;
        if (issues > MAX_ISSUES) {
          context.addIssue({ code: 'custom', message: MORE_ISSUES, input: rows });
          return good;
        }
        context.addIssue({ code: 'custom', message, path: [index, ...path], input: value });
      }
    }
    return good;
  });
}

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

/** A row of each list of a result as a worker reports it: what {@link reportedResult} checks one by one. */
export const reportedRows = {
  equity_curve: z.tuple([instant, text]).meta(PAIR_OF_STRINGS),
  trades: trade
    .refine(
      (fields) => Object.keys(fields).every((each) => name.safeParse(each).success),
      `must have names of 1 to ${String(LONGEST_NAME)} characters, in well-formed Unicode`,
    )
    .meta({ propertyNames: { minLength: 1, maxLength: LONGEST_NAME } }),
};

/** A result as a worker reports it. Machines outside may add metrics and trade fields of their own. */
export const reportedResult = z.strictObject({
  metrics: z
    .record(name, scalar)
    .refine((metrics) => Object.keys(metrics).length <= 64, 'must have at most 64 metrics'),
  equity_curve: listOf(reportedRows.equity_curve),
  trades: listOf(reportedRows.trades),
  warnings: z
    .array(
      z.strictObject({ code: wellFormed(z.string().max(64)), message: wellFormed(z.string().max(1000)) }),
    )
    .max(100)
    .default([]),
});

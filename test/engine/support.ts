import type { BarChunk } from '../../src/candles/bars.ts';
import { DEFAULT_SPEC, sliceBars, type SymbolSpec } from '../../src/candles/bars.ts';
import type { FeeSchedule } from '../../src/engine/fees.ts';
import { startRun, startRunWithFees, type BacktestRun } from '../../src/engine/run.ts';
import type { JobConfig } from '../../src/schemas/job.ts';
import type { TradeBatch } from '../../src/engine/trade-rows.ts';
import type { BacktestResult, Trade } from '../../src/schemas/result.ts';

/** A bar with prices in the quote currency, two decimals at most. Volume is 1 unless given. */
export interface Row {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume?: number;
}

export const DAY = 86_400;
/** 2025-01-01T00:00:00Z. */
export const NEW_YEAR = 1_735_689_600;

/** Bars of ticks of 0.01. */
export function barsOf(rows: readonly Row[]): BarChunk {
  const ticks = (price: number) => Math.round(price * 100);
  return {
    length: rows.length,
    time: Uint32Array.from(rows, (row) => row.time),
    open: Int32Array.from(rows, (row) => ticks(row.open)),
    high: Int32Array.from(rows, (row) => ticks(row.high)),
    low: Int32Array.from(rows, (row) => ticks(row.low)),
    close: Int32Array.from(rows, (row) => ticks(row.close)),
    volume: Float64Array.from(rows, (row) => row.volume ?? 1),
    isTraded: false,
  };
}

/** Daily rows from 2025-01-01 on, of `[open, close]`, ranging no further than those. */
export function daily(prices: readonly (readonly [number, number])[]): Row[] {
  return prices.map(([open, close], day) => ({
    time: NEW_YEAR + day * DAY,
    open,
    high: Math.max(open, close),
    low: Math.min(open, close),
    close,
  }));
}

type Common = Omit<JobConfig, 'template_id' | 'params'>;
/** A template with its parameters. */
export type Template = JobConfig extends infer Each
  ? Each extends JobConfig
    ? Pick<Each, 'template_id' | 'params'>
    : never
  : never;

const common: Common = {
  symbols: ['AAAUSDT'],
  timeframe: '1d',
  start: '2025-01-01T00:00:00Z',
  end: '2025-01-31T00:00:00Z',
  capital: '1000',
  leverage: 1,
  fee_model: 'none',
};

/** A momentum job over January 2025 in days, without fees unless told otherwise. */
export function momentumJob(fast: number, slow: number, changes: Partial<Common> = {}): JobConfig {
  return { template_id: 'tpl_momentum', params: { fast, slow }, ...common, ...changes };
}

/** A job of any template over January 2025 in days, without fees unless told otherwise. */
export function job(template: Template, changes: Partial<Common> = {}): JobConfig {
  return { ...template, ...common, ...changes };
}

/** A grid job over January 2025 in days, without fees unless told otherwise. */
export function gridJob(
  levels: number,
  lower: string,
  upper: string,
  changes: Partial<Common> = {},
): JobConfig {
  const params = { grid_levels: levels, lower_price: lower, upper_price: upper };
  return { template_id: 'tpl_grid', params, ...common, ...changes };
}

/** How a test deviates from feeding every symbol's bars at once, with default specifications and the job's fees. */
export interface RunOptions {
  specs?: SymbolSpec[];
  fees?: FeeSchedule;
  /** Bars a chunk. */
  chunk?: number;
}

/** Runs a job to its end; `bars` in the order of its symbols. */
export function run(config: JobConfig, bars: readonly BarChunk[], options: RunOptions = {}): BacktestResult {
  const specs = options.specs ?? config.symbols.map(() => DEFAULT_SPEC);
  const backtest = options.fees ? startRunWithFees(config, specs, options.fees) : startRun(config, specs);
  for (const [symbol, all] of bars.entries()) {
    const size = options.chunk ?? all.length;
    for (let from = 0; from < all.length; from += size)
      backtest.feed(symbol, sliceBars(all, from, Math.min(all.length, from + size)));
  }
  return finished(backtest, config.symbols.length);
}

/** A source of numbers in [0, 1) that is the same in every run. */
export function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A random walk around 100 in bars of `seconds`; about one bar in 16 is missing and one in 16 has no volume. */
export function randomRows(seed: number, count: number, seconds: number, swing = 2): Row[] {
  const random = pseudoRandom(seed);
  const cents = (price: number) => Math.round(price * 100) / 100;
  const rows: Row[] = [];
  let last = 100;
  for (let index = 0; index < count; index += 1) {
    const pull = (100 - last) * 0.05;
    const open = cents(last + (random() - 0.5) * swing * 0.5);
    const close = cents(open + pull + (random() - 0.5) * swing * 2);
    const high = cents(Math.max(open, close) + random() * swing);
    const low = cents(Math.min(open, close) - random() * swing);
    const kind = random();
    last = close;
    if (kind < 1 / 16) continue;
    rows.push({
      time: NEW_YEAR + index * seconds,
      open,
      high,
      low,
      close,
      volume: kind < 1 / 8 ? 0 : 1 + random(),
    });
  }
  return rows;
}

/** Trades as whoever reads a result sees them. */
export function tradesIn(batch: TradeBatch): Trade[] {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- what is compared with whole trades, field by field, needs no schema
  return JSON.parse(`[${[...batch.json()].join(',')}]`);
}

/** Ends a run of so many symbols, and gives its whole result. */
export function finished(backtest: BacktestRun, symbols = 1): BacktestResult {
  for (let symbol = 0; symbol < symbols; symbol += 1) backtest.close(symbol);
  const trades = tradesIn(backtest.takeTrades(Infinity));
  const { metrics, equity_curve, warnings } = backtest.summary();
  return { metrics, equity_curve, trades, warnings };
}

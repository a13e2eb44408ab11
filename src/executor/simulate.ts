import type { CandleReader } from '../candles/manifest.ts';
import { type Series, openSeries } from '../candles/series.ts';
import { TemplateError, startRun, warmupBars, type BacktestRun } from '../engine/run.ts';
import type { TradeBatch } from '../engine/trade-rows.ts';
import type { JobError } from '../job/machine.ts';
import type { JobConfig } from '../schemas/job.ts';
import { TIMEFRAME_SECONDS } from '../schemas/primitives.ts';
import type { BacktestSummary, Warning } from '../schemas/result.ts';
import { SliceSize } from './slice-size.ts';
import { SymbolFeed } from './symbol-feed.ts';

/** What came of a simulation. `stopped`: whoever watched it said so. */
export type Simulation<Result = BacktestSummary> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: JobError }
  | { readonly kind: 'stopped' };

/** Where trades go while they come about. */
export interface TradeSink {
  /** Takes the next trades. */
  add(trades: TradeBatch): void;
  /** Gets rid of them, where there are enough. */
  drain(): Promise<void>;
}

/** How a simulation passes its time. */
export interface Pace {
  /** Milliseconds; may stand still between pauses. */
  now(): number;
  /** Lets others have the thread after each slice, and hears the progress, 0 to 1; false stops the simulation. */
  pause(progress: number): Promise<boolean>;
}

/**
 * Runs a backtest over the candles of its symbols, side by side through time, so that trades come in their order and need not be
 * kept. In memory are a month of each symbol and the trades of a slice, of which there are {@link TRADES_A_SLICE} or little more.
 * @throws whatever reading the candles or draining `trades` throws.
 */
export async function simulate(
  config: JobConfig,
  candles: { readonly bucket: CandleReader; readonly synthetic: boolean },
  trades: TradeSink,
  pace: Pace,
): Promise<Simulation> {
  const span = spanOf(config);
  const options = { window: { from: span.start, to: span.end }, synthetic: candles.synthetic };
  const opened = await Promise.all(
    config.symbols.map((symbol) => openSeries(candles.bucket, symbol, config.timeframe, options)),
  );
  const series = opened.filter((one) => one !== null);
  const feeds = await Promise.all(
    series.map((one) => SymbolFeed.open(one, warmupBars(config), span.start, span.end)),
  );
  const available = new Set(feeds.filter((feed) => feed.inWindow).map((feed) => feed.series.symbol));
  const missing = config.symbols.filter((symbol) => !available.has(symbol));
  if (missing.length > 0) return unavailable(config, missing);
  try {
    const run = startRun(
      config,
      feeds.map((feed) => feed.series.spec),
    );
    if (!(await advance(run, feeds, span, trades, pace))) return { kind: 'stopped' };
    const summary = run.summary();
    return {
      kind: 'done',
      result: { ...summary, warnings: [...summary.warnings, ...candleWarnings(feeds)] },
    };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { kind: 'failed', error: { code: 'TEMPLATE_ERROR', message: error.message } };
  }
}

/**
 * A slice ends early once so many trades wait, of all symbols together: some two megabytes. A bar of a dense grid may end a thousand,
 * so the number of bars alone would not bound them.
 */
const TRADES_A_SLICE = 8192;

/** Seconds since the epoch; `bar` is the length of one. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly bar: number;
}

function spanOf(config: JobConfig): Span {
  const bar = TIMEFRAME_SECONDS[config.timeframe];
  return { start: Date.parse(config.start) / 1000, end: Date.parse(config.end) / 1000, bar };
}

/** Feeds everything, slice by slice; false where a pause said to stop. */
async function advance(
  run: BacktestRun,
  feeds: readonly SymbolFeed[],
  { start, end, bar }: Span,
  trades: TradeSink,
  pace: Pace,
): Promise<boolean> {
  const size = new SliceSize();
  const open = new Map(feeds.entries());
  for (;;) {
    await Promise.all(feeds.map((feed) => feed.fill()));
    for (const [symbol, feed] of open) {
      if (!feed.isOver) continue;
      run.close(symbol);
      open.delete(symbol);
    }
    const from = Math.min(...feeds.map((feed) => feed.next));
    const width = Math.max(1, Math.floor(size.bars / open.size)) * bar;
    // Never beyond what was read of some symbol: what ends with its last bar would come too late.
    const planned = Math.min(from + width, ...feeds.map((feed) => feed.last + bar));
    const room = Math.max(1, Math.floor(TRADES_A_SLICE / open.size));
    const began = pace.now();
    let until = planned;
    for (const [symbol, feed] of open) until = feed.pass(until, (bars) => run.feed(symbol, bars, room));
    trades.add(run.takeTrades(until));
    if (!(await pace.pause(Math.min(1, Math.max(0, (until - start) / (end - start)))))) return false;
    // One that ended early does not tell how long its bars would have taken.
    if (until === planned) size.adapt(pace.now() - began);
    await trades.drain();
    if (open.size === 0) return true;
  }
}

function unavailable(config: JobConfig, symbols: readonly string[]): Simulation {
  const message = `There are no ${config.timeframe} candles of ${symbols.join(', ')} from ${config.start} to ${config.end}.`;
  return { kind: 'failed', error: { code: 'DATA_UNAVAILABLE', message } };
}

function candleWarnings(feeds: readonly SymbolFeed[]): Warning[] {
  return [
    ...feeds.flatMap(({ series }) => leftOutWarning(series)),
    ...syntheticWarning(feeds.map((feed) => feed.series)),
  ];
}

function leftOutWarning({ symbol, leftOut }: Series): Warning[] {
  if (leftOut.length === 0) return [];
  const message = `${symbol}: the ${leftOut.join(' and ')} candles of months that have no others are left out: they were loaded with another tick, step or min_notional`;
  return [{ code: 'CANDLES_LEFT_OUT', message }];
}

function syntheticWarning(series: readonly Series[]): Warning[] {
  const generated = series.filter(({ origin }) => origin === 'synthetic');
  if (generated.length === 0) return [];
  const symbols = generated.map(({ symbol }) => symbol).join(', ');
  const message = `The candles of ${symbols} are generated, not market data.`;
  return [{ code: 'SYNTHETIC_CANDLES', message }];
}

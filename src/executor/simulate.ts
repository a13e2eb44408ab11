import { openSeries, type Series } from '../candles/series.ts';
import { TemplateError, startRun, warmupBars } from '../engine/run.ts';
import type { JobError } from '../job/machine.ts';
import type { JobConfig } from '../schemas/job.ts';
import { TIMEFRAME_SECONDS } from '../schemas/primitives.ts';
import type { BacktestResult, Warning } from '../schemas/result.ts';

/** All trades are in memory until they are reported, and an isolate has 128 MB. */
const TRADE_LIMIT = 100_000;
const TOO_MANY_TRADES: JobError = {
  code: 'TEMPLATE_ERROR',
  message: `The backtest makes more than ${String(TRADE_LIMIT)} trades; use a shorter window, a coarser timeframe or fewer symbols.`,
};

/** What came of a simulation. `stopped`: whoever watched it said so. */
export type Simulation<Result = BacktestResult> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: JobError }
  | { readonly kind: 'stopped' };

/**
 * Runs a backtest over the candles of its symbols, one symbol after the other, a month at most at a time.
 * @param afterSlice hears the progress, 0 to 1, after each slice; false stops the simulation before the next.
 * @throws whatever reading the candles throws.
 */
export async function simulate(
  config: JobConfig,
  candles: { readonly bucket: R2Bucket; readonly synthetic: boolean },
  afterSlice: (progress: number) => Promise<boolean>,
): Promise<Simulation> {
  const opened = await Promise.all(
    config.symbols.map((symbol) => openSeries(candles.bucket, symbol, config.timeframe, candles)),
  );
  const missing = config.symbols.filter((_, index) => opened[index] === null);
  if (missing.length > 0) return unavailable(config, missing);
  const series = opened.filter((one) => one !== null);
  try {
    return await feed(config, series, afterSlice);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { kind: 'failed', error: { code: 'TEMPLATE_ERROR', message: error.message } };
  }
}

async function feed(
  config: JobConfig,
  series: readonly Series[],
  afterSlice: (progress: number) => Promise<boolean>,
): Promise<Simulation> {
  const run = startRun(
    config,
    series.map((one) => one.spec),
  );
  const start = Date.parse(config.start) / 1000;
  const end = Date.parse(config.end) / 1000;
  const from = start - warmupBars(config) * TIMEFRAME_SECONDS[config.timeframe];
  const empty: string[] = [];
  for (const [index, one] of series.entries()) {
    let inWindow = false;
    for await (const bars of one.bars(from, end)) {
      run.feed(index, bars);
      const last = bars.time[bars.length - 1] ?? 0;
      inWindow ||= last >= start;
      const share = Math.min(1, Math.max(0, (last - start) / (end - start)));
      if (run.tradeCount() > TRADE_LIMIT) return { kind: 'failed', error: TOO_MANY_TRADES };
      if (!(await afterSlice((index + share) / series.length))) return { kind: 'stopped' };
    }
    if (!inWindow) empty.push(one.symbol);
  }
  if (empty.length > 0) return unavailable(config, empty);
  const finishing = run.finish();
  let step = finishing.next();
  while (step.done !== true) {
    if (!(await afterSlice(1))) return { kind: 'stopped' };
    step = finishing.next();
  }
  const warnings = [...step.value.warnings, ...syntheticWarning(series)];
  return { kind: 'done', result: { ...step.value, warnings } };
}

function unavailable(config: JobConfig, symbols: readonly string[]): Simulation {
  const message = `There are no ${config.timeframe} candles of ${symbols.join(', ')} from ${config.start} to ${config.end}.`;
  return { kind: 'failed', error: { code: 'DATA_UNAVAILABLE', message } };
}

function syntheticWarning(series: readonly Series[]): Warning[] {
  const symbols = series.filter((one) => one.origin === 'synthetic').map((one) => one.symbol);
  if (symbols.length === 0) return [];
  const message = `The candles of ${symbols.join(', ')} are generated, not market data.`;
  return [{ code: 'SYNTHETIC_CANDLES', message }];
}

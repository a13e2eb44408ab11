import type { BarChunk, SymbolSpec } from '../candles/bars.ts';
import type { JobConfig } from '../schemas/job.ts';
import type { BacktestResult } from '../schemas/result.ts';
import { parseDecimal } from './decimal.ts';
import { scheduleOf, type FeeSchedule } from './fees.ts';
import { Ledger } from './ledger.ts';
import { marketOf } from './market.ts';
import { resultOf } from './report.ts';
import { SymbolRun } from './symbol-run.ts';
import { TemplateError } from './template-error.ts';
import { indicatorBars, strategyFactory } from './templates/index.ts';
import { windowOf } from './window.ts';

export { TemplateError };

const FUNDING = {
  code: 'FUNDING_NOT_MODELLED',
  message: 'What is borrowed costs nothing here; an exchange charges funding for it',
};

/** A backtest under way. It does no I/O, and reads no clock and no randomness. */
export interface BacktestRun {
  /**
   * Takes the next bars of a symbol, given by its index in `config.symbols`. A symbol's chunks come in time order and
   * lie in `[start − warm-up, end]`; how bars are divided into chunks, and how symbols take turns, changes nothing.
   * `bars` is not kept.
   * @throws TemplateError where the template cannot run on these bars. The run is over then.
   * @throws RangeError for an unknown symbol.
   */
  feed(symbolIndex: number, bars: BarChunk): void;
  /** Round trips so far, of all symbols. */
  tradeCount(): number;
  /**
   * Closes what is open, and reports in slices: each step is a few milliseconds of work, the last one gives the result.
   * To be called once, after which nothing may be fed.
   */
  finish(): Generator<undefined, BacktestResult>;
}

/** How many bars before `start` the template's indicators want, for each symbol. */
export function warmupBars(config: JobConfig): number {
  return indicatorBars(config);
}

/**
 * Starts a backtest with the fees its job asks for.
 * @param specs in the order of `config.symbols`.
 * @throws TemplateError where the template cannot run as configured.
 * @throws RangeError where `specs` do not match the symbols, or are malformed.
 */
export function startRun(config: JobConfig, specs: readonly SymbolSpec[]): BacktestRun {
  return startRunWithFees(config, specs, scheduleOf(config));
}

/** Like {@link startRun}, at rates of one's own; `fee_model` and `fee_bps` are not looked at. */
export function startRunWithFees(
  config: JobConfig,
  specs: readonly SymbolSpec[],
  fees: FeeSchedule,
): BacktestRun {
  const window = windowOf(config);
  const capital = parseDecimal(config.capital);
  const shares = evenShares(capital, config.symbols.length);
  const factory = strategyFactory(config);
  const parts = config.symbols.map((symbol, index) => {
    const spec = specs[index];
    if (spec === undefined) throw new RangeError(`no specification for ${symbol}`);
    const market = marketOf(spec);
    const ledger = new Ledger(market, fees, shares[index] ?? 0n, config.leverage);
    return { symbol, market, ledger, run: new SymbolRun(symbol, window, ledger, factory) };
  });
  return {
    feed(symbolIndex, bars) {
      const part = parts[symbolIndex];
      if (part === undefined) throw new RangeError(`no symbol ${String(symbolIndex)}`);
      part.run.feed(bars);
    },
    tradeCount: () => parts.reduce((count, { ledger }) => count + ledger.trades.length, 0),
    *finish() {
      const reports = parts.map(({ symbol, market, run }) => ({ symbol, market, outcome: run.finish() }));
      const result = yield* resultOf(window, capital, reports);
      return config.leverage > 1 ? { ...result, warnings: [...result.warnings, FUNDING] } : result;
    },
  };
}

/** Equal shares that sum to `total` exactly; where it does not divide, the first ones get one unit more. */
function evenShares(total: bigint, count: number): bigint[] {
  const parts = BigInt(count);
  return Array.from(
    { length: count },
    (_, index) => total / parts + (BigInt(index) < total % parts ? 1n : 0n),
  );
}

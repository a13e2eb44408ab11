import type { BarChunk, SymbolSpec } from '../candles/bars.ts';
import type { JobConfig } from '../schemas/job.ts';
import type { BacktestSummary } from '../schemas/result.ts';
import { parseDecimal } from './decimal.ts';
import { scheduleOf, type FeeSchedule } from './fees.ts';
import { Ledger } from './ledger.ts';
import { marketOf } from './market.ts';
import { TradePublisher, summaryOf } from './report.ts';
import { SymbolRun, type SymbolOutcome } from './symbol-run.ts';
import { TemplateError } from './template-error.ts';
import type { TradeBatch } from './trade-rows.ts';
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
   * Takes the next bars of a symbol, given by its index in `config.symbols`. A symbol's chunks come in time order: the last
   * {@link warmupBars} with volume before `start`, then those in `[start, end]`; how bars are divided into chunks, and how symbols
   * take turns, changes nothing. `bars` is not kept.
   * Gives how many were taken: all of them, unless `room` of the symbol's trades wait to be taken before. The rest is to be fed
   * again then. Some more than `room` may wait: those of the last bar, or of a day of a template that ends one trade a bar at most.
   * @throws TemplateError where the template cannot run on these bars. The run is over then.
   * @throws RangeError for an unknown symbol.
   */
  feed(symbolIndex: number, bars: BarChunk, room?: number): number;
  /** Closes what a symbol holds at the close of its last bar. To be called once; nothing of it may be fed after that. */
  close(symbolIndex: number): void;
  /**
   * The trades that ended before an instant (epoch seconds), numbered on from those taken earlier. Each is given once. Their order
   * is right if every symbol has been fed up to the instant, or is closed.
   */
  takeTrades(before: number): TradeBatch;
  /**
   * What is published beside the trades. To be asked at the end.
   * @throws Error while a symbol is open, or a trade has not been taken.
   */
  summary(): BacktestSummary;
}

/** How many bars with volume before `start` the template's indicators want, for each symbol. */
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
    const ledger = new Ledger(marketOf(spec), fees, shares[index] ?? 0n, config.leverage);
    return { symbol, ledger, run: new SymbolRun(symbol, window, ledger, factory) };
  });
  const part = (symbolIndex: number) => {
    const found = parts[symbolIndex];
    if (found === undefined) throw new RangeError(`no symbol ${String(symbolIndex)}`);
    return found;
  };
  const outcomes = new Map<number, SymbolOutcome>();
  const publisher = new TradePublisher(parts);
  return {
    feed: (symbolIndex, bars, room) => part(symbolIndex).run.feed(bars, room),
    close(symbolIndex) {
      outcomes.set(symbolIndex, part(symbolIndex).run.close());
    },
    takeTrades: (before) => publisher.take(before),
    summary() {
      const closed = parts.map((_, index) => outcomes.get(index)).filter((one) => one !== undefined);
      if (closed.length < parts.length) throw new Error('A symbol is still open.');
      if (parts.some(({ ledger }) => ledger.untakenTrades > 0))
        throw new Error('There are trades to be taken.');
      const summary = summaryOf(window, capital, closed, publisher.totals);
      return config.leverage > 1 ? { ...summary, warnings: [...summary.warnings, FUNDING] } : summary;
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

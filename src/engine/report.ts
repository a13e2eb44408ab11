import type { BacktestResult, Trade } from '../schemas/result.ts';
import { UNIT, divideHalfUp, formatFixed, formatMoney } from './decimal.ts';
import type { ClosedTrade, Lot } from './ledger.ts';
import { InstantWriter } from './instants.ts';
import { formatPrice, type Market } from './market.ts';
import { metricsOf } from './metrics.ts';
import type { SymbolOutcome } from './symbol-run.ts';
import { midnightsBetween, type Window } from './window.ts';

const CENT_DIGITS = 2;
/** Some 10 ms of work. */
const TRADES_A_SLICE = 2000;
const EXACT_UNITS_A_CENT = (UNIT * UNIT) / 100n;

/** A symbol's outcome together with how its numbers are written. */
export interface SymbolReport {
  readonly symbol: string;
  readonly market: Market;
  readonly outcome: SymbolOutcome;
}

interface EquityPoint {
  readonly time: number;
  readonly equity: string;
}

/**
 * Equity of all parts at `start`, at each UTC midnight, and at the end of the last bar.
 * A midnight shows what bars that had ended by then left; a part whose bars are over shows what its sale left.
 * @param capital in 10^-8.
 */
function equityCurve(window: Window, capital: bigint, outcomes: readonly SymbolOutcome[]): EquityPoint[] {
  const end = Math.max(window.start, ...outcomes.map((outcome) => outcome.end ?? window.start));
  const at = (time: number, parts: readonly bigint[]): EquityPoint => {
    const exact = parts.reduce((total, part) => total + part, 0n);
    return { time, equity: formatFixed(divideHalfUp(exact, EXACT_UNITS_A_CENT), CENT_DIGITS) };
  };
  const curve = [at(window.start, [capital * UNIT])];
  for (const [index, midnight] of midnightsBetween(window.start, end).entries())
    curve.push(
      at(
        midnight,
        outcomes.map(({ midnights, final }) => midnights[index] ?? final),
      ),
    );
  if (end > window.start)
    curve.push(
      at(
        end,
        outcomes.map(({ final }) => final),
      ),
    );
  return curve;
}

/** The trades of all symbols: each symbol's own in order of exit, those of several by exit, then entry, then symbol. */
function inOrderOfExit(reports: readonly SymbolReport[]): { report: SymbolReport; trade: ClosedTrade }[] {
  const all = reports.flatMap((report) => report.outcome.trades.map((trade) => ({ report, trade })));
  if (reports.length === 1) return all;
  return all.sort(
    ({ trade: a }, { trade: b }) => a.exitTime - b.exitTime || a.lot.entryTime - b.lot.entryTime,
  );
}

/** Of one fill its price; of several the average, to 8 decimals. */
function entryPrice(market: Market, lot: Lot): string {
  if (lot.averaged !== true) return formatPrice(market, lot.entryTicks);
  return formatMoney(divideHalfUp(lot.notional * UNIT, lot.steps * market.step));
}

function publish(
  id: number,
  { symbol, market }: SymbolReport,
  trade: ClosedTrade,
  instants: InstantWriter,
): Trade {
  return {
    id,
    side: 'buy',
    symbol,
    entry_time: instants.write(trade.lot.entryTime),
    entry_price: entryPrice(market, trade.lot),
    exit_time: instants.write(trade.exitTime),
    exit_price: formatPrice(market, trade.exitTicks),
    qty: formatMoney(trade.lot.steps * market.step),
    pnl: formatMoney(trade.pnl),
    fee: formatMoney(trade.fee),
    exit_reason: trade.reason,
  };
}

/**
 * What is published of a finished run, in slices: yields now and then, so that whoever shares the thread gets a turn.
 * @param capital in 10^-8.
 */
export function* resultOf(
  window: Window,
  capital: bigint,
  reports: readonly SymbolReport[],
): Generator<undefined, BacktestResult> {
  const curve = equityCurve(
    window,
    capital,
    reports.map(({ outcome }) => outcome),
  );
  const trades = inOrderOfExit(reports);
  const published: Trade[] = [];
  const instants = new InstantWriter();
  for (const { report, trade } of trades) {
    published.push(publish(published.length + 1, report, trade, instants));
    if (published.length % TRADES_A_SLICE === 0) yield;
  }
  return {
    metrics: metricsOf(
      curve.map(({ time, equity }) => [time, Number(equity)]),
      trades.map(({ trade }) => ({ pnl: trade.pnl, seconds: trade.exitTime - trade.lot.entryTime })),
    ),
    equity_curve: curve.map(({ time, equity }) => [instants.write(time), equity]),
    trades: published,
    warnings: reports.flatMap(({ outcome }) => outcome.warnings),
  };
}

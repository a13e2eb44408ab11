import type { BacktestSummary } from '../schemas/result.ts';
import { UNIT, divideHalfUp, formatFixed } from './decimal.ts';
import { InstantWriter } from './instants.ts';
import type { Ledger } from './ledger.ts';
import { TradeTotals, metricsOf, type CurvePoint } from './metrics.ts';
import type { SymbolOutcome } from './symbol-run.ts';
import { TradeBatch, TradeWriter, type TakenTrade } from './trade-rows.ts';
import { midnightsBetween, type Window } from './window.ts';

const CENT_DIGITS = 2;
const EXACT_UNITS_A_CENT = (UNIT * UNIT) / 100n;

/** A symbol and where its trades are booked. */
export interface TradedSymbol {
  readonly symbol: string;
  readonly ledger: Ledger;
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

/** Hands over the trades of all symbols bit by bit: each symbol's own in order of exit, those of several by exit, then entry, then symbol. */
export class TradePublisher {
  /** Of the trades handed over so far. */
  readonly totals = new TradeTotals();
  readonly #symbols: readonly TradedSymbol[];
  readonly #writers: readonly TradeWriter[];

  /** @param symbols in the order of the job. */
  constructor(symbols: readonly TradedSymbol[]) {
    this.#symbols = symbols;
    const instants = new InstantWriter();
    this.#writers = symbols.map(({ symbol, ledger }) => new TradeWriter(symbol, ledger.market, instants));
  }

  /** Takes the trades that ended before an instant out of the ledgers. */
  take(before: number): TradeBatch {
    const firstId = this.totals.trades + 1;
    const taken = this.#inOrder(before);
    for (const { trade } of taken) this.totals.add(trade.pnl, trade.exitTime - trade.lot.entryTime);
    return new TradeBatch(firstId, taken);
  }

  #inOrder(before: number): TakenTrade[] {
    const taken = this.#symbols.flatMap(({ ledger }, index) => {
      const writer = this.#writers[index];
      return writer === undefined ? [] : ledger.takeTrades(before).map((trade) => ({ trade, writer }));
    });
    if (this.#symbols.length === 1) return taken;
    return taken.sort(
      ({ trade: a }, { trade: b }) => a.exitTime - b.exitTime || a.lot.entryTime - b.lot.entryTime,
    );
  }
}

/**
 * What is published of a finished run beside its trades.
 * @param capital in 10^-8.
 */
export function summaryOf(
  window: Window,
  capital: bigint,
  outcomes: readonly SymbolOutcome[],
  totals: TradeTotals,
): BacktestSummary {
  const curve = equityCurve(window, capital, outcomes);
  const instants = new InstantWriter();
  const points = curve.map(({ time, equity }): CurvePoint => [time, Number(equity)]);
  return {
    metrics: metricsOf(points, totals),
    equity_curve: curve.map(({ time, equity }) => [instants.write(time), equity]),
    warnings: outcomes.flatMap(({ warnings }) => warnings),
  };
}

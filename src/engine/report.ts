import type { BacktestSummary } from '../schemas/result.ts';
import { formatFixed } from './decimal.ts';
import { centsOf, type Equity } from './equity.ts';
import { exactOf } from './exact.ts';
import { InstantWriter } from './instants.ts';
import type { Ledger } from './ledger.ts';
import { TradeTotals, metricsOf, type CurvePoint } from './metrics.ts';
import type { SymbolOutcome } from './symbol-run.ts';
import { TradeWriter, batchOf, type TradeBatch } from './trade-rows.ts';
import { midnightsBetween, type Window } from './window.ts';

const CENT_DIGITS = 2;

/** A symbol and where its trades are booked. */
export interface TradedSymbol {
  readonly symbol: string;
  readonly ledger: Ledger;
}

interface EquityPoint {
  readonly time: number;
  /** As it is published, and the number nearest to that, as a reader would have it. */
  readonly equity: string;
  readonly value: number;
}

/**
 * Equity of all parts at `start`, at each UTC midnight, and at the end of the last bar.
 * A midnight shows what bars that had ended by then left; a part whose bars are over shows what its sale left.
 * @param capital in 10^-8.
 */
function equityCurve(window: Window, capital: bigint, outcomes: readonly SymbolOutcome[]): EquityPoint[] {
  const end = Math.max(window.start, ...outcomes.map((outcome) => outcome.end ?? window.start));
  const at = (time: number, parts: readonly Equity[]): EquityPoint => {
    const cents = centsOf(parts);
    const equity = formatFixed(cents, CENT_DIGITS);
    return { time, equity, value: typeof cents === 'number' ? cents / 100 : Number(equity) };
  };
  const curve = [at(window.start, [{ whole: exactOf(capital), rest: 0 }])];
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

/** Hands over the trades of all symbols bit by bit. */
export class TradePublisher {
  /** Of the trades handed over so far. */
  readonly totals = new TradeTotals();
  readonly #parts: readonly { readonly ledger: Ledger; readonly writer: TradeWriter }[];

  /** @param symbols in the order of the job. */
  constructor(symbols: readonly TradedSymbol[]) {
    const instants = new InstantWriter();
    this.#parts = symbols.map(({ symbol, ledger }) => ({
      ledger,
      writer: new TradeWriter(symbol, ledger.market, instants),
    }));
  }

  /** Takes the trades that ended before an instant out of the ledgers. */
  take(before: number): TradeBatch {
    const firstId = this.totals.trades + 1;
    const parts = this.#parts.map(({ ledger, writer }) => ({ trades: ledger.takeTrades(before), writer }));
    const batch = batchOf(firstId, parts);
    for (const { pnl, exitTime, lot } of batch.trades) this.totals.add(pnl, exitTime - lot.entryTime);
    return batch;
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
  const points = curve.map(({ time, value }): CurvePoint => [time, value]);
  return {
    metrics: metricsOf(points, totals),
    equity_curve: curve.map(({ time, equity }) => [instants.write(time), equity]),
    warnings: outcomes.flatMap(({ warnings }) => warnings),
  };
}

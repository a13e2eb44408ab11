import { toInstant } from '../schemas/primitives.ts';
import type { BacktestSummary, Trade } from '../schemas/result.ts';
import { UNIT, divideHalfUp, formatFixed, formatMoney } from './decimal.ts';
import type { ClosedTrade, Ledger } from './ledger.ts';
import { InstantWriter } from './instants.ts';
import type { Lot } from './lot.ts';
import { formatPrice, formatQuantity, type Market } from './market.ts';
import { TradeTotals, metricsOf, type CurvePoint } from './metrics.ts';
import type { SymbolOutcome } from './symbol-run.ts';
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

/** Of one fill its price; of several the average, to 8 decimals. */
function entryPrice(market: Market, lot: Lot): string {
  if (!lot.isAveraged) return formatPrice(market, lot.entryTicks);
  return formatMoney(divideHalfUp(BigInt(lot.notional) * UNIT, lot.steps * market.step));
}

function publish(
  id: number,
  symbol: string,
  market: Market,
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
    qty: formatQuantity(market, trade.lot.size),
    pnl: formatMoney(trade.pnl),
    fee: formatMoney(trade.fee),
    exit_reason: trade.reason,
  };
}

/** Publishes the trades of all symbols bit by bit: each symbol's own in order of exit, those of several by exit, then entry, then symbol. */
export class TradePublisher {
  /** Of the trades published so far. */
  readonly totals = new TradeTotals();
  readonly #symbols: readonly TradedSymbol[];
  readonly #instants = new InstantWriter();

  /** @param symbols in the order of the job. */
  constructor(symbols: readonly TradedSymbol[]) {
    this.#symbols = symbols;
  }

  /** Takes the trades that ended before an instant out of the ledgers, and publishes them one by one. */
  *take(before: number): Generator<Trade> {
    for (const { symbol, market, trade } of this.#inOrder(before)) {
      this.totals.add({ pnl: trade.pnl, seconds: trade.exitTime - trade.lot.entryTime });
      yield publish(this.totals.trades, symbol, market, trade, this.#instants);
    }
  }

  #inOrder(before: number): { symbol: string; market: Market; trade: ClosedTrade }[] {
    const taken = this.#symbols.flatMap(({ symbol, ledger }) =>
      ledger.takeTrades(before).map((trade) => ({ symbol, market: ledger.market, trade })),
    );
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
  const points = curve.map(({ time, equity }): CurvePoint => [time, Number(equity)]);
  return {
    metrics: metricsOf(points, totals),
    equity_curve: curve.map(({ time, equity }) => [toInstant(time * 1000), equity]),
    warnings: outcomes.flatMap(({ warnings }) => warnings),
  };
}

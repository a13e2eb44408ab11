import { UNIT, divideHalfUp, formatMoney } from './decimal.ts';
import { wholeDigits } from './digits.ts';
import type { InstantWriter } from './instants.ts';
import type { ClosedTrade } from './ledger.ts';
import type { Lot } from './lot.ts';
import { formatPrice, formatQuantity, type Market } from './market.ts';

/** So many rows are one piece of text: some 100 kB. */
const ROWS_AT_ONCE = 500;

/**
 * Writes the trades of one symbol as they are published, each a `Trade` of the result's schema in JSON. Text put together by hand
 * takes a third of the time that objects take which are turned into text, and a run may have millions.
 */
export class TradeWriter {
  readonly #market: Market;
  readonly #instants: InstantWriter;
  readonly #beginning: string;

  /** @param symbol of letters that JSON takes as they are. @param instants shared where trades of several symbols take turns. */
  constructor(symbol: string, market: Market, instants: InstantWriter) {
    this.#market = market;
    this.#instants = instants;
    this.#beginning = `,"side":"buy","symbol":"${symbol}","entry_time":"`;
  }

  /** The row of a trade. */
  row(id: number, { lot, exitTime, exitTicks, pnl, fee, reason }: ClosedTrade): string {
    const market = this.#market;
    return (
      `{"id":${wholeDigits(id)}${this.#beginning}${this.#instants.write(lot.entryTime)}` +
      `","entry_price":"${entryPrice(market, lot)}","exit_time":"${this.#instants.write(exitTime)}` +
      `","exit_price":"${formatPrice(market, exitTicks)}","qty":"${formatQuantity(market, lot.size)}` +
      `","pnl":"${formatMoney(pnl)}","fee":"${formatMoney(fee)}","exit_reason":"${reason}"}`
    );
  }
}

/** Of one fill its price; of several the average, to 8 decimals. */
function entryPrice(market: Market, lot: Lot): string {
  if (!lot.isAveraged) return formatPrice(market, lot.entryTicks);
  return formatMoney(divideHalfUp(BigInt(lot.notional) * UNIT, lot.steps * market.step));
}

/** A trade, and what writes those of its symbol. */
export interface TakenTrade {
  readonly trade: ClosedTrade;
  readonly writer: TradeWriter;
}

/** Trades that were taken together, in their order. */
export class TradeBatch {
  readonly #firstId: number;
  readonly #trades: readonly TakenTrade[];

  /** @param firstId of the first one; the others have those after it. */
  constructor(firstId: number, trades: readonly TakenTrade[]) {
    this.#firstId = firstId;
    this.#trades = trades;
  }

  /** How many they are. */
  get length(): number {
    return this.#trades.length;
  }

  /** Pieces of a list in JSON: rows with commas between them, none before the first or after the last of a piece. */
  *json(): Generator<string> {
    let rows = '';
    for (const [index, { writer, trade }] of this.#trades.entries()) {
      if (index > 0 && index % ROWS_AT_ONCE === 0) {
        yield rows;
        rows = '';
      }
      const row = writer.row(this.#firstId + index, trade);
      rows = rows === '' ? row : `${rows},${row}`;
    }
    if (rows !== '') yield rows;
  }
}

import { divideHalfUp, formatMoney } from './decimal.ts';
import { wholeDigits } from './digits.ts';
import type { InstantWriter } from './instants.ts';
import type { ClosedTrade } from './ledger.ts';
import type { Lot } from './lot.ts';
import { formatPrice, formatQuantity, type Market } from './market.ts';

/** So many rows are one piece of text: some 100 kB. */
const ROWS_AT_ONCE = 500;

/**
 * Writes the trades of one symbol as they are published, each a `Trade` of the result's schema in JSON. Text put together by hand
 * costs much less than objects that are turned into text, and a run may have millions.
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
  if (lot.tickSteps === null) return formatPrice(market, lot.entryTicks);
  return formatMoney(divideHalfUp(BigInt(lot.tickSteps) * market.tick, lot.steps));
}

/** Trades of one symbol in order of exit, and what writes them. */
export interface TakenTrades {
  readonly trades: readonly ClosedTrade[];
  readonly writer: TradeWriter;
}

/**
 * The trades of all symbols as they are published: those of one in its own order, those of several by exit, then entry, then
 * symbol. The first has the id `firstId`, the others those after it.
 */
export function batchOf(firstId: number, parts: readonly TakenTrades[]): TradeBatch {
  const [only] = parts;
  if (only !== undefined && parts.length === 1)
    return new TradeBatch(only.trades, () => rowsOfOne(firstId, only));
  const all = parts.flatMap(({ trades, writer }) => trades.map((trade) => ({ trade, writer })));
  all.sort(({ trade: a }, { trade: b }) => a.exitTime - b.exitTime || a.lot.entryTime - b.lot.entryTime);
  const trades = all.map(({ trade }) => trade);
  return new TradeBatch(trades, () => rowsOfAll(firstId, all));
}

function* rowsOfOne(firstId: number, { trades, writer }: TakenTrades): Generator<string> {
  let id = firstId;
  for (const trade of trades) yield writer.row(id++, trade);
}

function* rowsOfAll(
  firstId: number,
  all: readonly { readonly trade: ClosedTrade; readonly writer: TradeWriter }[],
): Generator<string> {
  let id = firstId;
  for (const { trade, writer } of all) yield writer.row(id++, trade);
}

/** Trades that were taken together, in their order. */
export class TradeBatch {
  readonly trades: readonly ClosedTrade[];
  readonly #rows: () => Iterable<string>;

  /** @param rows writes the trades, one after the other. */
  constructor(trades: readonly ClosedTrade[], rows: () => Iterable<string>) {
    this.trades = trades;
    this.#rows = rows;
  }

  /** How many they are. */
  get length(): number {
    return this.trades.length;
  }

  /** Pieces of a list in JSON: rows with commas between them, none before the first or after the last of a piece. */
  *json(): Generator<string> {
    let piece = '';
    let count = 0;
    for (const row of this.#rows()) {
      if (count === ROWS_AT_ONCE) {
        yield piece;
        [piece, count] = ['', 0];
      }
      piece = count === 0 ? row : `${piece},${row}`;
      count += 1;
    }
    if (count > 0) yield piece;
  }
}

import type { BarChunk } from '../../candles/bars.ts';
import type { Warning } from '../../schemas/result.ts';
import { AllInPosition } from '../all-in.ts';
import type { Ledger } from '../ledger.ts';
import { firstTouch } from '../liquidation.ts';
import type { Lot } from '../lot.ts';
import { Opens } from '../opens.ts';
import type { Strategy } from '../strategy.ts';

/** What decides at a bar's close whether to be long. */
export interface Signal {
  /** Shows rows `[from, to)`, the next in time order, once all that were shown before are taken. `bars` is not kept after that. */
  show(bars: BarChunk, from: number, to: number): void;
  /**
   * Takes what is shown until a bar whose close wants to leave the present side, long or flat. Gives how many were taken before
   * that one, which is taken, too; all of them where there is none.
   */
  untilOrder(isLong: boolean): number;
}

/**
 * All in while a signal says so. An order is decided at a close and fills at the next existing bar's open. The first close
 * in the window decides as if flat until then, so nothing decided during warm-up is ever filled.
 */
export class SignalStrategy implements Strategy {
  readonly #signal: Signal;
  readonly #ledger: Ledger;
  readonly #position: AllInPosition;
  readonly #retries: boolean;
  readonly #opens: Opens;
  #isLong = false;
  #hasOrder = false;

  /**
   * @param whenUnplaced what follows a buy under the minimum notional: `wait` for the signal to leave and come back, or `retry`
   *   while it still says so.
   */
  constructor(signal: Signal, ledger: Ledger, barSeconds: number, whenUnplaced: 'wait' | 'retry') {
    this.#signal = signal;
    this.#ledger = ledger;
    this.#position = new AllInPosition(ledger);
    this.#retries = whenUnplaced === 'retry';
    this.#opens = new Opens(barSeconds);
  }

  warm(bars: BarChunk, from: number, to: number): void {
    this.#signal.show(bars, from, to);
    for (let row = from; row < to;) row += this.#signal.untilOrder(false) + 1;
  }

  trade(bars: BarChunk, from: number, to: number): number {
    this.#signal.show(bars, from, to);
    this.#opens.show(bars, from, to);
    for (let row = from; row < to && !this.#ledger.isLiquidated;) {
      if (this.#hasOrder) this.#fillAtOpen(row);
      const order = row + this.#signal.untilOrder(this.#isLong);
      if (this.#liquidated(bars, row, Math.min(order + 1, to))) break;
      if (order < to) {
        this.#isLong = !this.#isLong;
        this.#hasOrder = true;
      }
      row = order + 1;
    }
    return to;
  }

  openLots(): readonly Lot[] {
    return this.#position.lots;
  }

  warnings(symbol: string): Warning[] {
    return this.#position.warnings(symbol);
  }

  #fillAtOpen(row: number): void {
    const time = this.#opens.time(row);
    const open = this.#opens.price(row);
    this.#hasOrder = false;
    if (this.#isLong) {
      const isPlaced = this.#position.enter(time, open);
      if (!isPlaced && this.#retries) this.#isLong = false;
      // The way from the last close to the open comes before the order at the open.
    } else if (open <= this.#ledger.liquidationTicks) this.#position.liquidate(time);
    else this.#position.exit(time, open);
  }

  /** Whether the rows `[from, to)` touch the liquidation price, which ends everything. */
  #liquidated(bars: BarChunk, from: number, to: number): boolean {
    if (this.#ledger.liquidationTicks === -Infinity) return false;
    const row = firstTouch(bars.low, from, to, this.#ledger.liquidationTicks);
    if (row < to) this.#position.liquidate(this.#opens.time(row));
    return row < to;
  }
}

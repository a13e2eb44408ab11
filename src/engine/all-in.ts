import type { Warning } from '../schemas/result.ts';
import type { Ledger } from './ledger.ts';
import type { Lot } from './lot.ts';
import { isBelowMinNotional } from './market.ts';
import { unplacedWarning } from './warnings.ts';

/** Long with all of a part's equity, or flat: the position of templates that act on signals, by market orders. */
export class AllInPosition {
  readonly #ledger: Ledger;
  #lot: Lot | null = null;
  #unplaced = 0;

  /** Starts flat. */
  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** What is held: one lot or none. */
  get lots(): readonly Lot[] {
    return this.#lot === null ? [] : [this.#lot];
  }

  /**
   * Buys with everything, times the leverage, as taker. An order under the minimum notional is counted and not placed, which
   * gives false.
   */
  enter(time: number, ticks: number): boolean {
    const size = this.#ledger.allInSize(time, ticks);
    if (isBelowMinNotional(this.#ledger.market, ticks, size)) {
      this.#unplaced += 1;
      return false;
    }
    this.#lot = this.#ledger.buy(time, ticks, size, 'taker');
    return true;
  }

  /** Sells everything as taker because of a signal; nothing where nothing is held. */
  exit(time: number, ticks: number): void {
    if (this.#lot === null) return;
    this.#ledger.sell(this.#lot, time, ticks, 'taker', 'signal');
    this.#lot = null;
  }

  /** Loses everything. */
  liquidate(time: number): void {
    this.#ledger.liquidate(this.lots, time);
    this.#lot = null;
  }

  /** Tells of orders that were not placed. */
  warnings(symbol: string): Warning[] {
    return unplacedWarning(symbol, this.#unplaced);
  }
}

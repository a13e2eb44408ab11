import type { BarChunk } from '../../candles/bars.ts';
import type { DcaParams } from '../../schemas/templates.ts';
import { UNIT, parseDecimal } from '../decimal.ts';
import { exactOf, minus } from '../exact.ts';
import type { Ledger } from '../ledger.ts';
import { firstTouch } from '../liquidation.ts';
import { tickStepsOf, type Lot } from '../lot.ts';
import { affordableSteps, isBelowMinNotional, weightWithFee } from '../market.ts';
import type { Strategy } from '../strategy.ts';
import { unplacedWarning } from '../warnings.ts';

/**
 * `tpl_dca`: buys for a fixed amount, fees included, at the first bar's open and every so many bars after, and sells everything
 * at the open after a close that takes the profit. The cycle after a sale begins at the bar after it.
 */
export function dca(params: DcaParams, ledger: Ledger): Strategy {
  return new Dca(params, ledger);
}

class Dca implements Strategy {
  readonly #ledger: Ledger;
  readonly #every: number;
  readonly #budget: bigint;
  readonly #takeProfit: bigint | null;
  readonly #maxOrders: number;
  #lot: Lot | null = null;
  #orders = 0;
  /** Bars until the next order; 0 where it is due at the next open. */
  #wait = 0;
  /** The close in ticks that takes the profit. */
  #target = Infinity;
  #sells = false;
  #unplaced = 0;
  #unaffordable = 0;

  constructor(params: DcaParams, ledger: Ledger) {
    this.#ledger = ledger;
    this.#every = params.every_bars;
    this.#budget = parseDecimal(params.order_quote);
    this.#takeProfit = params.take_profit === undefined ? null : parseDecimal(params.take_profit);
    this.#maxOrders = params.max_orders ?? Infinity;
  }

  /** Nothing here looks back. */
  warm(): void {
    return;
  }

  trade(bars: BarChunk, from: number, to: number): number {
    for (let row = from; row < to && !this.#ledger.isLiquidated;) {
      if (this.#sells) this.#sell(bars, row);
      else if (this.#wait === 0) this.#order(bars, row);
      const quiet = Math.min(to, row + this.#wait);
      const target = this.#firstAtTarget(bars.close, row, quiet);
      if (this.#liquidated(bars, row, Math.min(target + 1, quiet))) break;
      const next = Math.min(target + 1, quiet);
      this.#wait -= next - row;
      this.#sells = target < quiet;
      row = next;
    }
    return to;
  }

  openLots(): readonly Lot[] {
    return this.#lot === null ? [] : [this.#lot];
  }

  warnings(symbol: string) {
    const spent = {
      code: 'WALLET_SPENT',
      message: `${symbol}: ${String(this.#unaffordable)} order(s) were not placed, since the wallet did not allow them`,
    };
    return [...unplacedWarning(symbol, this.#unplaced), ...(this.#unaffordable > 0 ? [spent] : [])];
  }

  /** Sells everything at the open, unless the way there liquidates it. The next cycle begins at the bar after. */
  #sell(bars: BarChunk, row: number): void {
    const time = bars.time[row] ?? 0;
    const open = bars.open[row] ?? 0;
    this.#sells = false;
    if (open <= this.#ledger.liquidationTicks) this.#liquidate(time);
    else if (this.#lot !== null) this.#ledger.sell(this.#lot, time, open, 'taker', 'take_profit');
    this.#lot = null;
    this.#orders = 0;
    this.#target = Infinity;
    this.#wait = 1;
  }

  /** Places the order that is due at the open, if the wallet allows, and waits for the next. */
  #order(bars: BarChunk, row: number): void {
    this.#wait = this.#every;
    if (this.#orders >= this.#maxOrders) return;
    const time = bars.time[row] ?? 0;
    const open = bars.open[row] ?? 0;
    if (open <= this.#ledger.liquidationTicks) {
      this.#liquidate(time);
      return;
    }
    const { market } = this.#ledger;
    const steps = affordableSteps(market, this.#budget, weightWithFee(open, this.#ledger.rates(time).taker));
    if (isBelowMinNotional(market, open, steps)) this.#unplaced += 1;
    else if (!this.#allows()) this.#unaffordable += 1;
    else {
      const bought = this.#ledger.buy(time, open, exactOf(steps), 'taker');
      this.#lot = this.#lot?.with(bought) ?? bought;
      this.#orders += 1;
      this.#target = this.#targetOf(this.#lot);
    }
  }

  /** Whether, after one more order, what is held is within the leverage of the part's own money. */
  #allows(): boolean {
    const { wallet, leverage } = this.#ledger;
    const invested = this.#lot === null ? 0n : BigInt(minus(this.#lot.cost, this.#lot.fee));
    const own = wallet + invested;
    return invested + this.#budget <= own * BigInt(leverage);
  }

  #targetOf(lot: Lot): number {
    if (this.#takeProfit === null) return Infinity;
    const worth = lot.steps * UNIT;
    return Number((tickStepsOf(lot) * (UNIT + this.#takeProfit) + worth - 1n) / worth);
  }

  #firstAtTarget(close: Int32Array, from: number, to: number): number {
    if (this.#target === Infinity) return to;
    let row = from;
    while (row < to && (close[row] ?? 0) < this.#target) row += 1;
    return row;
  }

  #liquidated(bars: BarChunk, from: number, to: number): boolean {
    if (this.#ledger.liquidationTicks === -Infinity) return false;
    const row = firstTouch(bars.low, from, to, this.#ledger.liquidationTicks);
    if (row < to) this.#liquidate(bars.time[row] ?? 0);
    return row < to;
  }

  #liquidate(time: number): void {
    this.#ledger.liquidate(this.openLots(), time);
    this.#lot = null;
  }
}

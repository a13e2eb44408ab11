import type { Trade } from '../schemas/result.ts';
import { UNIT, divideHalfUp } from './decimal.ts';
import { feeOf, type FeeRates, type FeeSchedule, type Fees, type Liquidity } from './fees.ts';
import { bankruptcyTicks, liquidationTicks } from './liquidation.ts';
import { exactNotional, notionalOf, type Market } from './market.ts';

/** A bought quantity that has not been sold. Times in epoch seconds, prices in ticks, money in 10^-8. */
export interface Lot {
  readonly entryTime: number;
  readonly entryTicks: number;
  readonly steps: bigint;
  readonly notional: bigint;
  readonly fee: bigint;
  /** Bought in several fills: published is the average of their prices. */
  readonly averaged?: true;
}

/** A round trip: a lot and its sale. `fee` is that of both fills, `pnl` is net of it, both in 10^-8. */
export interface ClosedTrade {
  readonly lot: Lot;
  readonly exitTime: number;
  readonly exitTicks: number;
  readonly pnl: bigint;
  readonly fee: bigint;
  readonly reason: Trade['exit_reason'];
}

/**
 * The money of one symbol's part: every fill goes through here, exactly. The sum of `pnl` over all trades is the
 * wallet minus the capital once every lot is sold.
 */
export class Ledger {
  readonly market: Market;
  readonly leverage: bigint;
  /** Round trips that nobody has taken yet, in order of exit. */
  readonly trades: ClosedTrade[] = [];
  readonly #fees: Fees;
  #wallet: bigint;
  #steps = 0n;
  #notional = 0n;
  #liquidationTicks = -Infinity;
  #isLiquidated = false;

  /** @param capital the part's money at the start, in 10^-8. */
  constructor(market: Market, fees: FeeSchedule, capital: bigint, leverage = 1) {
    this.market = market;
    this.leverage = BigInt(leverage);
    this.#fees = fees();
    this.#wallet = capital;
  }

  /** Money not in positions, in 10^-8: below zero by what is borrowed. */
  get wallet(): bigint {
    return this.#wallet;
  }

  /** What the open lots were bought for, in 10^-8. */
  get invested(): bigint {
    return this.#notional;
  }

  /** The price in ticks at or below which everything is liquidated; -Infinity where nothing is borrowed. */
  get liquidationTicks(): number {
    return this.#liquidationTicks;
  }

  /** Whether everything was lost: nothing may trade again. */
  get isLiquidated(): boolean {
    return this.#isLiquidated;
  }

  /** The fee rates of a fill at `time`. */
  rates(time: number): FeeRates {
    return this.#fees.rates(time);
  }

  /** Wallet and positions with the price at `closeTicks`, unrounded, in 10^-16. */
  equity(closeTicks: number): bigint {
    return this.#wallet * UNIT + exactNotional(this.market, closeTicks, this.#steps);
  }

  /** Fills a buy. */
  buy(time: number, ticks: number, steps: bigint, liquidity: Liquidity): Lot {
    const notional = notionalOf(this.market, ticks, steps);
    const fee = feeOf(notional, this.rates(time)[liquidity]);
    this.#fees.traded(time, notional);
    this.#move(-notional - fee, steps, notional);
    return { entryTime: time, entryTicks: ticks, steps, notional, fee };
  }

  /** Fills a sale of the whole lot and books the trade. A lot is sold once. */
  sell(lot: Lot, time: number, ticks: number, liquidity: Liquidity, reason: Trade['exit_reason']): void {
    const notional = notionalOf(this.market, ticks, lot.steps);
    const exitFee = feeOf(notional, this.rates(time)[liquidity]);
    this.#fees.traded(time, notional);
    this.#close(lot, { time, ticks, notional, exitFee, reason });
  }

  /**
   * Sells all lots at the price at which nothing is left, so that the wallet is exactly 0; no fee is taken, since there is
   * nothing to take it from. What rounding leaves goes to the last lot.
   */
  liquidate(lots: readonly Lot[], time: number): void {
    const debt = -this.#wallet;
    const steps = this.#steps;
    const ticks = bankruptcyTicks(this.market, debt, steps);
    for (const [index, lot] of lots.entries()) {
      const isLast = index === lots.length - 1;
      const notional = isLast ? -this.#wallet : divideHalfUp(debt * lot.steps, steps);
      this.#close(lot, { time, ticks, notional, exitFee: 0n, reason: 'liquidation' });
    }
    this.#isLiquidated = true;
  }

  /** Hands over the trades that ended before an instant, in order of exit; they are not kept. */
  takeTrades(before: number): ClosedTrade[] {
    const rest = this.trades.findIndex(({ exitTime }) => exitTime >= before);
    return this.trades.splice(0, rest === -1 ? this.trades.length : rest);
  }

  #close(
    lot: Lot,
    sale: { time: number; ticks: number; notional: bigint; exitFee: bigint; reason: Trade['exit_reason'] },
  ): void {
    const fee = lot.fee + sale.exitFee;
    this.#move(sale.notional - sale.exitFee, -lot.steps, -lot.notional);
    this.trades.push({
      lot,
      exitTime: sale.time,
      exitTicks: sale.ticks,
      pnl: sale.notional - lot.notional - fee,
      fee,
      reason: sale.reason,
    });
  }

  #move(money: bigint, steps: bigint, notional: bigint): void {
    this.#wallet += money;
    this.#steps += steps;
    this.#notional += notional;
    this.#liquidationTicks =
      this.#wallet < 0n && this.#steps > 0n
        ? liquidationTicks(this.market, -this.#wallet, this.#steps)
        : -Infinity;
  }
}

import type { Trade } from '../schemas/result.ts';
import { UNIT } from './decimal.ts';
import { feeOf, type FeeSchedule, type Liquidity } from './fees.ts';
import { exactNotional, notionalOf, type Market } from './market.ts';

/** A bought quantity that has not been sold. Times in epoch seconds, prices in ticks, money in 10^-8. */
export interface Lot {
  readonly entryTime: number;
  readonly entryTicks: number;
  readonly steps: bigint;
  readonly notional: bigint;
  readonly fee: bigint;
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
 * The money of one symbol's part: every fill goes through here, exactly. The sum of `pnl` over `trades` is the
 * wallet minus the capital once every lot is sold.
 */
export class Ledger {
  readonly market: Market;
  readonly fees: FeeSchedule;
  readonly trades: ClosedTrade[] = [];
  #wallet: bigint;
  #steps = 0n;

  /** @param capital the part's money at the start, in 10^-8. */
  constructor(market: Market, fees: FeeSchedule, capital: bigint) {
    this.market = market;
    this.fees = fees;
    this.#wallet = capital;
  }

  /** Money not in positions, in 10^-8. */
  get wallet(): bigint {
    return this.#wallet;
  }

  /** Wallet and positions with the price at `closeTicks`, unrounded, in 10^-16. */
  equity(closeTicks: number): bigint {
    return this.#wallet * UNIT + exactNotional(this.market, closeTicks, this.#steps);
  }

  /** Fills a buy. */
  buy(time: number, ticks: number, steps: bigint, liquidity: Liquidity): Lot {
    const notional = notionalOf(this.market, ticks, steps);
    const fee = feeOf(notional, this.fees[liquidity]);
    this.#wallet -= notional + fee;
    this.#steps += steps;
    return { entryTime: time, entryTicks: ticks, steps, notional, fee };
  }

  /** Fills a sale of the whole lot and books the trade. A lot is sold once. */
  sell(lot: Lot, time: number, ticks: number, liquidity: Liquidity, reason: Trade['exit_reason']): void {
    const notional = notionalOf(this.market, ticks, lot.steps);
    const exitFee = feeOf(notional, this.fees[liquidity]);
    const fee = lot.fee + exitFee;
    this.#wallet += notional - exitFee;
    this.#steps -= lot.steps;
    this.trades.push({
      lot,
      exitTime: time,
      exitTicks: ticks,
      pnl: notional - lot.notional - fee,
      fee,
      reason,
    });
  }
}

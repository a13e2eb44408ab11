import type { Trade } from '../schemas/result.ts';
import { UNIT, divideHalfUp } from './decimal.ts';
import type { Equity } from './equity.ts';
import { exactOf, minus, plus, type Exact } from './exact.ts';
import { fillFee, type FeeRates, type FeeSchedule, type Fees, type Liquidity } from './fees.ts';
import { bankruptcyTicks, liquidationTicks } from './liquidation.ts';
import { Lot } from './lot.ts';
import { allInSize, exactNotional, fillNotional, type Market } from './market.ts';

/** A round trip: a lot and its sale. `fee` is that of both fills, `pnl` is net of it, both in 10^-8. */
export interface ClosedTrade {
  readonly lot: Lot;
  readonly exitTime: number;
  readonly exitTicks: number;
  readonly pnl: Exact;
  readonly fee: Exact;
  readonly reason: Trade['exit_reason'];
}

/**
 * The money of one symbol's part: every fill goes through here, exactly. The sum of `pnl` over all trades is the
 * wallet minus the capital once every lot is sold.
 */
export class Ledger {
  readonly market: Market;
  readonly leverage: number;
  readonly #fees: Fees;
  #trades: ClosedTrade[] = [];
  #wallet: Exact;
  #size: Exact = 0;
  #liquidationTicks = -Infinity;
  #isLiquidated = false;

  /** @param capital the part's money at the start, in 10^-8. */
  constructor(market: Market, fees: FeeSchedule, capital: bigint, leverage = 1) {
    this.market = market;
    this.leverage = leverage;
    this.#fees = fees();
    this.#wallet = exactOf(capital);
  }

  /** Money not in positions, in 10^-8: below zero by what is borrowed. */
  get wallet(): bigint {
    return BigInt(this.#wallet);
  }

  /** The largest quantity, in steps, that everything buys at `ticks` as taker, borrowing up to the leverage. */
  allInSize(time: number, ticks: number): Exact {
    return allInSize(this.market, this.#wallet, ticks, this.rates(time), this.leverage);
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

  /** Wallet and positions with the price at `closeTicks`. */
  equity(closeTicks: number): Equity {
    const { market } = this;
    if (market.wholeUnit !== null)
      return { whole: plus(this.#wallet, fillNotional(market, closeTicks, this.#size)), rest: 0 };
    const worth = exactNotional(market, closeTicks, BigInt(this.#size));
    return { whole: plus(this.#wallet, exactOf(worth / UNIT)), rest: Number(worth % UNIT) };
  }

  /** Fills a buy of `size` steps. */
  buy(time: number, ticks: number, size: Exact, liquidity: Liquidity): Lot {
    const notional = fillNotional(this.market, ticks, size);
    const fee = fillFee(notional, this.rates(time), liquidity);
    this.#fees.traded(time, notional);
    const cost = plus(notional, fee);
    this.#wallet = minus(this.#wallet, cost);
    this.#size = plus(this.#size, size);
    if (this.leverage > 1) this.#setLiquidation();
    return new Lot(time, ticks, { size, cost, fee });
  }

  /** Fills a sale of the whole lot and books the trade. A lot is sold once. */
  sell(lot: Lot, time: number, ticks: number, liquidity: Liquidity, reason: Trade['exit_reason']): void {
    const notional = fillNotional(this.market, ticks, lot.size);
    const exitFee = fillFee(notional, this.rates(time), liquidity);
    this.#fees.traded(time, notional);
    this.#close(lot, { time, ticks, notional, exitFee, reason });
  }

  /**
   * Sells all lots at the price at which nothing is left, so that the wallet is exactly 0; no fee is taken, since there is
   * nothing to take it from. What rounding leaves goes to the last lot.
   */
  liquidate(lots: readonly Lot[], time: number): void {
    const debt = -this.wallet;
    const steps = BigInt(this.#size);
    const ticks = bankruptcyTicks(this.market, debt, steps);
    for (const [index, lot] of lots.entries()) {
      const isLast = index === lots.length - 1;
      const notional = isLast ? -this.wallet : divideHalfUp(debt * lot.steps, steps);
      this.#close(lot, { time, ticks, notional: exactOf(notional), exitFee: 0, reason: 'liquidation' });
    }
    this.#isLiquidated = true;
  }

  /** How many round trips nobody has taken yet. */
  get untakenTrades(): number {
    return this.#trades.length;
  }

  /** Hands over the round trips that ended before an instant, in order of exit; they are not kept. */
  takeTrades(before: number): ClosedTrade[] {
    const trades = this.#trades;
    let rest = trades.length;
    while (rest > 0 && (trades[rest - 1]?.exitTime ?? 0) >= before) rest -= 1;
    this.#trades = trades.slice(rest);
    trades.length = rest;
    return trades;
  }

  #close(
    lot: Lot,
    sale: { time: number; ticks: number; notional: Exact; exitFee: Exact; reason: Trade['exit_reason'] },
  ): void {
    const proceeds = minus(sale.notional, sale.exitFee);
    this.#wallet = plus(this.#wallet, proceeds);
    this.#size = minus(this.#size, lot.size);
    if (this.leverage > 1) this.#setLiquidation();
    this.#trades.push({
      lot,
      exitTime: sale.time,
      exitTicks: sale.ticks,
      pnl: minus(proceeds, lot.cost),
      fee: plus(lot.fee, sale.exitFee),
      reason: sale.reason,
    });
  }

  #setLiquidation(): void {
    this.#liquidationTicks =
      this.#wallet < 0 && this.#size > 0
        ? liquidationTicks(this.market, -this.wallet, BigInt(this.#size))
        : -Infinity;
  }
}

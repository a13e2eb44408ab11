import type { JobConfig } from '../../../src/schemas/job.ts';
import type { Trade } from '../../../src/schemas/result.ts';
import { DAY } from '../support.ts';
import { STEP, TICK, UNIT, decimal, instant, money, price, round } from './numbers.ts';

export interface Bar {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
}

export interface Lot {
  time: number;
  price: string;
  steps: bigint;
  notional: bigint;
  fee: bigint;
  /** Of a grid: the cell's buy line. */
  line: number;
}

/** A trade as it is published, without its number. */
export type NaiveTrade = Omit<Trade, 'id' | 'side'>;

/** One symbol's part of the capital. */
export class Part {
  cash: bigint;
  lots: Lot[] = [];
  readonly trades: (NaiveTrade & { exit: number; entry: number })[] = [];
  readonly fills: { time: number; notional: bigint }[] = [];
  dead = false;

  constructor(
    readonly config: JobConfig,
    readonly symbol: string,
    capital: bigint,
  ) {
    this.cash = capital;
  }

  /** Basis points with 8 decimals. */
  bps(time: number, taker: boolean): bigint {
    const { fee_model, fee_bps = '0' } = this.config;
    if (fee_model === 'none') return 0n;
    if (fee_model === 'fixed_bps') return decimal(fee_bps);
    if (fee_model === 'match_exchange') return 10n * UNIT;
    const month = this.fills.filter((fill) => fill.time > time - 30 * DAY);
    const traded = month.reduce((sum, { notional }) => sum + notional, 0n) / UNIT;
    if (traded < 1_000_000n) return 10n * UNIT;
    if (traded < 5_000_000n) return (taker ? 10n : 9n) * UNIT;
    if (traded < 20_000_000n) return (taker ? 10n : 8n) * UNIT;
    return (taker ? 6n : 4n) * UNIT;
  }

  fee(notional: bigint, time: number, taker: boolean): bigint {
    const fee = round(notional * this.bps(time, taker), 10_000n * UNIT);
    this.fills.push({ time, notional });
    return fee;
  }

  buy(time: number, ticks: number, steps: bigint, taker: boolean, line = 0): Lot {
    const notional = round(BigInt(ticks) * TICK * steps * STEP, UNIT);
    const fee = this.fee(notional, time, taker);
    this.cash -= notional + fee;
    const lot = { time, price: price(ticks), steps, notional, fee, line };
    this.lots.push(lot);
    return lot;
  }

  sell(lot: Lot, time: number, ticks: number, taker: boolean, reason: Trade['exit_reason']): void {
    const notional = round(BigInt(ticks) * TICK * lot.steps * STEP, UNIT);
    this.book(lot, time, ticks, notional, this.fee(notional, time, taker), reason);
  }

  book(
    lot: Lot,
    time: number,
    ticks: number,
    notional: bigint,
    exitFee: bigint,
    reason: Trade['exit_reason'],
  ): void {
    this.cash += notional - exitFee;
    this.lots = this.lots.filter((one) => one !== lot);
    this.trades.push({
      exit: time,
      entry: lot.time,
      symbol: this.symbol,
      entry_time: instant(lot.time),
      entry_price: lot.price,
      exit_time: instant(time),
      exit_price: price(ticks),
      qty: money(lot.steps * STEP),
      pnl: money(notional - exitFee - lot.notional - lot.fee),
      fee: money(lot.fee + exitFee),
      exit_reason: reason,
    });
  }

  get steps(): bigint {
    return this.lots.reduce((sum, { steps }) => sum + steps, 0n);
  }

  /** The trigger in ticks, or null where nothing is borrowed. */
  get trigger(): number | null {
    if (this.cash >= 0n || this.steps === 0n) return null;
    const divisor = this.steps * STEP * 996n * TICK;
    const numerator = -this.cash * 1000n * UNIT;
    return Number(numerator / divisor) + (numerator % divisor === 0n ? 0 : 1);
  }

  touches(ticks: number): boolean {
    return this.trigger !== null && ticks <= this.trigger;
  }

  liquidate(time: number, order: Lot[] = [...this.lots]): void {
    const debt = -this.cash;
    const steps = this.steps;
    const ticks = Number(round(debt * UNIT, steps * STEP * TICK));
    for (const lot of order) {
      const share = this.lots.length === 1 ? -this.cash : round(debt * lot.steps, steps);
      this.book(lot, time, ticks, share, 0n, 'liquidation');
    }
    this.dead = true;
  }

  /** In 10^-16. */
  equity(close: number): bigint {
    return this.cash * UNIT + BigInt(close) * TICK * this.steps * STEP;
  }
}

/** What a template does with one bar inside the window; `past` are all bars up to and with it, warm-up included. */
export type Act = (bar: Bar, past: Bar[]) => void;

import type { JobConfig } from '../../../src/schemas/job.ts';
import { MIN_NOTIONAL, STEP, TICK, UNIT, decimal, money, round } from './numbers.ts';
import { grid } from './grid.ts';
import type { Act, Bar, Lot, Part } from './part.ts';

function allIn(part: Part, wants: (past: Bar[], long: boolean) => boolean | null, retries: boolean): Act {
  const leverage = BigInt(part.config.leverage);
  let long = false;
  let order = false;
  return (bar, past) => {
    if (order && long) {
      const unit = BigInt(bar.open) * TICK * STEP * (10_000n * UNIT + leverage * part.bps(bar.time, true));
      const steps = (part.cash * leverage * UNIT * 10_000n * UNIT) / unit;
      const small = steps <= 0n || BigInt(bar.open) * TICK * steps * STEP < MIN_NOTIONAL * UNIT;
      if (!small) part.buy(bar.time, bar.open, steps, true);
      else if (retries) long = false;
    } else if (order) {
      const [lot] = part.lots;
      if (lot !== undefined && part.touches(bar.open)) part.liquidate(bar.time);
      else if (lot !== undefined) part.sell(lot, bar.time, bar.open, true, 'signal');
    }
    order = false;
    if (part.dead) return;
    if (part.touches(bar.low)) {
      part.liquidate(bar.time);
      return;
    }
    const now = wants(past, long);
    if (now !== null && now !== long) {
      long = now;
      order = true;
    }
  };
}

function momentum(fast: number, slow: number) {
  const sum = (past: Bar[], bars: number) => past.slice(-bars).reduce((total, { close }) => total + close, 0);
  return (past: Bar[]) => (past.length < slow ? null : sum(past, fast) * slow > sum(past, slow) * fast);
}

function breakout(lookback: number) {
  return (past: Bar[], long: boolean) => {
    const before = past.slice(0, -1).slice(-lookback);
    const close = past.at(-1)?.close ?? 0;
    if (before.length < lookback) return null;
    if (!long) return close > Math.max(...before.map(({ high }) => high));
    return close >= Math.min(...before.map(({ low }) => low));
  };
}

function meanReversion(lookback: number, entry: string, exit: string) {
  return (past: Bar[], long: boolean) => {
    if (past.length < lookback) return null;
    const closes = past.slice(-lookback).map(({ close }) => BigInt(close));
    const n = BigInt(lookback);
    const total = closes.reduce((sum, close) => sum + close, 0n);
    // n times what is over the mean, and n² times the variance.
    const over = n * (closes.at(-1) ?? 0n) - total;
    const variance = closes.reduce((sum, close) => sum + (n * close - total) ** 2n, 0n) / n;
    if (variance === 0n) return null;
    const bound = decimal(long ? exit : entry) ** 2n * variance;
    const isBelow = over < 0n && (long ? over ** 2n * UNIT ** 2n > bound : over ** 2n * UNIT ** 2n >= bound);
    return isBelow;
  };
}

interface DcaParams {
  every_bars: number;
  order_quote: string;
  take_profit?: string;
  max_orders?: number;
}

function costAveraging(part: Part, params: DcaParams): Act {
  const quote = decimal(params.order_quote);
  let position: Lot | null = null;
  let orders = 0;
  /** Bars of the cycle so far; -1 in the bar that sold. */
  let bar0 = 0;
  let sells = false;
  return (bar) => {
    if (sells && position !== null) {
      if (part.touches(bar.open)) part.liquidate(bar.time);
      else part.sell(position, bar.time, bar.open, true, 'take_profit');
      [sells, position, orders, bar0] = [false, null, 0, -1];
    } else if (bar0 % params.every_bars === 0 && orders < (params.max_orders ?? Infinity)) {
      if (part.touches(bar.open)) part.liquidate(bar.time);
      else {
        const unit = BigInt(bar.open) * TICK * STEP * (10_000n * UNIT + part.bps(bar.time, true));
        const steps = (quote * UNIT * 10_000n * UNIT) / unit;
        const small = steps <= 0n || BigInt(bar.open) * TICK * steps * STEP < MIN_NOTIONAL * UNIT;
        const invested: bigint = part.lots.reduce((sum, { notional }) => sum + notional, 0n);
        const allowed = invested + quote <= (part.cash + invested) * BigInt(part.config.leverage);
        if (!small && allowed) {
          const before: Lot | null = position;
          const bought = part.buy(bar.time, bar.open, steps, true);
          orders += 1;
          position = before === null ? bought : merge(before, bought);
          part.lots = [position];
        }
      }
    }
    bar0 += 1;
    if (part.dead) return;
    if (part.touches(bar.low)) {
      part.liquidate(bar.time);
      return;
    }
    if (position !== null && params.take_profit !== undefined) {
      const { notional, steps }: Lot = position;
      sells = BigInt(bar.close) * TICK * steps * STEP >= notional * (UNIT + decimal(params.take_profit));
    }
  };
}

function merge(first: Lot, second: Lot): Lot {
  const steps = first.steps + second.steps;
  const notional = first.notional + second.notional;
  const average = money(round(notional * UNIT, steps * STEP));
  return { time: first.time, price: average, steps, notional, fee: first.fee + second.fee, line: 0 };
}

export function actOf(config: JobConfig, part: Part): Act {
  switch (config.template_id) {
    case 'tpl_grid': {
      const { grid_levels, lower_price, upper_price } = config.params;
      return grid(part, grid_levels, decimal(lower_price), decimal(upper_price));
    }
    case 'tpl_breakout':
      return allIn(part, breakout(config.params.lookback), true);
    case 'tpl_momentum':
      return allIn(part, momentum(config.params.fast, config.params.slow), false);
    case 'tpl_meanrev': {
      const { lookback, entry_z, exit_z } = config.params;
      return allIn(part, meanReversion(lookback, entry_z, exit_z), true);
    }
    case 'tpl_dca': {
      const { take_profit, max_orders, ...rest } = config.params;
      return costAveraging(part, {
        ...rest,
        ...(take_profit === undefined ? {} : { take_profit }),
        ...(max_orders === undefined ? {} : { max_orders }),
      });
    }
  }
}

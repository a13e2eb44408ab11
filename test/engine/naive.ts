import type { JobConfig } from '../../src/schemas/job.ts';
import { DAY, type Row } from './support.ts';

/**
 * ENGINE.md in the plainest way: whole arrays, every indicator anew at every bar, one state a cell, exact integers. Slow, and
 * sharing no line with the engine. Prices are in ticks of 0.01, quantities in steps of 0.00001, money in 10^-8.
 */

const TICK = 1_000_000n;
const STEP = 1000n;
const UNIT = 100_000_000n;
const MIN_NOTIONAL = 5n * UNIT;
const SECONDS: Record<string, number> = { '1h': 3600, '4h': 14_400, '1d': DAY };

interface Bar {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
}

interface Lot {
  time: number;
  price: string;
  steps: bigint;
  notional: bigint;
  fee: bigint;
  /** Of a grid: the cell's buy line. */
  line: number;
}

export interface NaiveTrade {
  symbol: string;
  entry_time: string;
  entry_price: string;
  exit_time: string;
  exit_price: string;
  qty: string;
  pnl: string;
  fee: string;
  exit_reason: string;
}

function decimal(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(8, '0'));
}

/** To the nearest integer, halves away from zero. */
function round(numerator: bigint, divisor: bigint): bigint {
  const size = numerator < 0n ? -numerator : numerator;
  const up = size / divisor + ((size % divisor) * 2n >= divisor ? 1n : 0n);
  return numerator < 0n ? -up : up;
}

function money(value: bigint): string {
  const size = (value < 0n ? -value : value).toString().padStart(9, '0');
  const text = `${size.slice(0, -8)}.${size.slice(-8)}`.replace(/\.?0+$/, '');
  return value < 0n ? `-${text}` : text;
}

function price(ticks: number): string {
  return (ticks / 100).toFixed(2);
}

function instant(time: number): string {
  return new Date(time * 1000).toISOString().replace('.000', '');
}

/** One symbol's part of the capital. */
class Part {
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

  sell(lot: Lot, time: number, ticks: number, taker: boolean, reason: string): void {
    const notional = round(BigInt(ticks) * TICK * lot.steps * STEP, UNIT);
    this.book(lot, time, ticks, notional, this.fee(notional, time, taker), reason);
  }

  book(lot: Lot, time: number, ticks: number, notional: bigint, exitFee: bigint, reason: string): void {
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
type Act = (bar: Bar, past: Bar[]) => void;

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

function grid(part: Part, levels: number, lower: bigint, upper: bigint): Act {
  const cells = BigInt(levels - 1);
  const lines = Array.from({ length: levels }, (_, k) =>
    Number(round(lower * cells + BigInt(k) * (upper - lower), TICK * cells)),
  );
  const held: (Lot | null)[] = lines.slice(1).map(() => null);
  let steps = 0n;
  let at: number | null = null;

  function start(bar: Bar): void {
    const rate = (taker: boolean) => 10_000n * UNIT + part.bps(bar.time, taker);
    const buys = lines.slice(0, -1).map((line) => (line >= bar.open ? bar.open : line));
    const cost = lines
      .slice(0, -1)
      .reduce(
        (sum, line) => sum + (line >= bar.open ? BigInt(bar.open) * rate(true) : BigInt(line) * rate(false)),
        0n,
      );
    steps = (part.cash * BigInt(part.config.leverage) * UNIT * 10_000n * UNIT) / (TICK * STEP * cost);
    if (buys.some((ticks) => BigInt(ticks) * TICK * steps * STEP < MIN_NOTIONAL * UNIT))
      throw new Error('BELOW_MIN_NOTIONAL');
    for (const [cell, line] of lines.slice(0, -1).entries())
      if (line >= bar.open) held[cell] = part.buy(bar.time, bar.open, steps, true, cell);
    at = bar.open;
  }

  function move(time: number, to: number): void {
    while (!part.dead) {
      const from = at ?? to;
      if (to <= from) {
        const buys = held.flatMap((lot, cell) => (lot === null ? [lines[cell] ?? 0] : []));
        const next = Math.max(...buys.filter((line) => line >= to && line <= from), -1);
        const trigger = part.trigger ?? -1;
        if (trigger >= to && trigger >= next) {
          const inOrder = held
            .filter((lot) => lot !== null)
            .sort((a, b) => Number(a.price) - Number(b.price));
          part.liquidate(time, inOrder);
          return;
        }
        if (next < 0) break;
        held[lines.indexOf(next)] = part.buy(time, next, steps, false, lines.indexOf(next));
        at = next;
      } else {
        const sells = held.flatMap((lot, cell) => (lot === null ? [] : [lines[cell + 1] ?? 0]));
        const next = Math.min(...sells.filter((line) => line >= from && line <= to), Infinity);
        if (next === Infinity) break;
        const cell = lines.indexOf(next) - 1;
        const lot = held[cell];
        if (lot !== null && lot !== undefined) part.sell(lot, time, next, false, 'grid');
        held[cell] = null;
        at = next;
      }
    }
    at = to;
  }

  return (bar) => {
    if (at === null) start(bar);
    const green = bar.close >= bar.open;
    move(bar.time, bar.open);
    move(bar.time, green ? bar.low : bar.high);
    move(bar.time, green ? bar.high : bar.low);
    move(bar.time, bar.close);
  };
}

function actOf(config: JobConfig, part: Part): Act {
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

interface PartOutcome {
  part: Part;
  /** Equity by midnight, as long as there were bars. */
  midnights: Map<number, bigint>;
  end: number;
}

function runPart(config: JobConfig, symbol: string, capital: bigint, rows: readonly Row[]): PartOutcome {
  const ticks = (value: number) => Math.round(value * 100);
  const bars = rows
    .filter(({ volume = 1 }) => volume > 0)
    .map(({ time, open, high, low, close }) => ({
      time,
      open: ticks(open),
      high: ticks(high),
      low: ticks(low),
      close: ticks(close),
    }));
  const start = Date.parse(config.start) / 1000;
  const part = new Part(config, symbol, capital);
  const act = actOf(config, part);
  const midnights = new Map<number, bigint>();
  let last = 0;
  let end = start;
  for (const [index, bar] of bars.entries()) {
    if (bar.time < start) continue;
    for (let midnight = (Math.floor(start / DAY) + 1) * DAY; midnight <= bar.time; midnight += DAY)
      if (!midnights.has(midnight)) midnights.set(midnight, part.equity(last));
    if (!part.dead) act(bar, bars.slice(0, index + 1));
    last = bar.close;
    end = bar.time + (SECONDS[config.timeframe] ?? 0);
  }
  const open = [...part.lots].sort((a, b) => Number(a.price) - Number(b.price) || a.line - b.line);
  for (const lot of open) part.sell(lot, end, last, true, 'end_of_window');
  return { part, midnights, end };
}

/** Trades and equity curve of a job; `rows` in the order of its symbols, warm-up bars before `start` included. */
export function naive(config: JobConfig, rows: readonly (readonly Row[])[]) {
  const capital = decimal(config.capital);
  const count = BigInt(config.symbols.length);
  const outcomes = config.symbols.map((symbol, index) =>
    runPart(config, symbol, capital / count + (BigInt(index) < capital % count ? 1n : 0n), rows[index] ?? []),
  );
  const start = Date.parse(config.start) / 1000;
  const end = Math.max(...outcomes.map((outcome) => outcome.end));
  const point = (time: number, equity: bigint): [string, string] => {
    const cents = round(equity, (UNIT * UNIT) / 100n)
      .toString()
      .padStart(3, '0');
    return [instant(time), `${cents.slice(0, -2)}.${cents.slice(-2)}`];
  };
  const sum = (of: (outcome: PartOutcome) => bigint) => outcomes.reduce((total, one) => total + of(one), 0n);
  const curve = [point(start, capital * UNIT)];
  for (let midnight = (Math.floor(start / DAY) + 1) * DAY; midnight < end; midnight += DAY)
    curve.push(
      point(
        midnight,
        sum(({ midnights, part }) => midnights.get(midnight) ?? part.cash * UNIT),
      ),
    );
  if (end > start)
    curve.push(
      point(
        end,
        sum(({ part }) => part.cash * UNIT),
      ),
    );
  const trades = outcomes.flatMap(({ part }) => part.trades);
  // Each symbol's trades are in order of exit already.
  if (outcomes.length > 1) trades.sort((a, b) => a.exit - b.exit || a.entry - b.entry);
  return { trades: trades.map(({ exit: _, entry: __, ...trade }) => trade), equity_curve: curve };
}

import type { BarChunk } from '../../candles/bars.ts';
import type { GridParams } from '../../schemas/templates.ts';
import { exactOf, type Exact } from '../exact.ts';
import type { Ledger } from '../ledger.ts';
import type { Lot } from '../lot.ts';
import type { Strategy } from '../strategy.ts';
import { firstBuys, gridLines, gridQuantity, type GridLines } from './grid-plan.ts';

/**
 * `tpl_grid`: cell k buys at line k and sells at line k + 1, over and over.
 * @throws TemplateError here where the lines make no grid, and from the first bar where the capital is too small.
 */
export function grid(params: GridParams, ledger: Ledger): Strategy {
  return new Grid(gridLines(params, ledger.market), ledger);
}

/**
 * The price moves along one connected path, so the cells that hold are always the ones from some cell up: below it
 * every cell has sold, above it every cell has bought. Two prices are therefore all a bar need be compared with.
 */
class Grid implements Strategy {
  readonly #ledger: Ledger;
  readonly #lines: readonly number[];
  readonly #cellTicks: number;
  readonly #lots: (Lot | undefined)[] = [];
  #started = false;
  #size: Exact = 0;
  #lowestHeld = 0;
  #buyAt = -Infinity;
  /** The first price below at which something happens: a buy, or the liquidation. */
  #downAt = -Infinity;
  #sellAt = Infinity;
  #coarse = 0;

  constructor({ lines, cellTicks }: GridLines, ledger: Ledger) {
    this.#ledger = ledger;
    this.#lines = lines;
    this.#cellTicks = cellTicks;
  }

  /** A grid has no indicators. */
  warm(): void {
    return;
  }

  trade(bars: BarChunk, from: number, to: number, room: number): number {
    if (!this.#started) this.#start(bars.time[from] ?? 0, bars.open[from] ?? 0);
    for (let row = from; row < to && !this.#ledger.isLiquidated; row += 1) {
      row = this.#firstTouch(bars, row, to);
      if (row === to) break;
      this.#walk(bars, row);
      if (this.#ledger.untakenTrades >= room) return row + 1;
    }
    return to;
  }

  /** By entry price, then line. */
  openLots(): readonly Lot[] {
    return this.#lots.filter((lot) => lot !== undefined).sort((a, b) => a.entryTicks - b.entryTicks);
  }

  warnings(symbol: string) {
    if (this.#coarse === 0) return [];
    const message = `${symbol}: ${String(this.#coarse)} bar(s) range over more than one grid cell; a finer timeframe would be truer`;
    return [{ code: 'COARSE_BARS', message }];
  }

  /** Places every cell's first order at the first open. */
  #start(time: number, opening: number): void {
    this.#started = true;
    this.#size = exactOf(gridQuantity(this.#ledger, this.#lines, { time, opening }));
    const buys = firstBuys(this.#lines, opening);
    for (const [cell, { ticks, liquidity }] of buys.entries()) {
      if (liquidity === 'taker') this.#lots[cell] = this.#ledger.buy(time, ticks, this.#size, liquidity);
      else this.#lots[cell] = undefined;
    }
    this.#setLowestHeld(buys.filter(({ liquidity }) => liquidity === 'maker').length);
  }

  /** The first of the rows `[from, to)` whose range touches what rests, or `to`; counts the coarse ones up to it. */
  #firstTouch({ high, low }: BarChunk, from: number, to: number): number {
    const cellTicks = this.#cellTicks;
    const downAt = this.#downAt;
    const sellAt = this.#sellAt;
    let coarse = 0;
    let row = from;
    for (; row < to; row += 1) {
      const top = high[row] ?? 0;
      const bottom = low[row] ?? 0;
      if (top - bottom > cellTicks) coarse += 1;
      if (bottom <= downAt || top >= sellAt) break;
    }
    this.#coarse += coarse;
    return row;
  }

  /** Fills what the path of one bar touches, in the order it is touched. */
  #walk(bars: BarChunk, row: number): void {
    const time = bars.time[row] ?? 0;
    const open = bars.open[row] ?? 0;
    const high = bars.high[row] ?? 0;
    const low = bars.low[row] ?? 0;
    const close = bars.close[row] ?? 0;
    const isGreen = close >= open;
    this.#moveTo(time, open);
    this.#moveTo(time, isGreen ? low : high);
    this.#moveTo(time, isGreen ? high : low);
    this.#moveTo(time, close);
  }

  #moveTo(time: number, price: number): void {
    while (price <= this.#downAt) {
      if (this.#downAt === this.#ledger.liquidationTicks) {
        this.#liquidate(time);
        return;
      }
      const cell = this.#lowestHeld - 1;
      this.#lots[cell] = this.#ledger.buy(time, this.#buyAt, this.#size, 'maker');
      this.#setLowestHeld(cell);
    }
    while (price >= this.#sellAt) {
      const cell = this.#lowestHeld;
      const lot = this.#lots[cell];
      if (lot !== undefined) this.#ledger.sell(lot, time, this.#sellAt, 'maker', 'grid');
      this.#lots[cell] = undefined;
      this.#setLowestHeld(cell + 1);
    }
  }

  #liquidate(time: number): void {
    this.#ledger.liquidate(this.openLots(), time);
    this.#lots.length = 0;
    this.#buyAt = this.#downAt = -Infinity;
    this.#sellAt = Infinity;
  }

  /** Beyond the ends of the grid nothing rests, which no price reaches. */
  #setLowestHeld(cell: number): void {
    this.#lowestHeld = cell;
    this.#buyAt = this.#lines[cell - 1] ?? -Infinity;
    this.#downAt = Math.max(this.#buyAt, this.#ledger.liquidationTicks);
    this.#sellAt = this.#lines[cell + 1] ?? Infinity;
  }
}

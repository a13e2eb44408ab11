import { describe, expect, it } from 'vitest';
import { DEFAULT_SPEC } from '../../src/candles/bars.ts';
import { marketOf } from '../../src/engine/market.ts';
import { TemplateError, startRun, warmupBars } from '../../src/engine/run.ts';
import { gridLines } from '../../src/engine/templates/grid-plan.ts';
import { NEW_YEAR, barsOf, daily, gridJob, randomRows, run, type Row } from './support.ts';

/** What a trade is to a grid: where and when, without money. Prices in the quote currency. */
type RoundTrip = [entryTime: number, entryPrice: number, exitTime: number, exitPrice: number];

/**
 * The grid again, the slow way: every cell on its own, watching a price that moves tick by tick along the path.
 * The lines are those of `linePrices`, in ticks. Zero-volume rows are left out by the caller.
 */
function slowGrid(linePrices: readonly number[], rows: readonly Row[], barSeconds: number): RoundTrip[] {
  const ticks = (price: number) => Math.round(price * 100);
  const trips: RoundTrip[] = [];
  let price = ticks(rows[0]?.open ?? 0);
  const cells = linePrices.slice(0, -1).map((buy, index) => ({
    buy,
    sell: linePrices[index + 1] ?? 0,
    held: buy >= price ? { time: rows[0]?.time ?? 0, price } : null,
  }));
  for (const { time, open, high, low, close } of rows) {
    const path = close >= open ? [open, low, high, close] : [open, high, low, close];
    for (const target of path.map(ticks))
      while (price !== target) {
        price += Math.sign(target - price);
        for (const cell of cells)
          if (cell.held === null && price === cell.buy) cell.held = { time, price };
          else if (cell.held !== null && price === cell.sell) {
            trips.push([cell.held.time, cell.held.price, time, price]);
            cell.held = null;
          }
      }
  }
  const end = (rows.at(-1)?.time ?? 0) + barSeconds;
  const left = cells.flatMap(({ held }) => (held === null ? [] : [held])).sort((a, b) => a.price - b.price);
  return [...trips, ...left.map((held): RoundTrip => [held.time, held.price, end, price])];
}

describe('tpl_grid', () => {
  it('wants no warm-up', () => {
    expect(warmupBars(gridJob(5, '90', '110'))).toBe(0);
  });

  it.for([1, 2, 3, 4, 5, 6])('makes the trades of cells that watch every tick (walk %i)', (seed) => {
    const rows = randomRows(seed, 600, 3600);
    const { trades } = run(gridJob(41, '92', '108', { timeframe: '1h', capital: '100000' }), [barsOf(rows)]);
    const lines = Array.from({ length: 41 }, (_, line) => 9200 + line * 40);
    const existing = rows.filter(({ volume }) => volume !== 0);
    const seconds = (time: string) => Date.parse(time) / 1000;
    const ticks = (price: string) => Math.round(Number(price) * 100);
    expect(trades.length).toBeGreaterThan(500);
    expect(
      trades.map((trade) => [
        seconds(trade.entry_time),
        ticks(trade.entry_price),
        seconds(trade.exit_time),
        ticks(trade.exit_price),
      ]),
    ).toEqual(slowGrid(lines, existing, 3600));
  });

  it('fills orders that a gap jumps over at their own price', () => {
    // One cell, 95 to 105: rests at 95, jumped over to 90, and back over 105 to 120.
    const result = run(gridJob(2, '95', '105', { capital: '950', end: '2025-01-03T00:00:00Z' }), [
      barsOf(
        daily([
          [100, 100],
          [90, 90],
          [120, 120],
        ]),
      ),
    ]);
    expect(result.trades).toMatchObject([
      {
        entry_time: '2025-01-02T00:00:00Z',
        entry_price: '95.00',
        exit_time: '2025-01-03T00:00:00Z',
        exit_price: '105.00',
        qty: '10',
        pnl: '100',
        exit_reason: 'grid',
      },
    ]);
    expect(result.equity_curve.map(([, equity]) => equity)).toEqual([
      '950.00',
      '950.00',
      '900.00',
      '1050.00',
    ]);
  });

  it('fills a touch, and not a tick short of it', () => {
    const entries = (low: number) =>
      run(gridJob(2, '95', '105'), [
        barsOf(
          daily([
            [100, 100],
            [100, low],
          ]),
        ),
      ]).trades.length;
    expect(entries(95.01)).toBe(0);
    expect(entries(95)).toBe(1);
  });

  it('visits the low first in a bar that closes where it opened', () => {
    const bar = { open: 100, high: 105, low: 95, close: 100 };
    const { trades } = run(gridJob(2, '95', '105'), [barsOf([{ time: NEW_YEAR, ...bar }])]);
    expect(trades).toMatchObject([{ entry_price: '95.00', exit_price: '105.00', exit_reason: 'grid' }]);
  });

  it('buys nothing while the price is above the grid, and everything at once below it', () => {
    const above = run(gridJob(3, '90', '110'), [barsOf(daily([[120, 120]]))]);
    expect(above.trades).toEqual([]);
    const below = run(gridJob(3, '90', '110', { capital: '800' }), [barsOf(daily([[80, 80]]))]);
    expect(below.trades).toMatchObject([
      { entry_price: '80.00', qty: '5' },
      { entry_price: '80.00', qty: '5' },
    ]);
  });

  it('buys at once a cell whose line is the first open', () => {
    const { trades } = run(gridJob(3, '90', '110'), [barsOf(daily([[100, 100]]))]);
    expect(trades.map(({ entry_price }) => entry_price)).toEqual(['100.00']);
  });

  it('closes by entry price, then line', () => {
    // Bought at 98: the cells of 100 and 105. The first sells at 105 and buys again at 100.
    const rows = daily([
      [98, 98],
      [98, 105],
      [105, 99],
    ]);
    const { trades } = run(gridJob(5, '90', '110', { end: '2025-01-03T00:00:00Z' }), [barsOf(rows)]);
    expect(trades.map(({ id, entry_price, exit_price }) => [id, entry_price, exit_price])).toEqual([
      [1, '98.00', '105.00'],
      [2, '98.00', '99.00'],
      [3, '100.00', '99.00'],
    ]);
  });

  it('spaces lines from the ends, each rounded half up to the tick', () => {
    const params = { grid_levels: 9, lower_price: '1', upper_price: '1.1' };
    // Every 0.0125: the odd ones fall half-way or not, none drifts.
    expect(gridLines(params, marketOf(DEFAULT_SPEC)).lines).toEqual([
      100, 101, 103, 104, 105, 106, 108, 109, 110,
    ]);
  });

  it('refuses lines closer than the tick', () => {
    const start = () => startRun(gridJob(12, '1', '1.1'), [DEFAULT_SPEC]);
    expect(start).toThrow(TemplateError);
    expect(start).toThrow('GRID_TOO_FINE');
  });

  it('refuses cells under the minimum notional at the first bar', () => {
    const start = () => run(gridJob(5, '90', '110', { capital: '19' }), [barsOf(daily([[100, 100]]))]);
    expect(start).toThrow(TemplateError);
    expect(start).toThrow('BELOW_MIN_NOTIONAL');
  });

  it('counts bars that range over more than a cell', () => {
    const wide = (high: number, day: number) => ({
      time: NEW_YEAR + day * 86_400,
      open: 100,
      high,
      low: 100,
      close: 100,
    });
    const rows = [wide(105, 0), wide(105.01, 1), wide(120, 2)];
    const { warnings } = run(gridJob(5, '90', '110', { end: '2025-01-03T00:00:00Z' }), [barsOf(rows)]);
    expect(warnings.map(({ code, message }) => [code, message.slice(0, 17)])).toEqual([
      ['COARSE_BARS', 'AAAUSDT: 2 bar(s)'],
    ]);
  });

  it.each([1, 2, 24])('counts none after it was liquidated, in chunks of %i bars or whole', (chunk) => {
    const at = (hour: number, [open, high, low, close]: readonly [number, number, number, number]): Row => ({
      time: NEW_YEAR + hour * 3600,
      open,
      high,
      low,
      close,
    });
    const rows = barsOf([
      at(0, [105, 105, 105, 105]),
      at(1, [105, 105, 80, 104]),
      ...[2, 3, 4, 26].map((hour) => at(hour, [104, 120, 104, 120])),
    ]);
    const job = gridJob(3, '90', '110', { leverage: 10, timeframe: '1h', end: '2025-01-02T04:00:00Z' });
    const { trades, warnings } = run(job, [rows], { chunk });
    expect(trades.at(-1)).toMatchObject({ exit_reason: 'liquidation', exit_time: '2025-01-01T01:00:00Z' });
    expect(warnings.find(({ code }) => code === 'COARSE_BARS')?.message).toContain(' 1 bar(s)');
  });

  it('pays the exchange 10 bps on both sides when asked to match it', () => {
    const rows = barsOf(
      daily([
        [100, 100],
        [100, 106],
      ]),
    );
    const job = { capital: '1001', end: '2025-01-02T00:00:00Z' };
    const exchange = run(gridJob(2, '100', '105', { ...job, fee_model: 'match_exchange' }), [rows]);
    expect(exchange.trades).toMatchObject([{ qty: '10', fee: '2.05', pnl: '47.95' }]);
    const fixed = run(gridJob(2, '100', '105', { ...job, fee_model: 'fixed_bps', fee_bps: '10' }), [rows]);
    expect(fixed).toEqual(exchange);
  });
});

import { describe, expect, it } from 'vitest';
import { decodeBars, encodeBars } from '../../src/candles/arrow.ts';
import { DEFAULT_SPEC, sliceBars, type BarChunk } from '../../src/candles/bars.ts';
import { scheduleOfBps } from '../../src/engine/fees.ts';
import { Ledger } from '../../src/engine/ledger.ts';
import { marketOf } from '../../src/engine/market.ts';
import { startRun } from '../../src/engine/run.ts';
import { SymbolRun } from '../../src/engine/symbol-run.ts';
import { strategyFactory } from '../../src/engine/templates/index.ts';
import { windowOf } from '../../src/engine/window.ts';
import type { JobConfig } from '../../src/schemas/job.ts';
import type { BacktestResult, Trade } from '../../src/schemas/result.ts';
import {
  NEW_YEAR,
  barsOf,
  finished,
  gridJob,
  job,
  momentumJob,
  randomRows,
  run,
  tradesIn,
} from './support.ts';

const HOUR = 3600;
const BARS = 800;
/** Trades of a bar of these grids, and of a day of the others. */
const MOST_AT_ONCE = 60;
const hourly = {
  timeframe: '1h',
  start: '2025-01-03T00:00:00Z',
  end: '2025-02-03T07:00:00Z',
  capital: '100000',
  fee_model: 'fixed_bps',
  fee_bps: '7.3',
} as const;

const breakout = { template_id: 'tpl_breakout', params: { lookback: 2 } } as const;
const meanrev = { template_id: 'tpl_meanrev', params: { lookback: 8, entry_z: '1', exit_z: '0.1' } } as const;
const dca = {
  template_id: 'tpl_dca',
  params: { every_bars: 5, order_quote: '900', take_profit: '0.005', max_orders: 4 },
} as const;

const JOBS: [name: string, config: JobConfig][] = [
  ['tpl_grid', gridJob(31, '93', '107', hourly)],
  ['tpl_breakout', job(breakout, hourly)],
  ['tpl_momentum', momentumJob(3, 8, hourly)],
  ['tpl_meanrev', job(meanrev, hourly)],
  ['tpl_dca', job(dca, hourly)],
];

/** The same with money borrowed and fees that fall with the volume. */
const LEVERAGED = JOBS.map(([name, { fee_bps: _, ...config }]): [string, JobConfig] => [
  `${name} with leverage`,
  { ...config, leverage: 3, fee_model: 'tiered_maker_taker' },
]);

describe.for([...JOBS, ...LEVERAGED])('%s', ([, config]) => {
  it('computes the same of any division into chunks', () => {
    const bars = barsOf(randomRows(11, BARS, HOUR));
    const whole = run(config, [bars]);
    expect(whole.trades.length).toBeGreaterThan(20);
    for (const chunk of [1, 2, 7, 24, 101, 499]) expect(run(config, [bars], { chunk })).toEqual(whole);
  });

  it.each([1, 3, 20])('computes the same where it stops for %i trades to be taken', (room) => {
    const bars = barsOf(randomRows(11, BARS, HOUR));
    const backtest = startRun(config, [DEFAULT_SPEC]);
    const trades: Trade[] = [];
    let stops = 0;
    for (let row = 0; row < bars.length; stops += 1) {
      const taken = backtest.feed(0, sliceBars(bars, row, bars.length), room);
      expect(taken).toBeGreaterThan(0);
      row += taken;
      const batch = tradesIn(backtest.takeTrades(bars.time[row] ?? Infinity));
      if (row < bars.length) expect(batch.length).toBeGreaterThanOrEqual(room);
      expect(batch.length).toBeLessThan(room + MOST_AT_ONCE);
      trades.push(...batch);
    }
    expect(stops).toBeGreaterThan(1);
    const { trades: last, ...summary } = finished(backtest);
    expect({ ...summary, trades: [...trades, ...last] }).toEqual(run(config, [bars]));
  });

  it.each([true, false])(
    'computes the same of bars out of a file: all of them with volume, %s',
    (isTraded) => {
      const all = randomRows(18, BARS, HOUR);
      const bars = barsOf(isTraded ? all.filter(({ volume }) => volume !== 0) : all);
      const stored = decodeBars(encodeBars(bars, '0.01').slice().buffer);
      expect(stored.isTraded).toBe(isTraded);
      expect(run(config, [stored])).toEqual(run(config, [bars]));
    },
  );

  it('keeps no chunk', () => {
    const bars = barsOf(randomRows(12, BARS, HOUR));
    const backtest = startRun(config, [DEFAULT_SPEC]);
    for (let from = 0; from < bars.length; from += 10) {
      const chunk = barsOf(randomRows(12, BARS, HOUR).slice(from, from + 10));
      backtest.feed(0, chunk);
      for (const column of [chunk.time, chunk.open, chunk.high, chunk.low, chunk.close, chunk.volume])
        column.fill(0);
    }
    expect(finished(backtest)).toEqual(run(config, [bars]));
  });

  it('does not look ahead', () => {
    const rows = randomRows(13, BARS, HOUR);
    const others = randomRows(14, BARS, HOUR, 3);
    const past = run(config, [barsOf(rows)]);
    for (const hours of [60, 150, 301, 480]) {
      const now = NEW_YEAR + hours * HOUR;
      const future = run(config, [
        barsOf([...rows.filter(({ time }) => time <= now), ...others.filter(({ time }) => time > now)]),
      ]);
      expect(upTo(config, future, now)).toEqual(upTo(config, past, now));
      expect(future).not.toEqual(past);
    }
  });

  it('has profits that add up to what the capital became, where a fill is finer than money', () => {
    for (const seed of [15, 16, 17]) {
      const { outcome, trades, capital } = runExactly(config, barsOf(randomRows(seed, BARS, HOUR)));
      const profit = trades.reduce((sum, { pnl }) => sum + BigInt(pnl), 0n);
      expect(trades.length).toBeGreaterThan(20);
      expect(outcome.final).toEqual({ whole: Number(capital + profit), rest: 0 });
    }
  });
});

/** Fills and equity that are settled once the bar of `now` has ended. What cost averaging holds still grows until it is sold. */
function upTo(config: JobConfig, { trades, equity_curve }: BacktestResult, now: number) {
  const grows = config.template_id === 'tpl_dca';
  const isPast = (time: string) => Date.parse(time) / 1000 <= now;
  const market = trades.filter(({ exit_reason }) => exit_reason !== 'end_of_window');
  return {
    entries: trades
      .filter(({ entry_time }) => isPast(entry_time))
      .map(({ entry_time, entry_price, qty }) => `${entry_time} ${grows ? '' : `${entry_price} ${qty}`}`)
      .sort(),
    exits: market.filter(({ exit_time }) => isPast(exit_time)),
    equity: equity_curve.filter(([time]) => isPast(time)),
  };
}

/** One symbol's part at a tick and step whose product has more decimals than money. */
function runExactly(config: JobConfig, bars: BarChunk) {
  const market = marketOf({ tick: '0.000123', step: '0.0000037', min_notional: '0.01' });
  const capital = 123_456_789n;
  const ledger = new Ledger(market, scheduleOfBps('3.7', '9.1'), capital, config.leverage);
  const cheap = forCheapCoins(config);
  const part = new SymbolRun('AAAUSDT', windowOf(config), ledger, strategyFactory(cheap));
  part.feed(bars);
  return { outcome: part.close(), trades: ledger.takeTrades(Infinity), capital };
}

/** The same with prices and amounts that fit ticks of 0.000123 and a capital of 1.23. */
function forCheapCoins(config: JobConfig): JobConfig {
  switch (config.template_id) {
    case 'tpl_grid':
      return { ...config, params: { grid_levels: 31, lower_price: '1.14', upper_price: '1.32' } };
    case 'tpl_dca':
      return { ...config, params: { ...config.params, every_bars: 2, order_quote: '0.1' } };
    default:
      return config;
  }
}

describe('several symbols', () => {
  const symbols = ['AAAUSDT', 'BBBUSDT', 'CCCUSDT'];
  const config = momentumJob(3, 8, { ...hourly, symbols, capital: '100000.00000001' });
  const bars = [21, 22, 23].map((seed) => barsOf(randomRows(seed, BARS, HOUR)));

  it('compute the same one after the other and in turns', () => {
    const inTurns = startRun(
      config,
      symbols.map(() => DEFAULT_SPEC),
    );
    for (let from = 0; from < BARS; from += 13)
      for (const [symbol, all] of bars.entries())
        if (from < all.length) inTurns.feed(symbol, sliceBars(all, from, Math.min(all.length, from + 13)));
    expect(finished(inTurns, symbols.length)).toEqual(run(config, bars));
  });

  it('number their trades in order of exit', () => {
    const { trades } = run(config, bars);
    expect(trades.map(({ id }) => id)).toEqual(trades.map((_, index) => index + 1));
    const exits = trades.map(({ exit_time }) => exit_time);
    expect(exits).toEqual([...exits].sort());
    expect(new Set(trades.map(({ symbol }) => symbol))).toEqual(new Set(symbols));
  });

  it('are refused without a specification, or when unknown', () => {
    expect(() => startRun(config, [DEFAULT_SPEC])).toThrow(RangeError);
    const backtest = startRun(
      config,
      symbols.map(() => DEFAULT_SPEC),
    );
    expect(() => {
      backtest.feed(3, barsOf([]));
    }).toThrow(RangeError);
  });
});

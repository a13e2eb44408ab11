import { describe, expect, it } from 'vitest';
import { DAY, NEW_YEAR, barsOf, daily, momentumJob, run } from './support.ts';

// With averages over 1 and 2 closes, a close above the one before says long, any other says flat.

/** Bought at 100, sold at 110; a flat close says nothing, and the last close says buy too late. */
const UP_AND_DOWN = daily([
  [100, 100],
  [100, 105],
  [100, 112],
  [111, 108],
  [110, 108],
  [108, 109],
]);

/** Flat, then bought at 50 and held to 54. */
const RISING = daily([
  [50, 50],
  [50, 50],
  [50, 51],
  [50, 52],
  [52, 53],
  [53, 54],
]);

const onePercent = { fee_model: 'fixed_bps', fee_bps: '100', end: '2025-01-06T00:00:00Z' } as const;

const ROUND_TRIP = {
  id: 1,
  side: 'buy',
  symbol: 'AAAUSDT',
  entry_time: '2025-01-03T00:00:00Z',
  entry_price: '100.00',
  exit_time: '2025-01-05T00:00:00Z',
  exit_price: '110.00',
  qty: '10',
  pnl: '79',
  fee: '21',
  exit_reason: 'signal',
};

describe('tpl_momentum', () => {
  it('buys and sells everything at the open after the averages cross', () => {
    const result = run(momentumJob(1, 2, { ...onePercent, capital: '1010' }), [barsOf(UP_AND_DOWN)]);
    expect(result.trades).toEqual([ROUND_TRIP]);
    expect(result.equity_curve).toEqual([
      ['2025-01-01T00:00:00Z', '1010.00'],
      ['2025-01-02T00:00:00Z', '1010.00'],
      ['2025-01-03T00:00:00Z', '1010.00'],
      ['2025-01-04T00:00:00Z', '1120.00'],
      ['2025-01-05T00:00:00Z', '1080.00'],
      ['2025-01-06T00:00:00Z', '1089.00'],
      ['2025-01-07T00:00:00Z', '1089.00'],
    ]);
    expect(result.metrics).toMatchObject({ win_rate: '1', expected_value: '79', total_trades: 1 });
    expect(result.metrics.avg_trade_duration_seconds).toBe(2 * DAY);
    expect(result.warnings).toEqual([]);
  });

  it('closes at the last close, at the end of its bar', () => {
    const config = momentumJob(1, 2, { ...onePercent, capital: '1010', end: '2025-01-03T00:00:00Z' });
    const result = run(config, [barsOf(UP_AND_DOWN.slice(0, 3))]);
    expect(result.trades).toEqual([
      {
        ...ROUND_TRIP,
        exit_time: '2025-01-04T00:00:00Z',
        exit_price: '112.00',
        pnl: '98.8',
        fee: '21.2',
        exit_reason: 'end_of_window',
      },
    ]);
    expect(result.equity_curve.at(-1)).toEqual(['2025-01-04T00:00:00Z', '1108.80']);
    expect(result.equity_curve).toHaveLength(4);
  });

  it('splits the capital evenly, and adds the parts up', () => {
    const symbols = ['AAAUSDT', 'BBBUSDT'];
    const config = momentumJob(1, 2, { ...onePercent, symbols, capital: '2020' });
    const result = run(config, [barsOf(UP_AND_DOWN), barsOf(RISING)]);
    expect(result.trades).toEqual([
      ROUND_TRIP,
      {
        ...ROUND_TRIP,
        id: 2,
        symbol: 'BBBUSDT',
        entry_time: '2025-01-04T00:00:00Z',
        entry_price: '50.00',
        exit_time: '2025-01-07T00:00:00Z',
        exit_price: '54.00',
        qty: '20',
        pnl: '59.2',
        fee: '20.8',
        exit_reason: 'end_of_window',
      },
    ]);
    expect(result.equity_curve.map(([, equity]) => equity)).toEqual([
      '2020.00',
      '2020.00',
      '2020.00',
      '2130.00',
      '2120.00',
      '2149.00',
      '2158.20',
    ]);
  });

  it('shares out the capital to the last unit', () => {
    // A third of 0.005 has no last digit; shares rounded down alone would leave 0.00499998, which is 0.00.
    const symbols = ['AAAUSDT', 'BBBUSDT', 'CCCUSDT'];
    const config = momentumJob(1, 2, { symbols, capital: '0.005' });
    const flat = barsOf(daily([[1, 1]]));
    const { equity_curve } = run(config, [flat, flat, flat]);
    expect(equity_curve.map(([, equity]) => equity)).toEqual(['0.01', '0.01']);
  });

  it('orders trades of several symbols by exit, then entry, then symbol', () => {
    const symbols = ['AAAUSDT', 'BBBUSDT', 'CCCUSDT'];
    const config = momentumJob(1, 2, { symbols, end: '2025-01-04T00:00:00Z' });
    const early = daily([
      [100, 100],
      [100, 101],
      [101, 102],
      [102, 103],
    ]);
    const late = daily([
      [100, 100],
      [100, 100],
      [100, 101],
      [101, 102],
    ]);
    const { trades } = run(config, [barsOf(late), barsOf(early), barsOf(early)]);
    expect(trades.map(({ id, symbol }) => [id, symbol])).toEqual([
      [1, 'BBBUSDT'],
      [2, 'CCCUSDT'],
      [3, 'AAAUSDT'],
    ]);
  });

  it('closes a symbol whose bars stop early at its own last close', () => {
    const symbols = ['AAAUSDT', 'BBBUSDT'];
    const config = momentumJob(1, 2, { symbols, capital: '2000', end: '2025-01-06T00:00:00Z' });
    const result = run(config, [
      barsOf(UP_AND_DOWN.slice(0, 3)),
      barsOf(daily(Array<[number, number]>(6).fill([50, 50]))),
    ]);
    expect(result.trades).toMatchObject([
      { symbol: 'AAAUSDT', exit_time: '2025-01-04T00:00:00Z', exit_price: '112.00', pnl: '120' },
    ]);
    expect(result.equity_curve.slice(2)).toEqual([
      ['2025-01-03T00:00:00Z', '2000.00'],
      ['2025-01-04T00:00:00Z', '2120.00'],
      ['2025-01-05T00:00:00Z', '2120.00'],
      ['2025-01-06T00:00:00Z', '2120.00'],
      ['2025-01-07T00:00:00Z', '2120.00'],
    ]);
    expect(result.warnings.map(({ code, message }) => [code, message.slice(0, 15)])).toEqual([
      ['MISSING_BARS', 'AAAUSDT: 3 of 6'],
    ]);
  });

  it('fills after every crossing of averages taken afresh at every bar', () => {
    const closes = Array.from({ length: 200 }, (_, day) => 100 + 20 * Math.sin(day / 4) + ((day * 37) % 11));
    const rows = daily(closes.map((close) => [Math.round(close), Math.round(close)]));
    const sumOf = (row: number, bars: number) =>
      rows.slice(row + 1 - bars, row + 1).reduce((sum, { close }) => sum + close, 0);
    const fills: number[] = [];
    for (let row = 12, long = false; row < rows.length - 1; row += 1)
      if (sumOf(row, 5) * 13 > sumOf(row, 13) * 5 !== long) {
        long = !long;
        fills.push(NEW_YEAR + (row + 1) * DAY);
      }
    const { trades } = run(momentumJob(5, 13, { end: '2025-07-19T00:00:00Z' }), [barsOf(rows)]);
    const seen = trades
      .flatMap((trade) => [trade.entry_time, ...(trade.exit_reason === 'signal' ? [trade.exit_time] : [])])
      .map((time) => Date.parse(time) / 1000);
    expect(fills.length).toBeGreaterThan(10);
    expect(seen).toEqual(fills);
  });
});

describe('an order under the minimum notional', () => {
  it('is not placed, is counted, and waits for the next crossing', () => {
    const rows = daily([
      [100, 100],
      [100, 101],
      [101, 102],
      [102, 100],
      [100, 101],
      [101, 102],
    ]);
    const config = momentumJob(1, 2, { capital: '4.99', end: '2025-01-06T00:00:00Z' });
    const result = run(config, [barsOf(rows)]);
    expect(result.trades).toEqual([]);
    expect(result.warnings).toEqual([
      {
        code: 'ORDER_BELOW_MIN_NOTIONAL',
        message: 'AAAUSDT: 2 order(s) under the minimum notional were not placed',
      },
    ]);
    expect(result.equity_curve.at(-1)?.[1]).toBe('4.99');
  });

  it('is not placed for nothing where there is no minimum', () => {
    const rows = daily([
      [100, 100],
      [100, 101],
      [101, 102],
    ]);
    const result = run(momentumJob(1, 2, { capital: '0.0001' }), [barsOf(rows)], {
      specs: [{ tick: '0.01', step: '0.00001', min_notional: '0' }],
    });
    expect(result.trades).toEqual([]);
    expect(result.warnings.map(({ code }) => code)).toContain('ORDER_BELOW_MIN_NOTIONAL');
  });

  it('is placed when it is exactly the minimum', () => {
    const config = momentumJob(1, 2, { capital: '5', end: '2025-01-03T00:00:00Z' });
    const result = run(config, [
      barsOf(
        daily([
          [100, 100],
          [100, 101],
          [100, 100],
        ]),
      ),
    ]);
    expect(result.trades).toMatchObject([{ qty: '0.05', pnl: '0', fee: '0' }]);
    expect(result.warnings).toEqual([]);
  });
});

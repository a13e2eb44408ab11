import { describe, expect, it } from 'vitest';
import { warmupBars } from '../../src/engine/run.ts';
import { NEW_YEAR, barsOf, daily, job, momentumJob, run, type Row } from './support.ts';

// With averages over 1 and 2 closes, a close above the one before says long, any other says flat.

describe('warm-up', () => {
  const rising: Row[] = daily(Array.from({ length: 8 }, (_, day) => [100 + day, 100 + day]));
  const window = { start: '2025-01-04T00:00:00Z', end: '2025-01-08T00:00:00Z' };

  it('wants the slow window of bars', () => {
    expect(warmupBars(momentumJob(2, 30))).toBe(30);
  });

  it('lets the first bar of the window decide, and fills nothing at it', () => {
    const { trades, equity_curve } = run(momentumJob(1, 3, window), [barsOf(rising)]);
    expect(trades.map(({ entry_time }) => entry_time)).toEqual(['2025-01-05T00:00:00Z']);
    expect(equity_curve[0]).toEqual(['2025-01-04T00:00:00Z', '1000.00']);
    expect(equity_curve).toHaveLength(6);
  });

  it('that is not there delays the first decision until the slow window is full', () => {
    const { trades, warnings } = run(momentumJob(1, 3, window), [barsOf(rising.slice(3))]);
    expect(trades.map(({ entry_time }) => entry_time)).toEqual(['2025-01-07T00:00:00Z']);
    expect(warnings).toEqual([]);
  });

  it('ends at a start in the middle of a day', () => {
    const hours = rising.map((row, hour) => ({ ...row, time: NEW_YEAR + hour * 3600 }));
    const { trades, equity_curve } = run(
      momentumJob(1, 3, { timeframe: '1h', start: '2025-01-01T04:00:00Z', end: '2025-01-01T07:00:00Z' }),
      [barsOf(hours)],
    );
    expect(trades).toMatchObject([{ entry_time: '2025-01-01T05:00:00Z', entry_price: '105.00' }]);
    expect(equity_curve.map(([time]) => time)).toEqual(['2025-01-01T04:00:00Z', '2025-01-01T08:00:00Z']);
  });

  it('counts no missing bar', () => {
    const { warnings } = run(momentumJob(1, 3, window), [
      barsOf([...rising.slice(0, 1), ...rising.slice(3)]),
    ]);
    expect(warnings).toEqual([]);
  });
});

describe('a bar that is missing or without volume', () => {
  /** Says buy on 01-02, is silent on 01-03 and 01-04, and rises from 01-05 on. */
  const rows = daily([
    [100, 100],
    [100, 105],
    [1, 1],
    [500, 500],
    [100, 110],
    [110, 120],
  ]);
  const silent = rows.map((row, day) => (day === 2 || day === 3 ? { ...row, volume: 0 } : row));
  const absent = rows.filter((_, day) => day !== 2 && day !== 3);
  const config = momentumJob(1, 2, { end: '2025-01-06T00:00:00Z' });

  it('fills nothing, decides nothing, and carries equity over', () => {
    const result = run(config, [barsOf(silent)]);
    expect(result.trades).toMatchObject([
      { entry_time: '2025-01-05T00:00:00Z', entry_price: '100.00', exit_price: '120.00', pnl: '200' },
    ]);
    expect(result.equity_curve.map(([, equity]) => equity)).toEqual([
      '1000.00',
      '1000.00',
      '1000.00',
      '1000.00',
      '1000.00',
      '1100.00',
      '1200.00',
    ]);
    expect(result.warnings).toEqual([
      {
        code: 'MISSING_BARS',
        message:
          'AAAUSDT: 2 of 6 bars are missing or without volume; they fill nothing and equity is carried over them',
      },
    ]);
  });

  it('is the same thing', () => {
    expect(run(config, [barsOf(silent)])).toEqual(run(config, [barsOf(absent)]));
  });

  it('at the end of the window ends the curve with the last bar that exists', () => {
    const result = run(config, [barsOf(silent.slice(0, 4))]);
    expect(result.equity_curve.at(-1)).toEqual(['2025-01-03T00:00:00Z', '1000.00']);
    expect(result.trades).toEqual([]);
  });

  it('of one symbol ends the curve where another goes on, and the curve goes as far as the last bar of any', () => {
    const buyOnce = { every_bars: 999, order_quote: '101' };
    const both = job(
      { template_id: 'tpl_dca', params: buyOnce },
      { symbols: ['AAAUSDT', 'BBBUSDT'], capital: '400', fee_model: 'fixed_bps', fee_bps: '100' },
    );
    const short = daily([
      [100, 110],
      [110, 120],
    ]);
    const long = daily([
      [100, 90],
      [1, 1],
      [1, 1],
      [1, 1],
      [120, 130],
    ]);
    const { equity_curve, trades } = run(both, [
      barsOf(short),
      barsOf([0, 4].flatMap((day) => long[day] ?? [])),
    ]);
    expect(equity_curve).toEqual([
      ['2025-01-01T00:00:00Z', '400.00'],
      ['2025-01-02T00:00:00Z', '398.00'],
      // From here on the first one is what its sale left, and the second is carried over its gap.
      ['2025-01-03T00:00:00Z', '406.80'],
      ['2025-01-04T00:00:00Z', '406.80'],
      ['2025-01-05T00:00:00Z', '406.80'],
      ['2025-01-06T00:00:00Z', '445.50'],
    ]);
    expect(trades.map(({ exit_time }) => exit_time)).toEqual([
      '2025-01-03T00:00:00Z',
      '2025-01-06T00:00:00Z',
    ]);
  });

  it('everywhere leaves the capital alone', () => {
    const result = run(config, [barsOf([])]);
    expect(result.equity_curve).toEqual([['2025-01-01T00:00:00Z', '1000.00']]);
    expect(result.trades).toEqual([]);
  });
});

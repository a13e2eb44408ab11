import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobConfig } from '../../src/schemas/job.ts';
import { naive } from './naive/index.ts';
import { barsOf, job, randomRows, run, type Template } from './support.ts';

/** Whatever the bars and the settings, the engine publishes what a second, naive implementation does. */

const BARS = 260;
const RUNS = 150;

const count = (min: number, max: number) => fc.integer({ min, max });
const tenths = (min: number, max: number) => count(min, max).map((value) => (value / 10).toFixed(1));

const TEMPLATES: Record<Template['template_id'], fc.Arbitrary<Template>> = {
  tpl_grid: fc.record({
    template_id: fc.constant('tpl_grid' as const),
    params: fc.record({
      grid_levels: count(2, 40),
      lower_price: tenths(800, 980),
      upper_price: tenths(990, 1200),
    }),
  }),
  tpl_breakout: fc.record({
    template_id: fc.constant('tpl_breakout' as const),
    params: fc.record({ lookback: count(2, 12) }),
  }),
  tpl_momentum: count(1, 9).chain((fast) =>
    fc.record({
      template_id: fc.constant('tpl_momentum' as const),
      params: fc.record({ fast: fc.constant(fast), slow: count(fast + 1, 20) }),
    }),
  ),
  tpl_meanrev: fc.record({
    template_id: fc.constant('tpl_meanrev' as const),
    params: fc.record({ lookback: count(2, 15), entry_z: tenths(5, 20), exit_z: tenths(0, 4) }),
  }),
  tpl_dca: fc.record({
    template_id: fc.constant('tpl_dca' as const),
    params: fc.record(
      {
        every_bars: count(1, 30),
        order_quote: fc.constantFrom('4', '5.01', '100', '3333.33333333', '60000'),
        take_profit: fc.constantFrom('0.001', '0.005', '0.02'),
        max_orders: count(1, 5),
      },
      { requiredKeys: ['every_bars', 'order_quote'] },
    ),
  }),
};

const settings = fc.record({
  leverage: fc.oneof(fc.constant(1), count(2, 20)),
  fees: fc.constantFrom(
    { fee_model: 'none' } as const,
    { fee_model: 'fixed_bps', fee_bps: '7.3' } as const,
    { fee_model: 'match_exchange' } as const,
    { fee_model: 'tiered_maker_taker' } as const,
  ),
  capital: fc.constantFrom('50', '10000', '123456.78901234', '900000'),
  seed: count(1, 1_000_000),
  swing: fc.constantFrom(0.5, 2, 6),
});

function checkTwin(config: JobConfig, seeds: readonly number[], swing: number): number {
  // The first two days are warm-up.
  const rows = seeds.map((seed) => randomRows(seed, BARS, 3600, swing));
  let expected: ReturnType<typeof naive>;
  try {
    expected = naive(config, rows);
  } catch {
    expect(() => run(config, rows.map(barsOf))).toThrow(/BELOW_MIN_NOTIONAL|GRID_TOO_FINE/);
    return 0;
  }
  const { trades, equity_curve } = run(config, rows.map(barsOf));
  expect(trades.map(({ id: _, side: __, ...trade }) => trade)).toEqual(expected.trades);
  expect(equity_curve).toEqual(expected.equity_curve);
  return trades.length;
}

const hourly = { timeframe: '1h', start: '2025-01-03T00:00:00Z', end: '2025-01-11T19:00:00Z' } as const;

describe.for(Object.entries(TEMPLATES))('%s', ([, template]) => {
  it('is what a naive implementation computes', () => {
    let trades = 0;
    fc.assert(
      fc.property(template, settings, (chosen, { leverage, fees, capital, seed, swing }) => {
        const config = job(chosen, { ...hourly, leverage, capital, ...fees });
        trades += checkTwin(config, [seed], swing);
      }),
      { seed: 20_261_124, numRuns: RUNS },
    );
    expect(trades).toBeGreaterThan(RUNS);
  });
});

it('mean reversion is what a naive implementation computes where squares of prices are too large for floating point', () => {
  fc.assert(
    fc.property(TEMPLATES.tpl_meanrev, count(1, 1_000_000), (chosen, seed) => {
      const config = job(chosen, { ...hourly, capital: '900000000' });
      const rows = randomRows(seed, BARS, 3600, 20).map((row) => ({
        ...row,
        open: Math.max(1, row.open * 1000),
        high: Math.max(1, row.high * 1000),
        low: Math.max(1, row.low * 1000),
        close: Math.max(1, row.close * 1000),
      }));
      const { trades, equity_curve } = run(config, [barsOf(rows)]);
      const expected = naive(config, [rows]);
      expect(trades.map(({ id: _, side: __, ...trade }) => trade)).toEqual(expected.trades);
      expect(equity_curve).toEqual(expected.equity_curve);
    }),
    { seed: 20_261_124, numRuns: RUNS },
  );
});

it('several symbols are what a naive implementation computes', () => {
  const { tpl_grid: _, ...multi } = TEMPLATES;
  fc.assert(
    fc.property(
      fc.oneof(...Object.values(multi)),
      settings,
      count(2, 4),
      (chosen, { leverage, fees, capital, seed, swing }, symbols) => {
        const names = ['AAAUSDT', 'BBBUSDT', 'CCCUSDT', 'DDDUSDT'].slice(0, symbols);
        const config = job(chosen, { ...hourly, leverage, capital, ...fees, symbols: names });
        checkTwin(
          config,
          names.map((_name, index) => seed + index),
          swing,
        );
      },
    ),
    { seed: 20_261_124, numRuns: RUNS },
  );
});

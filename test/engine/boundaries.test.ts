import { describe, expect, it } from 'vitest';
import { tieredSchedule } from '../../src/engine/fees.ts';
import { parseDecimal } from '../../src/engine/decimal.ts';
import { warmupBars } from '../../src/engine/run.ts';
import type { JobConfig } from '../../src/schemas/job.ts';
import {
  DAY,
  NEW_YEAR,
  barsOf,
  daily,
  gridJob,
  job,
  momentumJob,
  pseudoRandom,
  run,
  type Row,
} from './support.ts';

/** Where one tick, one second or one unit of money decides. */

const breakout = { template_id: 'tpl_breakout', params: { lookback: 2 } } as const;

/** Flat for two days, then a close above both, so that the fourth day buys at its open of 100. */
const BOUGHT_AT_100 = daily([
  [99, 99],
  [99, 99],
  [99, 100],
]);

function day(index: number, [open, high, low, close]: readonly [number, number, number, number]): Row {
  return { time: NEW_YEAR + index * DAY, open, high, low, close };
}

function leveraged(
  rows: readonly Row[],
  changes: Partial<Pick<JobConfig, 'fee_model' | 'fee_bps' | 'leverage'>> = {},
) {
  return run(job(breakout, { leverage: 10, ...changes }), [barsOf(rows)]);
}

describe('liquidation (the worked case L1: 1000 at leverage 10, bought at 100)', () => {
  it('does not touch a low one tick above the trigger of 90.37', () => {
    const { trades, warnings } = leveraged([...BOUGHT_AT_100, day(3, [100, 100, 90.38, 99])]);
    expect(trades).toMatchObject([{ qty: '100', exit_price: '99.00', exit_reason: 'end_of_window' }]);
    expect(warnings.map(({ code }) => code)).toContain('FUNDING_NOT_MODELLED');
  });

  it('takes everything at a low of just the trigger, at the bankruptcy price', () => {
    const rows = [...BOUGHT_AT_100, day(3, [100, 100, 90.37, 99]), day(4, [99, 120, 99, 120])];
    const { trades, equity_curve, metrics } = leveraged(rows);
    expect(trades).toMatchObject([
      {
        entry_price: '100.00',
        exit_price: '90.00',
        exit_time: '2025-01-04T00:00:00Z',
        pnl: '-1000',
        fee: '0',
        exit_reason: 'liquidation',
      },
    ]);
    expect(equity_curve.slice(-2)).toEqual([
      ['2025-01-05T00:00:00Z', '0.00'],
      ['2025-01-06T00:00:00Z', '0.00'],
    ]);
    expect(metrics.max_drawdown).toBe('-1');
  });

  it('needs something borrowed: without leverage everything is kept through a low of one tick', () => {
    const fees = { fee_model: 'fixed_bps', fee_bps: '33.3' } as const;
    const reasons = (leverage: number) =>
      leveraged([...BOUGHT_AT_100, day(3, [100, 100, 0.01, 99])], { ...fees, leverage }).trades.map(
        (trade) => trade.exit_reason,
      );
    expect([1, 2].map(reasons)).toEqual([['end_of_window'], ['liquidation']]);
  });

  it('comes before an order at an open at the trigger', () => {
    // The third day's close is under both lows before it, so that the next open would sell.
    const rows = [...BOUGHT_AT_100, day(3, [100, 100, 98, 98]), day(4, [90.37, 95, 90.37, 95])];
    expect(leveraged(rows).trades).toMatchObject([
      { exit_time: '2025-01-05T00:00:00Z', exit_price: '90.00', exit_reason: 'liquidation' },
    ]);
    const saved = [...BOUGHT_AT_100, day(3, [100, 100, 98, 98]), day(4, [90.38, 95, 90.38, 95])];
    expect(leveraged(saved).trades).toMatchObject([{ exit_price: '90.38', exit_reason: 'signal' }]);
  });

  it('is counted after the entry fee, and takes no fee itself', () => {
    const rows = [...BOUGHT_AT_100, day(3, [100, 100, 80, 99])];
    const { trades, equity_curve } = leveraged(rows, { fee_model: 'fixed_bps', fee_bps: '10' });
    // 1000 · 10 / (100 · 1.01), its fee is 9.900989 and the position is worth its debt at 90.1 (rounded to the tick).
    expect(trades).toMatchObject([{ qty: '99.0099', exit_price: '90.00', pnl: '-1000' }]);
    expect(equity_curve.at(-1)?.[1]).toBe('0.00');
  });

  it('of a grid comes before a buy at the same price', () => {
    const config = gridJob(3, '90', '110', { leverage: 10 });
    const rows = [day(0, [105, 105, 105, 105]), day(1, [105, 105, 80, 104]), day(2, [104, 120, 104, 120])];
    const { trades, equity_curve } = run(config, [barsOf(rows)]);
    expect(trades.map(({ exit_reason }) => exit_reason)).toEqual(['liquidation', 'liquidation']);
    expect(equity_curve.at(-1)?.[1]).toBe('0.00');
  });
});

describe('tiered fees', () => {
  const million = parseDecimal('1000000');

  it.for([
    [million - 1n, '10/10'],
    [million, '9/10'],
    [5n * million - 1n, '9/10'],
    [5n * million, '8/10'],
    [20n * million - 1n, '8/10'],
    [20n * million, '4/6'],
  ] as const)('after %s of trading are %s bps', ([traded, bps]) => {
    const fees = tieredSchedule();
    fees.traded(0, traded);
    const { maker, taker } = fees.rates(1);
    expect(`${String(maker / 10n ** 8n)}/${String(taker / 10n ** 8n)}`).toBe(bps);
  });

  it('forget a fill when it is 30 days old', () => {
    const fees = tieredSchedule();
    fees.traded(DAY, million);
    expect(fees.rates(31 * DAY - 1).maker).toBe(parseDecimal('9'));
    expect(fees.rates(31 * DAY).maker).toBe(parseDecimal('10'));
  });
});

describe('an order under the minimum notional', () => {
  /** 5 buys 0.0495 at 101, which is under 5, and 0.04 at 125, which is not. */
  const rows = [
    ...daily([
      [99, 99],
      [99, 99],
      [99, 100],
    ]),
    day(3, [101, 124, 101, 124]),
    day(4, [125, 130, 125, 130]),
  ];

  it('is tried again by a breakout whose close still says so', () => {
    const { trades, warnings } = run(job(breakout, { capital: '5' }), [barsOf(rows)]);
    expect(trades).toMatchObject([
      { entry_time: '2025-01-05T00:00:00Z', entry_price: '125.00', qty: '0.04' },
    ]);
    expect(warnings.map(({ code }) => code)).toContain('ORDER_BELOW_MIN_NOTIONAL');
  });

  it('is not tried again by momentum while nothing changes', () => {
    const { trades } = run(momentumJob(1, 2, { capital: '5' }), [barsOf(rows)]);
    expect(trades).toEqual([]);
  });
});

describe('mean reversion', () => {
  it('orders nothing where all closes are equal, and at exactly its bounds does', () => {
    const flat = daily(Array.from({ length: 6 }, () => [100, 100] as const));
    const of = (entry: string, exit: string): JobConfig =>
      job({ template_id: 'tpl_meanrev', params: { lookback: 2, entry_z: entry, exit_z: exit } });
    expect(run(of('0.5', '0'), [barsOf(flat)]).trades).toEqual([]);
    // Of two closes z is 1 or −1, whatever they are.
    const down = daily([
      [100, 100],
      [99, 99],
      [98, 98],
      [97, 97],
    ]);
    expect(run(of('1', '0'), [barsOf(down)]).trades).toMatchObject([{ entry_price: '98.00' }]);
    expect(run(of('1.00000001', '0'), [barsOf(down)]).trades).toEqual([]);
  });
});

describe.for([
  ['small', 1, 0],
  ['too far apart for exact sums of squares in floating point', 50_000.07, 1_000_000.13],
] as const)('mean reversion over prices that are %s', ([, scale, shift]) => {
  const at = (prices: readonly number[]) =>
    barsOf(
      daily(
        prices.map((price) => {
          const cents = Math.round((price * scale + shift) * 100) / 100;
          return [cents, cents] as const;
        }),
      ),
    );
  const of = (exit: string) =>
    job(
      { template_id: 'tpl_meanrev', params: { lookback: 4, entry_z: '1.5', exit_z: exit } },
      { capital: '90000000' },
    );
  /** z is −√3 at the fourth close, and −1 at the fifth. */
  const prices = [10, 10, 10, 5, 5, 5];

  it('sells at a z of just −exit_z, and not a hair below it', () => {
    expect(run(of('1'), [at(prices)]).trades).toMatchObject([
      { entry_time: '2025-01-05T00:00:00Z', exit_time: '2025-01-06T00:00:00Z', exit_reason: 'signal' },
    ]);
    expect(run(of('0.99999999'), [at(prices)]).trades).toMatchObject([{ exit_reason: 'end_of_window' }]);
  });

  it('buys at a z of just −entry_z however the window came about', () => {
    // Of two closes z is 1 or −1, whatever they are.
    const template = {
      template_id: 'tpl_meanrev',
      params: { lookback: 2, entry_z: '1', exit_z: '0' },
    } as const;
    const random = pseudoRandom(5);
    const walk = Array.from({ length: 30 }, () => Math.round(random() * 1000) / 7 + 20);
    const config = job(template, { capital: '90000000' });
    const { trades } = run(config, [at(walk)]);
    const falls = walk.filter((price, day) => day > 0 && price < (walk[day - 1] ?? 0)).length;
    expect(trades.length).toBeGreaterThan(5);
    expect(trades.length).toBeLessThanOrEqual(falls);
    expect(trades.map(({ entry_time }) => entry_time)).toEqual(entriesAfterFalls(walk));
  });
});

it.for([999_999, 1_234_567, 1_500_001, 1_777_777, 1_999_999, 2_000_001, 2_097_151])(
  'mean reversion buys at a z of just −1 of a thousand closes that are %i ticks apart',
  (ticks) => {
    const template = {
      template_id: 'tpl_meanrev',
      params: { lookback: 1000, entry_z: '1', exit_z: '0' },
    } as const;
    const window = { timeframe: '1h', end: '2025-02-12T00:00:00Z', capital: '90000000' } as const;
    const rows = Array.from({ length: 1002 }, (_, hour) => {
      const price = 30_000 - (hour % 2) * (ticks / 100);
      return { time: NEW_YEAR + hour * 3600, open: price, high: price, low: price, close: price };
    });
    const { trades } = run(job(template, window), [barsOf(rows)]);
    expect(trades[0]?.entry_time).toBe('2025-02-11T16:00:00Z');
  },
);

/** The days after falls at which somebody who buys at each and sells at each rise is flat. */
function entriesAfterFalls(walk: readonly number[]): string[] {
  const entries: string[] = [];
  let isLong = false;
  for (let day = 1; day < walk.length - 1; day++) {
    const fell = (walk[day] ?? 0) < (walk[day - 1] ?? 0);
    if (fell && !isLong)
      entries.push(new Date((NEW_YEAR + (day + 1) * DAY) * 1000).toISOString().replace('.000', ''));
    isLong = fell;
  }
  return entries;
}

describe('cost averaging', () => {
  it('takes its profit at a close of just the target', () => {
    const template = {
      template_id: 'tpl_dca',
      params: { every_bars: 10, order_quote: '100', take_profit: '0.1' },
    } as const;
    const almost = daily([
      [100, 100],
      [109.99, 109.99],
      [109.99, 109.99],
    ]);
    expect(run(job(template), [barsOf(almost)]).trades).toMatchObject([{ exit_reason: 'end_of_window' }]);
    const just = daily([
      [100, 100],
      [110, 110],
      [108, 108],
      [107, 107],
    ]);
    // Sold at the open after, and begun anew at the one after that.
    expect(run(job(template), [barsOf(just)]).trades).toMatchObject([
      {
        entry_price: '100.00',
        exit_price: '108.00',
        exit_time: '2025-01-03T00:00:00Z',
        exit_reason: 'take_profit',
      },
      { entry_time: '2025-01-04T00:00:00Z', entry_price: '107.00', exit_reason: 'end_of_window' },
    ]);
  });

  it('publishes the average of the prices, though the notionals are rounded', () => {
    const template = { template_id: 'tpl_dca', params: { every_bars: 1, order_quote: '5.013' } } as const;
    const prices = daily([
      [2012.34, 2012.34],
      [2012.34, 2012.34],
      [2012.34, 2012.34],
    ]);
    // Prices of 20.1234: a step at a tick is worth a tenth of what money is counted in.
    const specs = [{ tick: '0.0001', step: '0.00001', min_notional: '5' }];
    for (const fee_model of ['none', 'match_exchange'] as const) {
      const { trades } = run(job(template, { fee_model }), [barsOf(prices)], { specs });
      expect(trades).toMatchObject([{ entry_price: '20.1234' }]);
    }
  });

  it('stops where the wallet is spent, and says so', () => {
    const template = { template_id: 'tpl_dca', params: { every_bars: 1, order_quote: '400' } } as const;
    const { trades, warnings } = run(job(template), [
      barsOf(daily(Array.from({ length: 5 }, () => [100, 100]))),
    ]);
    expect(trades).toMatchObject([{ qty: '8', entry_price: '100' }]);
    expect(warnings.find(({ code }) => code === 'WALLET_SPENT')?.message).toContain('3 order(s)');
  });
});

it('indicators are warmed up with as many bars as they look back on', () => {
  expect(warmupBars(job(breakout))).toBe(2);
  expect(warmupBars(momentumJob(3, 8))).toBe(8);
  expect(
    warmupBars(job({ template_id: 'tpl_meanrev', params: { lookback: 9, entry_z: '1', exit_z: '0' } })),
  ).toBe(9);
  expect(warmupBars(job({ template_id: 'tpl_dca', params: { every_bars: 5, order_quote: '9' } }))).toBe(0);
  expect(warmupBars(gridJob(5, '90', '110'))).toBe(0);
});

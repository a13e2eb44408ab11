import { describe, expect, it } from 'vitest';
import type { JobConfig } from '../../src/schemas/job.ts';
import { naive } from './naive/index.ts';
import { barsOf, gridJob, job, momentumJob, randomRows, run } from './support.ts';

/** Where money counted in 10^-8 passes 2^53, 90 071 992.54740992, the engine goes on exactly. */

const hourly = {
  timeframe: '1h',
  start: '2025-01-03T00:00:00Z',
  end: '2025-01-20T00:00:00Z',
} as const;

const JOBS: [name: string, config: JobConfig][] = [
  ['tpl_grid', gridJob(31, '93', '107', hourly)],
  ['tpl_breakout', job({ template_id: 'tpl_breakout', params: { lookback: 2 } }, hourly)],
  ['tpl_momentum', momentumJob(3, 8, hourly)],
  [
    'tpl_meanrev',
    job({ template_id: 'tpl_meanrev', params: { lookback: 8, entry_z: '1', exit_z: '0.1' } }, hourly),
  ],
  [
    'tpl_dca',
    job(
      {
        template_id: 'tpl_dca',
        params: { every_bars: 2, order_quote: '3000000.5', take_profit: '0.005' },
      },
      hourly,
    ),
  ],
];

const FEES = [
  { fee_model: 'fixed_bps', fee_bps: '7.3' },
  { fee_model: 'tiered_maker_taker' },
] as const satisfies Pick<JobConfig, 'fee_model' | 'fee_bps'>[];

describe.for(JOBS)('%s', ([, config]) => {
  it.for(['8000000', '45035996.2737', '90071992.5474099', '90071992.54740993', '999999999999999.99999999'])(
    'of a capital of %s is what a naive implementation computes',
    (capital) => {
      const rows = randomRows(31, 400, 3600);
      for (const fees of FEES)
        for (const leverage of [1, 3]) {
          const sized = { ...config, capital, leverage, ...fees };
          const { trades, equity_curve } = run(sized, [barsOf(rows)]);
          const expected = naive(sized, [rows]);
          expect(trades.length).toBeGreaterThan(5);
          expect(trades.map(({ id: _, side: __, ...trade }) => trade)).toEqual(expected.trades);
          expect(equity_curve).toEqual(expected.equity_curve);
        }
    },
  );
});

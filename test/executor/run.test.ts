import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { executeJob } from '../../src/executor/execute.ts';
import { CASES_TITLE, NO_CASES, engineCases } from '../engine/engine-cases.ts';
import { administer, mintKey } from '../support/client.ts';
import { putCandles, dumpOf, type Prices } from '../support/candles.ts';
import { LONG_JOB, finalJob, jobWhen } from '../support/executor.ts';
import { GRID_JOB, auditOf, createJob, getJob } from '../support/jobs.ts';
import { cancel } from '../support/worker.ts';

/** From create to the end, by the real queue, consumer, engine and bucket. */

const who = await mintKey();
const shownResult = z.object({
  metrics: z.object({ total_trades: z.number() }),
  warnings: z.array(z.object({ code: z.string() })),
});

/**
 * Worked by hand: lines at 90, 100, 110 and 10 units a cell. The upper cell is bought at 100 and sold at 110; on the third day
 * both cells are bought on the way down; on the fourth the lower one is sold at 100, and the upper one closed there.
 */
const BARS: Prices[] = [
  ['100', '100', '100', '100'],
  ['100', '111', '99', '110'],
  ['110', '110', '89', '95'],
  ['95', '101', '94', '100'],
];

const WORKED = {
  template_id: 'tpl_grid',
  params: { grid_levels: 3, upper_price: '110', lower_price: '90' },
  symbols: ['WORKED'],
  timeframe: '1d',
  start: '2025-01-01T00:00:00Z',
  end: '2025-01-04T00:00:00Z',
  capital: '1900',
  fee_model: 'none',
};

describe('a backtest on uploaded candles', () => {
  it('runs from create to done with the worked trades', async () => {
    const loaded = await putCandles('WORKED', '1d', dumpOf('2025-01-01T00:00:00Z', 86_400, BARS));
    expect(loaded.status, loaded.text).toBe(200);

    const job = await finalJob(who, await createJob(who, WORKED));

    expect(job).toMatchObject({ status: 'done', progress: 1, error: null });
    expect(job.result).toMatchObject({
      metrics: { total_trades: 3, win_rate: '0.666667', profit_factor: null, expected_value: '66.66666667' },
      equity_curve: [
        ['2025-01-01T00:00:00Z', '1900.00'],
        ['2025-01-02T00:00:00Z', '1900.00'],
        ['2025-01-03T00:00:00Z', '2000.00'],
        ['2025-01-04T00:00:00Z', '2000.00'],
        ['2025-01-05T00:00:00Z', '2100.00'],
      ],
      warnings: [{ code: 'COARSE_BARS' }],
    });
    expect(await auditOf(who, job.id)).toMatchObject([
      { from: 'queued', to: 'running', actor: 'system', reason: null },
      { from: 'running', to: 'done', actor: 'system', reason: null },
    ]);
  });

  it.skipIf(NO_CASES)(`gives the trades of G1, of the ${CASES_TITLE}`, async () => {
    const cases = engineCases();
    const { input, expect: worked } = cases.G1_grid_no_fee;
    const bars = (input.bars ?? []).map(([, ...prices]) => prices);
    expect((await putCandles('CASEG1', '1d', dumpOf('2025-01-01T00:00:00Z', 86_400, bars))).status).toBe(200);

    const job = await finalJob(
      who,
      await createJob(who, {
        ...WORKED,
        symbols: ['CASEG1'],
        params: { grid_levels: 5, upper_price: '110', lower_price: '90' },
        end: '2025-01-10T00:00:00Z',
        capital: input.capital,
      }),
    );

    expect(job.result).toMatchObject({
      equity_curve: worked.equity_curve,
      trades: worked.trades.map((trade) => ({
        ...trade,
        symbol: 'CASEG1',
        entry_price: Number(trade.entry_price).toFixed(2),
        exit_price: Number(trade.exit_price).toFixed(2),
      })),
    });
  });
});

describe('a backtest on generated candles', () => {
  it('says so in its warnings, and trades', async () => {
    const job = await finalJob(who, await createJob(who, GRID_JOB));
    expect(job.status).toBe('done');
    const { metrics, warnings } = shownResult.parse(job.result);
    expect(metrics.total_trades).toBeGreaterThan(10);
    expect(warnings.map(({ code }) => code)).toContain('SYNTHETIC_CANDLES');
  });
});

describe('a backtest that cannot be', () => {
  it('of a symbol that would be generated fails where the operator has that off', async () => {
    const fresh = await mintKey();
    await administer('PUT', `/v1/admin/accounts/${fresh.accountId}`, { max_running_jobs: 1 });
    const holder = await createJob(fresh, LONG_JOB);
    await jobWhen(fresh, holder, ({ status }) => status === 'running');
    const job = await createJob(fresh, GRID_JOB);
    await executeJob({ ...env, SYNTHETIC_CANDLES: 'off' }, job.id, 'm1');
    const failed = await getJob(fresh, job.id);
    expect(failed).toMatchObject({ status: 'failed', result: null, error: { code: 'DATA_UNAVAILABLE' } });
    expect(failed.error?.message).toContain('BTCUSDT');
    await cancel(fresh, holder.id);
  });

  it.each([
    ['of a symbol without candles', { symbols: ['NOSUCH'] }, 'DATA_UNAVAILABLE', 'NOSUCH'],
    [
      'of a window without candles',
      { symbols: ['WORKED'], timeframe: '1d' },
      'DATA_UNAVAILABLE',
      '2025-03-01',
    ],
    ['under the minimum notional', { capital: '20' }, 'TEMPLATE_ERROR', 'BELOW_MIN_NOTIONAL'],
  ])('%s fails and names why', async (_, change, code, named) => {
    const window = { start: '2025-03-01T00:00:00Z', end: '2025-03-10T00:00:00Z' };
    const job = await finalJob(who, await createJob(who, { ...GRID_JOB, ...window, ...change }));
    expect(job).toMatchObject({ status: 'failed', result: null, error: { code } });
    expect(job.error?.message).toContain(named);
    expect(await auditOf(who, job.id)).toMatchObject([{ to: 'running' }, { to: 'failed', actor: 'system' }]);
  });
});

import { describe, expect, it, vi } from 'vitest';
import { mintKey, type Credentials } from '../support/client.ts';
import { putCandles, dumpOf, type Prices } from '../support/candles.ts';
import { GRID_JOB, auditOf, createJob, getJob, listJobs, type JobAnswer } from '../support/jobs.ts';

/** From create to the end, by the real queue, consumer, engine and bucket. */

const who = await mintKey();

async function finalJob(job: JobAnswer, by: Credentials = who): Promise<JobAnswer> {
  return await vi.waitUntil(
    async () => {
      const now = await getJob(by, job.id);
      return ['done', 'failed', 'cancelled'].includes(now.status) ? now : null;
    },
    { timeout: 15_000, interval: 20 },
  );
}

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

    const job = await finalJob(await createJob(who, WORKED));

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
});

import { describe, expect, it } from 'vitest';
import { mintKey } from '../support/client.ts';
import { dumpOf, putCandles, type Prices } from '../support/candles.ts';
import { finalJob } from '../support/executor.ts';
import { createJob } from '../support/jobs.ts';

/** Jobs on months that are stored in several timeframes, or with gaps between them. */

const who = await mintKey();
const DAY = 86_400;

/** A bar that goes from one price to another. */
function way(open: number, close: number): Prices {
  return [String(open), String(Math.max(open, close)), String(Math.min(open, close)), String(close)];
}

async function stored(symbol: string, timeframe: string, start: string, bars: Prices[], query = '') {
  const seconds = timeframe === '4h' ? DAY / 6 : DAY;
  const answer = await putCandles(symbol, timeframe, dumpOf(start, seconds, bars), query);
  expect(answer.status, answer.text).toBe(200);
}

/** Long after a close above the one before. */
function jobOn(symbol: string, start: string, end: string, slow = 2) {
  return {
    template_id: 'tpl_momentum',
    params: { fast: 1, slow },
    symbols: [symbol],
    timeframe: '1d',
    start,
    end,
    capital: '1200',
    fee_model: 'none',
  };
}

const run = async (job: object) => finalJob(who, await createJob(who, job));

describe('months stored in another timeframe than their neighbours', () => {
  /** The last days of January in days, the first two of February in four hours. */
  const JANUARY = [way(100, 100), way(100, 110)];
  const FEBRUARY = [120, 121, 122, 123, 124, 125, 130, 132, 134, 136, 138, 140].map((price) =>
    way(price, price + 1),
  );

  it('are one run, each from the coarsest timeframe that has it', async () => {
    await stored('MIXED', '1d', '2025-01-30T00:00:00Z', JANUARY);
    await stored('MIXED', '4h', '2025-02-01T00:00:00Z', FEBRUARY);
    const job = await run(jobOn('MIXED', '2025-01-30T00:00:00Z', '2025-02-02T00:00:00Z'));
    expect(job).toMatchObject({
      status: 'done',
      result: {
        trades: [
          {
            entry_time: '2025-02-01T00:00:00Z',
            entry_price: '120.00',
            exit_time: '2025-02-03T00:00:00Z',
            exit_price: '141.00',
            pnl: '210',
          },
        ],
        warnings: [],
      },
    });
  });

  it('are a run of their own', async () => {
    await stored('LATER', '1d', '2025-01-30T00:00:00Z', JANUARY);
    await stored('LATER', '4h', '2025-02-01T00:00:00Z', FEBRUARY);
    const job = await run(jobOn('LATER', '2025-02-01T00:00:00Z', '2025-02-02T00:00:00Z'));
    expect(job).toMatchObject({
      status: 'done',
      // The last day of January warms up: the first close of February is above its.
      result: { trades: [{ entry_time: '2025-02-02T00:00:00Z', entry_price: '130.00' }], warnings: [] },
    });
  });

  it('are left out with a warning where they were loaded with another step', async () => {
    await stored('UNLIKE', '1d', '2025-01-30T00:00:00Z', JANUARY);
    await stored('UNLIKE', '4h', '2025-02-01T00:00:00Z', FEBRUARY, '?step=1');
    const job = await run(jobOn('UNLIKE', '2025-01-30T00:00:00Z', '2025-02-02T00:00:00Z'));
    expect(job).toMatchObject({
      status: 'done',
      result: {
        trades: [],
        warnings: [
          { code: 'MISSING_BARS' },
          {
            code: 'CANDLES_LEFT_OUT',
            message:
              'UNLIKE: the 4h candles of months that have no others are left out: they were loaded with another tick, step or min_notional',
          },
        ],
      },
    });
    const february = await run(jobOn('UNLIKE', '2025-02-01T00:00:00Z', '2025-02-02T00:00:00Z'));
    expect(february).toMatchObject({ status: 'done', result: { warnings: [] } });
  });
});

describe('bars before the window', () => {
  /** Two days in June, and then nothing until the end of September. */
  const JUNE = [way(100, 100), way(100, 101)];
  const SEPTEMBER = [way(102, 103), way(104, 105), way(106, 107)];

  it('warm up across months that are not stored', async () => {
    await stored('GAPPED', '1d', '2024-06-10T00:00:00Z', JUNE);
    await stored('GAPPED', '1d', '2024-09-28T00:00:00Z', SEPTEMBER);
    const job = await run(jobOn('GAPPED', '2024-09-28T00:00:00Z', '2024-09-30T00:00:00Z', 3));
    // The first close of the window has two before it: it decides.
    expect(job).toMatchObject({
      status: 'done',
      result: { trades: [{ entry_time: '2024-09-29T00:00:00Z', entry_price: '104.00' }], warnings: [] },
    });
  });
});

it('an equity curve ends with the last bar that is stored, though the window goes on', async () => {
  const bars = [way(100, 100), way(100, 101), way(102, 103)];
  await stored('ENDING', '1d', '2024-12-30T00:00:00Z', bars);
  const job = await run(jobOn('ENDING', '2024-12-30T00:00:00Z', '2025-03-31T00:00:00Z'));
  expect(job.result).toMatchObject({
    equity_curve: [
      ['2024-12-30T00:00:00Z', '1200.00'],
      ['2024-12-31T00:00:00Z', '1200.00'],
      ['2025-01-01T00:00:00Z', '1200.00'],
      ['2025-01-02T00:00:00Z', '1211.76'],
    ],
    trades: [{ exit_time: '2025-01-02T00:00:00Z', exit_reason: 'end_of_window' }],
    warnings: [{ code: 'MISSING_BARS' }],
  });
});

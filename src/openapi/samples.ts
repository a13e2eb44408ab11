import type { CreateJobRequest } from '../schemas/job.ts';
import type { AuditRow, Job, JobEventData, ListedJob } from '../schemas/responses.ts';

/** One story told by all samples: a grid that is done, and a momentum run that its trader cancels. */

/** A grid on one symbol, as little as one must say. */
export const GRID_REQUEST = {
  template_id: 'tpl_grid',
  params: { grid_levels: 20, upper_price: '72000', lower_price: '60000' },
  symbols: ['BTCUSDT'],
  timeframe: '1h',
  start: '2025-01-01T00:00:00Z',
  end: '2025-03-31T23:00:00Z',
  capital: '10000',
} satisfies CreateJobRequest;

/** Momentum on two symbols, with every field. */
export const MOMENTUM_REQUEST = {
  template_id: 'tpl_momentum',
  params: { fast: 20, slow: 50 },
  symbols: ['BTCUSDT', 'ETHUSDT'],
  timeframe: '15m',
  start: '2024-01-01T00:00:00Z',
  end: '2024-12-31T23:45:00Z',
  capital: '25000.50',
  leverage: 1,
  fee_model: 'fixed_bps',
  fee_bps: '7.5',
} satisfies CreateJobRequest;

/** Of a job in the examples. */
export const JOB_ID = 'bt_1vGQw8ZkTq3LhYd0xRmS5nEoJ2cUfA7pB9iKtWrVzX4';
/** Of a key in the examples. */
export const API_KEY = 'pk_1_desk1_0f8e2c4b6a9d41d7b3e5a1c8f7d20946';
/** Of a lease in the examples. */
export const LEASE = '7c0a1d2e-9b3f-4e58-8a64-2f1d0c9b8e7a';

const SUBMITTED = '2026-04-29T10:15:00Z';

/** As a create answers it. */
export const QUEUED: Job = {
  id: JOB_ID,
  status: 'queued',
  config: { ...GRID_REQUEST, leverage: 1, fee_model: 'fixed_bps', fee_bps: '5' },
  submitted_at: SUBMITTED,
  started_at: null,
  finished_at: null,
  progress: 0,
  result: null,
  error: null,
};

/** In a worker's hands. */
export const RUNNING: Job = {
  ...QUEUED,
  status: 'running',
  started_at: '2026-04-29T10:15:01Z',
  progress: 0.41,
};

/** With its result on generated candles, of which the lists are cut short. */
export const DONE = {
  ...RUNNING,
  status: 'done',
  finished_at: '2026-04-29T10:15:03Z',
  progress: 1,
  result: {
    metrics: {
      sharpe: '1.883717',
      sortino: '2.835342',
      max_drawdown: '-0.064647',
      cagr: '0.557542',
      calmar: '8.624411',
      win_rate: '1',
      profit_factor: null,
      expected_value: '8.74636695',
      total_trades: 132,
      avg_trade_duration_seconds: 739_227,
    },
    equity_curve: [
      ['2025-01-01T00:00:00Z', '10000.00'],
      ['2025-01-02T00:00:00Z', '10157.30'],
    ],
    trades: [
      {
        id: 1,
        side: 'buy',
        symbol: 'BTCUSDT',
        entry_time: '2025-01-01T00:00:00Z',
        entry_price: '62220.00',
        exit_time: '2025-01-01T07:00:00Z',
        exit_price: '63157.89',
        qty: '0.00849',
        pnl: '7.43045696',
        fee: '0.53222914',
        exit_reason: 'grid',
      },
    ],
    warnings: [
      { code: 'SYNTHETIC_CANDLES', message: 'The candles of BTCUSDT are generated, not market data.' },
    ],
  },
} satisfies Job;

/** Ended by a worker that could not. */
export const FAILED: Job = {
  ...RUNNING,
  status: 'failed',
  finished_at: '2026-04-29T10:15:03Z',
  error: {
    code: 'DATA_UNAVAILABLE',
    message: 'There are no 1h candles of BTCUSDT from 2025-01-01T00:00:00Z to 2025-03-31T23:00:00Z.',
  },
};

/** Cancelled on its way. */
export const CANCELLED: Job = { ...RUNNING, status: 'cancelled', finished_at: '2026-04-29T10:15:02Z' };

/** As lists show a job. */
export function listed(job: Job): ListedJob {
  return { ...job, result: job.result === null ? null : { metrics: job.result.metrics } };
}

/** As events show a job. */
export function eventData({ result: _, ...rest }: Job): JobEventData {
  return rest;
}

/** The trail of {@link CANCELLED}. */
export const TRAIL: AuditRow[] = [
  {
    at: '2026-04-29T10:15:01Z',
    from: 'queued',
    to: 'running',
    actor: 'system',
    reason: null,
    request_id: null,
  },
  {
    at: '2026-04-29T10:15:02Z',
    from: 'running',
    to: 'cancelled',
    actor: API_KEY,
    reason: 'no longer needed',
    request_id: '5b1f6c1e-64a7-4a0e-9d0b-1f6f2f0c8a35',
  },
];

import type { AuditRow, Job } from '../../../src/client/index.ts';
import { jobConfig } from '../../../src/schemas/job.ts';
import { GRID } from '../../process/backtests.ts';
import type { Aftermath } from './aftermath.ts';
import type { Race, Told } from './race.ts';

/** Made-up histories for the tests of the checkers. */

const ID = 'bt_made0up';
const [T0, T1, T2] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'];
const LEASE = 'lease-1';
const METRICS = {
  sharpe: null,
  sortino: null,
  max_drawdown: '0',
  cagr: null,
  calmar: null,
  win_rate: null,
  profit_factor: null,
  expected_value: null,
  avg_trade_duration_seconds: null,
};

/** A job that was started, and ended so. */
export function ended(status: 'cancelled' | 'done' | 'failed'): Job {
  return {
    id: ID,
    status,
    config: jobConfig.parse({ ...GRID, leverage: 1, fee_model: 'none' }),
    submitted_at: T0,
    started_at: T1,
    finished_at: T2,
    progress: status === 'done' ? 1 : 0.4,
    result:
      status === 'done'
        ? { metrics: { ...METRICS, total_trades: 1 }, equity_curve: [], trades: [], warnings: [] }
        : null,
    error: status === 'failed' ? { code: 'TEMPLATE_ERROR', message: 'f1' } : null,
  };
}

/** An answer; `over` says what is special about it. */
export function told(over: Partial<Told> & Pick<Told, 'act' | 'requestId' | 'sentAt'>): Told {
  return {
    mark: { cancel: 'c1', complete: '1', fail: 'f1', start: 's1', heartbeat: 'h1' }[over.act],
    lease: over.act === 'complete' || over.act === 'fail' ? LEASE : null,
    progress: null,
    by: over.act === 'cancel' ? 'trader' : 'worker',
    answeredAt: over.sentAt + 10,
    status: 200,
    code: null,
    replayed: false,
    says: null,
    job: null,
    ...over,
  };
}

/** What an answer has that refuses because the job is final. */
export function refusedAs(says: Job['status']): Partial<Told> {
  return { status: 409, code: 'INVALID_STATE', says };
}

/** A row of the audit trail. */
export function row(over: Partial<AuditRow> & Pick<AuditRow, 'from' | 'to'>): AuditRow {
  return { at: T2, actor: 'worker', reason: null, request_id: null, ...over };
}

const STARTED = row({ at: T1, from: 'queued', to: 'running', request_id: 'start' });

/** How the service shows a job that nothing is wrong with. */
export function aftermath(job: Job, last: Partial<AuditRow>): Aftermath {
  const { metrics = null } = job.result ?? {};
  return {
    id: job.id,
    job,
    listed: [{ ...job, result: metrics === null ? null : { metrics } }],
    listedAs: [job.status],
    trail: [STARTED, row({ from: 'running', to: job.status, ...last })],
    unanswered: null,
  };
}

/** A race that the cancel won, at which nothing is wrong. */
export function cancelledRace(): { race: Race; after: Aftermath } {
  const job = ended('cancelled');
  return {
    race: {
      id: job.id,
      lease: LEASE,
      watched: [
        { id: '1', job: { ...withoutResult(job), status: 'queued', progress: 0 } },
        { id: '4', job: withoutResult(job) },
      ],
      told: [
        told({ act: 'start', requestId: 'start', sentAt: 0 }),
        told({ act: 'start', requestId: 'start-2', sentAt: 0, mark: 's2', ...refusedAs('running') }),
        told({ act: 'heartbeat', requestId: 'beat', sentAt: 20, progress: 0.4 }),
        told({ act: 'cancel', requestId: 'cancel', sentAt: 40, says: 'cancelled', job }),
        told({ act: 'complete', requestId: 'complete', sentAt: 41, ...refusedAs('cancelled') }),
        told({ act: 'fail', requestId: 'fail', sentAt: 41, ...refusedAs('cancelled') }),
        told({ act: 'heartbeat', requestId: 'late', sentAt: 60, progress: 0.9, says: 'cancelled' }),
        told({ act: 'cancel', requestId: 'again', sentAt: 60, says: 'cancelled', job, replayed: true }),
      ],
    },
    after: aftermath(job, { actor: 'trader', reason: 'c1', request_id: 'cancel' }),
  };
}

/** A race that the completion won, and repeated, at which nothing is wrong. */
export function completedRace(): { race: Race; after: Aftermath } {
  const job = ended('done');
  return {
    race: {
      id: job.id,
      lease: LEASE,
      watched: null,
      told: [
        told({ act: 'start', requestId: 'start', sentAt: 0 }),
        told({ act: 'complete', requestId: 'complete', sentAt: 40, says: 'done', job }),
        told({ act: 'complete', requestId: 'repeat', sentAt: 41, says: 'done', job }),
        told({ act: 'cancel', requestId: 'cancel', sentAt: 41, ...refusedAs('done') }),
        told({ act: 'fail', requestId: 'fail', sentAt: 42, ...refusedAs('done') }),
      ],
    },
    after: aftermath(job, { request_id: 'complete' }),
  };
}

/** The job as event streams tell it. */
export function withoutResult({ result: _, ...job }: Job): Omit<Job, 'result'> {
  return job;
}

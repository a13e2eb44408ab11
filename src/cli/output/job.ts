import type { Job, JobEventData, ListedJob, JobStatus } from '../../client/index.ts';
import type { Stream } from '../io.ts';
import {
  NOTHING,
  grouped,
  label,
  metric,
  percent,
  plain,
  ratio,
  visible,
  when,
  whenToMinute,
} from './format.ts';
import { paint, type Style } from './paint.ts';
import { pairs, table, type Column } from './table.ts';

const STATUS_STYLES: Readonly<Record<JobStatus, Style>> = {
  queued: 'dim',
  running: 'cyan',
  done: 'green',
  failed: 'red',
  cancelled: 'yellow',
};
/** As many as a row can name and still be one. */
const NAMED_SYMBOLS = 1;

/** Jobs as a table. An id alone takes half a terminal; beside it stands first what tells jobs apart, and how they went. */
export function jobTable(stream: Stream, jobs: readonly ListedJob[]): string {
  const columns: Column<ListedJob>[] = [
    { title: 'ID', of: (job) => job.id },
    { title: 'STATUS', of: (job) => paint(stream, STATUS_STYLES[job.status], standing(job)) },
    { title: 'SYMBOLS', of: (job) => named(job.config.symbols), rank: 1 },
    { title: 'TF', of: (job) => job.config.timeframe, rank: 4 },
    { title: 'TEMPLATE', of: (job) => job.config.template_id, rank: 5 },
    { title: 'SUBMITTED', of: (job) => whenToMinute(job.submitted_at), rank: 3 },
    { title: 'SHARPE', of: (job) => ratio(job.result?.metrics.sharpe), numeric: true, rank: 2 },
    { title: 'CAGR', of: (job) => metric('cagr', job.result?.metrics.cagr), numeric: true, rank: 6 },
    {
      title: 'TRADES',
      of: (job) => metric('total_trades', job.result?.metrics.total_trades),
      numeric: true,
      rank: 7,
    },
  ];
  return table(stream, columns, jobs);
}

/** The status, of a running job with its progress: of another one it tells nothing. */
function standing({ status, progress }: ListedJob): string {
  return status === 'running' ? `${status} ${percent(progress)}` : status;
}

function named(symbols: readonly string[]): string {
  const more = symbols.length - NAMED_SYMBOLS;
  return more > 0 ? `${symbols.slice(0, NAMED_SYMBOLS).join(',')} +${String(more)}` : symbols.join(',');
}

/** What was asked and where it stands, as names and values. */
export function jobSummary(stream: Stream, job: Job | JobEventData): string {
  const { config } = job;
  const fees = config.fee_bps === undefined ? config.fee_model : `${config.fee_model} ${config.fee_bps}`;
  return pairs([
    ['Job', job.id],
    ['Status', `${paint(stream, STATUS_STYLES[job.status], job.status)}, ${percent(job.progress)}`],
    ...(job.error === null ? [] : [['Error', `${job.error.code}: ${visible(job.error.message)}`] as const]),
    ['Template', config.template_id],
    ...Object.entries(config.params).map(([name, value]) => [`  ${name}`, plain(value)] as const),
    ['Symbols', config.symbols.join(', ')],
    ['Candles', `${config.timeframe}, ${when(config.start)} to ${when(config.end)} UTC`],
    ['Capital', `${grouped(config.capital)}, leverage ${String(config.leverage)}`],
    ['Fees', fees],
    ['Submitted', when(job.submitted_at)],
    ['Started', when(job.started_at)],
    ['Finished', when(job.finished_at)],
  ]);
}

/** The metrics of a result, and how much there is besides. */
export function metricsTable(result: NonNullable<Job['result']>): string {
  return pairs([
    ...Object.entries(result.metrics).map(([name, value]) => [label(name), metric(name, value)] as const),
    ['Final equity', grouped(result.equity_curve.at(-1)?.[1] ?? NOTHING)],
  ]);
}

/** The warnings of a result, a line each. */
export function warningLines(stream: Stream, result: NonNullable<Job['result']>): string[] {
  return result.warnings.map(
    ({ code, message }) => `${paint(stream, 'yellow', 'Warning:')} ${visible(`${code}: ${message}`)}`,
  );
}

import type { AuditRow, JobSnapshot } from '../job/record.ts';
import { toInstant } from '../schemas/primitives.ts';

/**
 * A job as JSON text, its fields in the contract's order.
 * Configuration, result and error are kept as JSON text and are spliced in: a large result is never parsed on its way out.
 * @param result JSON text, or null where the job has none.
 */
export function renderJob(job: JobSnapshot, result: string | null): string {
  const fields = [
    ['id', JSON.stringify(job.id)],
    ['status', JSON.stringify(job.status)],
    ['config', job.config],
    ['submitted_at', instantOrNull(job.submittedAt)],
    ['started_at', instantOrNull(job.startedAt)],
    ['finished_at', instantOrNull(job.finishedAt)],
    ['progress', JSON.stringify(job.progress)],
    ['result', result ?? 'null'],
    ['error', job.error ?? 'null'],
  ];
  return `{${fields.map(([name, value]) => `"${name ?? ''}":${value ?? ''}`).join(',')}}`;
}

/** A job as lists show it: of its result the metrics only. */
export function renderListedJob(job: JobSnapshot): string {
  return renderJob(job, job.metrics === null ? null : `{"metrics":${job.metrics}}`);
}

/** An audit row as the contract has it. */
export function renderAuditRow(row: AuditRow) {
  return {
    at: toInstant(row.at),
    from: row.from,
    to: row.to,
    actor: row.actor,
    reason: row.reason,
    request_id: row.requestId,
  };
}

function instantOrNull(ms: number | null): string {
  return ms === null ? 'null' : `"${toInstant(ms)}"`;
}

/** An answer whose body is JSON text already. */
export function jsonText(text: string, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { 'Content-Type': 'application/json', ...headers } });
}

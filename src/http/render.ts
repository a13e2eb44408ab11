import type { AuditRow, JobSnapshot } from '../job/record.ts';
import { toInstant } from '../schemas/primitives.ts';

/** A job as JSON text, its fields in the contract's order; `result` is JSON text, or null where the job has none. */
export function renderJob(job: JobSnapshot, result: string | null): string {
  const [head, tail] = aroundResult(job);
  return `${head},"result":${result ?? 'null'},${tail}`;
}

/** A job as event streams tell it: all but the member `result`, on one line. */
export function renderJobEvent(job: JobSnapshot): string {
  return aroundResult(job).join(',');
}

/** A job as JSON in UTF-8 before and after its result, which is never parsed on its way out. */
export function renderAroundResult(job: JobSnapshot): [before: Uint8Array, after: Uint8Array] {
  const encoder = new TextEncoder();
  const [head, tail] = aroundResult(job);
  return [encoder.encode(`${head},"result":`), encoder.encode(`,${tail}`)];
}

function aroundResult(job: JobSnapshot): [head: string, tail: string] {
  const fields = [
    ['id', JSON.stringify(job.id)],
    ['status', JSON.stringify(job.status)],
    ['config', job.config],
    ['submitted_at', instantOrNull(job.submittedAt)],
    ['started_at', instantOrNull(job.startedAt)],
    ['finished_at', instantOrNull(job.finishedAt)],
    ['progress', JSON.stringify(job.progress)],
  ];
  const head = fields.map(([name, value]) => `"${name ?? ''}":${value ?? ''}`).join(',');
  return [`{${head}`, `"error":${job.error ?? 'null'}}`];
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

/** An answer whose body is JSON already. */
export function rawJson(
  json: string | Uint8Array<ArrayBuffer> | ReadableStream | null,
  status = 200,
  headers: Record<string, string> = {},
): Response {
  return new Response(json, { status, headers: { 'Content-Type': 'application/json', ...headers } });
}

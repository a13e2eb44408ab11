import { z } from 'zod';
import type { Answer as HttpAnswer } from '../support/client.ts';
import { auditAnswer, jobAnswer, leaseAnswer, listAnswer } from '../support/jobs.ts';
import type { Answer, News, Row, Shown } from './model/world.ts';

/** What the service says, in the model's words. */

const errorAnswer = z.object({
  error: z.object({
    code: z.string(),
    details: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
  }),
});
const status = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']);
const heartbeatAnswer = z.union([
  z.strictObject({ continue: z.literal(true), lease_expires_at: z.iso.datetime() }),
  z.strictObject({ continue: z.literal(false), status }),
]);
const json = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .nullable();
const snapshot = z.object({
  id: z.string(),
  status,
  progress: z.number(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
  error: json.pipe(z.object({ code: z.string() }).nullable()),
  metrics: json,
  version: z.int(),
});
const reportedMetrics = z.strictObject({ total_trades: z.int() });

/** An answer with a job. */
export function jobOf(answer: HttpAnswer): Answer {
  const replayed = answer.headers.get('Idempotency-Replayed') === 'true';
  return toAnswer(answer, (json) => ({ kind: 'job', job: shown(jobAnswer.parse(json)), replayed }));
}

/** An answer with a lease. */
export function leaseOf(answer: HttpAnswer): Answer {
  return toAnswer(answer, (json) => {
    const { lease, attempt, lease_expires_at, job } = leaseAnswer.parse(json);
    return { kind: 'lease', lease, attempt, until: Date.parse(lease_expires_at), job: shown(job) };
  });
}

/** An answer to a heartbeat. */
export function beatOf(answer: HttpAnswer): Answer {
  return toAnswer(answer, (json) => {
    const beat = heartbeatAnswer.parse(json);
    if (!beat.continue) return { kind: 'stop', status: beat.status };
    return { kind: 'continue', until: Date.parse(beat.lease_expires_at) };
  });
}

/** An answer with a job's audit trail. */
export function auditOf(answer: HttpAnswer): Answer {
  return toAnswer(answer, (json) => ({ kind: 'audit', rows: auditAnswer.parse(json).data.map(toRow) }));
}

/** An answer with a list of jobs. */
export function listOf(answer: HttpAnswer): Answer {
  return toAnswer(answer, (json) => ({ kind: 'jobs', jobs: listAnswer.parse(json).data.map(shown) }));
}

/** What a job tells its account, in the model's words. */
export function newsOf(told: unknown): { id: string; news: News } {
  const { id, version, error, metrics, ...rest } = snapshot.parse(told);
  const view = { ...rest, error: error?.code ?? null, result: resultName(metrics) };
  return { id, news: { ...view, changes: version - 1 } };
}

function toAnswer(answer: HttpAnswer, read: (json: unknown) => Answer): Answer {
  if (answer.status < 400) return read(answer.json);
  const { code, details } = errorAnswer.parse(answer.json).error;
  const named = details.find(({ path }) => path === 'status')?.message;
  return { kind: 'refused', code, status: named === undefined ? null : status.parse(named) };
}

function shown(job: z.infer<typeof jobAnswer>): Shown {
  return {
    id: job.id,
    tag: Number(job.config.capital),
    submittedAt: Date.parse(job.submitted_at),
    status: job.status,
    progress: job.progress,
    startedAt: toTime(job.started_at),
    finishedAt: toTime(job.finished_at),
    error: job.error?.code ?? null,
    result: resultName(z.object({ metrics: z.unknown() }).nullable().parse(job.result)?.metrics ?? null),
  };
}

/** The name that the model has for a result with these metrics. */
export function resultName(metrics: unknown): string | null {
  if (metrics === null) return null;
  const reported = reportedMetrics.safeParse(metrics);
  return reported.success ? `r${String(reported.data.total_trades)}` : 'engine';
}

function toRow(row: z.infer<typeof auditAnswer>['data'][number]): Row {
  const { actor, reason } = row;
  return { at: Date.parse(row.at), from: status.parse(row.from), to: status.parse(row.to), actor, reason };
}

function toTime(instant: string | null): number | null {
  return instant === null ? null : Date.parse(instant);
}

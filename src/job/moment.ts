import * as z from 'zod';
import { isFinal, JOB_STATUSES } from './machine.ts';
import { snapshotOf, type JobRecord, type JobSnapshot } from './record.ts';

/** How a job was at one moment. Later moments have higher revisions. */
export interface Moment {
  readonly revision: number;
  readonly job: JobSnapshot;
}

/** Not strict: during a deploy an object may be newer than the Worker that listens. */
const moment = z.object({
  revision: z.int(),
  job: z.object({
    id: z.string(),
    status: z.enum(JOB_STATUSES),
    config: z.string(),
    submittedAt: z.int(),
    startedAt: z.int().nullable(),
    finishedAt: z.int().nullable(),
    progress: z.number(),
    metrics: z.string().nullable(),
    error: z.string().nullable(),
    version: z.int(),
  }),
}) satisfies z.ZodType<Moment>;

/** A job as its object tells it to watchers. */
export function encodeMoment(job: JobRecord): string {
  return JSON.stringify({ revision: job.revision, job: snapshotOf(job) } satisfies Moment);
}

/**
 * What {@link encodeMoment} wrote.
 * @throws Error where it did not, which is a bug.
 */
export function decodeMoment(text: string): Moment {
  return moment.parse(JSON.parse(text));
}

/** Whether nothing follows this moment. */
export function isLast({ job }: Moment): boolean {
  return isFinal(job.status);
}

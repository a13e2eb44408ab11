import type { JobStatus } from '../../src/job/machine.ts';
import type { Moment } from '../../src/job/moment.ts';

/** A job at one moment, with nothing told but its status and progress. */
export function moment(revision: number, status: JobStatus, progress = 0): Moment {
  const times = { submittedAt: 0, startedAt: null, finishedAt: null };
  const job = {
    id: 'bt_1',
    status,
    config: '{}',
    ...times,
    progress,
    metrics: null,
    error: null,
    version: 1,
  };
  return { revision, job };
}

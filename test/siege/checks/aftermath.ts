import { isDeepStrictEqual } from 'node:util';
import type { AuditRow, Job, JobStatus, ListedJob } from '../../../src/client/index.ts';
import { isFinal } from '../../../src/client/wire.ts';
import { checkTrail } from './trail.ts';
import { Findings, type Violation } from './violation.ts';

/** What the service says of one job when all is over. */
export interface Aftermath {
  readonly id: string;
  /** Null where there is no such job. */
  readonly job: Job | null;
  /** Its rows in the list, all pages together. */
  readonly listed: readonly ListedJob[];
  /** By which statuses the list may be asked to have it: what the account keeps of it shows where it has to choose. */
  readonly listedAs: readonly JobStatus[];
  readonly trail: readonly AuditRow[];
  /** Why the service did not say, or null where it did. */
  readonly unanswered: string | null;
}

/** Whether a job is there, final, and the same to whoever asks for it, for the list and for its trail. Pure. */
export function checkAftermath({ id, job, listed, listedAs, trail, unanswered }: Aftermath): Violation[] {
  const findings = new Findings(id);
  findings.expect(unanswered === null, 'server_error', `The audit got no answer: ${String(unanswered)}`);
  if (unanswered !== null) return findings.found;
  findings.expect(job !== null, 'lost_job', 'It was created, and does not exist.');
  if (job === null) return findings.found;
  findings.expect(isFinal(job.status), 'not_final', `It is ${job.status} when all is over.`);
  findings.expect(
    listed.length === 1,
    listed.length === 0 ? 'lost_job' : 'disagreement',
    `The list shows it ${String(listed.length)} times.`,
  );
  for (const row of listed) {
    const { metrics = null } = job.result ?? {};
    const expected = { ...job, result: metrics === null ? null : { metrics } };
    const text = `The list has ${JSON.stringify(row)}, the job is ${JSON.stringify(expected)}.`;
    findings.expect(isDeepStrictEqual(row, expected), 'disagreement', text);
  }
  const filtered = `It is ${job.status}, and in the lists of: ${listedAs.join()}.`;
  findings.expect(isDeepStrictEqual(listedAs, [job.status]), 'disagreement', filtered);
  const { status, progress, result, error, finished_at } = job;
  const fits =
    (result !== null) === (status === 'done') &&
    (error !== null) === (status === 'failed') &&
    (finished_at !== null) === isFinal(status) &&
    (status !== 'done' || progress === 1);
  findings.expect(fits, 'disagreement', `Its fields do not fit its status: ${JSON.stringify(job)}.`);
  return [...findings.found, ...checkTrail(job, trail)];
}

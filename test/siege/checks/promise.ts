import { isDeepStrictEqual } from 'node:util';
import type { Job, JobEvent, JobStatus } from '../../../src/client/index.ts';
import { checkAftermath, type Aftermath } from './aftermath.ts';
import { checkEvents } from './events.ts';
import { Findings, type Violation } from './violation.ts';

/** What one client was promised about one job, and what the same requests were answered when all was over. */
export interface Promised {
  /** The first answer to its create, and the one to the same create in the end; null for a refusal. */
  readonly created: Job;
  readonly createdAgain: Job | null;
  /** The note of the client's cancel; null where it did not cancel. */
  readonly reason: string | null;
  /** The first answer to the cancel, and the one to the same cancel in the end; null for a refusal. */
  readonly cancelled: Job | null;
  readonly cancelledAgain: Job | null;
  /** For which status the cancel was refused. */
  readonly refusedAs: JobStatus | null;
  /** The final job, as somebody was told who waited for it. */
  readonly waited: Job | null;
  /** What its event stream told, where it was watched. */
  readonly watched: readonly JobEvent[] | null;
}

/**
 * Whether a service that was killed kept what it had promised about a job. Pure.
 * @param maxAttempts so many lost workers fail a job; it may fail for nothing else.
 */
export function checkPromise(promised: Promised, after: Aftermath, maxAttempts: number): Violation[] {
  const findings = new Findings(promised.created.id);
  checkCreate(findings, promised);
  const { job } = after;
  if (job !== null) {
    checkCancel(findings, promised, job, after);
    checkFailure(findings, job, after, maxAttempts);
    const { waited } = promised;
    const text = `Who waited was told ${JSON.stringify(waited)}, and it is ${JSON.stringify(job)}.`;
    findings.expect(waited === null || isDeepStrictEqual(waited, job), 'disagreement', text);
  }
  const events = job === null || promised.watched === null ? [] : checkEvents(job, promised.watched);
  return [...findings.found, ...checkAftermath(after), ...events];
}

function checkCreate(findings: Findings, { created, createdAgain }: Promised): void {
  const text = `Its create was answered ${JSON.stringify(created)}, and then ${JSON.stringify(createdAgain)}.`;
  findings.expect(createdAgain?.id === created.id, 'lost_job', text);
  findings.expect(isDeepStrictEqual(createdAgain, created), 'disagreement', text);
}

function checkCancel(findings: Findings, promised: Promised, job: Job, { trail }: Aftermath): void {
  const { reason, cancelled, cancelledAgain, refusedAs } = promised;
  const shown = JSON.stringify(job);
  if (cancelled !== null) {
    const text = `Its cancel was answered ${JSON.stringify(cancelled)}, and it is ${shown}.`;
    findings.expect(isDeepStrictEqual(job, cancelled), 'undone_cancel', text);
    const again = `Its cancel was answered ${JSON.stringify(cancelled)}, and then ${JSON.stringify(cancelledAgain)}.`;
    findings.expect(isDeepStrictEqual(cancelledAgain, cancelled), 'disagreement', again);
    const row = `Its trail ends with ${JSON.stringify(trail.at(-1))}, and the reason was ${String(reason)}.`;
    findings.expect(trail.at(-1)?.reason === reason, 'disagreement', row);
    return;
  }
  const text = `Nobody was told to have cancelled it, and it is ${shown}.`;
  findings.expect(job.status !== 'cancelled', 'disagreement', text);
  const refused = `Its cancel was refused because it is ${String(refusedAs)}, and it is ${shown}.`;
  findings.expect(refusedAs === null || refusedAs === job.status, 'double_end', refused);
}

function checkFailure(findings: Findings, job: Job, { trail }: Aftermath, maxAttempts: number): void {
  if (job.error === null) return;
  const attempts = trail.filter((row) => row.to === 'running').length;
  const lost = job.error.code === 'WORKER_LOST' && attempts === maxAttempts;
  const text = `It failed after ${String(attempts)} attempts: ${JSON.stringify(job.error)}.`;
  findings.expect(lost, 'wrong_answer', text);
}

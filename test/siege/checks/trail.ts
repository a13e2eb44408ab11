import type { AuditRow, Job, JobStatus } from '../../../src/client/index.ts';
import { isFinal } from '../../../src/client/wire.ts';
import { Findings, type Violation } from './violation.ts';

/** The contract's transitions. Written down here again: a checker that asked the service's own table would agree with any. */
const NEXT: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  queued: ['running', 'cancelled', 'failed'],
  running: ['queued', 'done', 'failed', 'cancelled'],
  done: [],
  failed: [],
  cancelled: [],
};

/** Whether an audit trail is an unbroken one that ends, once, as the job did. Pure. */
export function checkTrail(job: Job, trail: readonly AuditRow[]): Violation[] {
  const findings = new Findings(job.id);
  const shown = trail.map((row) => `${row.at} ${row.from} → ${row.to}`).join(', ');
  const ends = trail.filter((row) => isFinal(row.to)).length;
  findings.expect(ends <= 1, 'double_end', `Its trail ends ${String(ends)} times: ${shown}.`);

  let [status, at]: [JobStatus, string] = ['queued', job.submitted_at];
  for (const row of trail) {
    const follows = row.from === status && NEXT[row.from].includes(row.to) && row.at >= at;
    findings.expect(follows, 'disagreement', `Its trail is broken at ${row.from} → ${row.to}: ${shown}.`);
    [status, at] = [row.to, row.at];
  }
  const last = `Its trail ends with ${status} at ${at}, the job is ${job.status}`;
  findings.expect(status === job.status, 'disagreement', `${last}.`);
  if (isFinal(job.status)) {
    const told = `${last} since ${String(job.finished_at)}.`;
    findings.expect(trail.at(-1)?.at === job.finished_at, 'disagreement', told);
  }
  const started = trail.find((row) => row.to === 'running')?.at ?? null;
  const text = `Its trail has it started at ${String(started)}, the job at ${String(job.started_at)}.`;
  findings.expect(started === job.started_at, 'disagreement', text);
  return findings.found;
}

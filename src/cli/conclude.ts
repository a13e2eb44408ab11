import type { Job } from '../client/index.ts';
import { EXIT } from './exit-codes.ts';
import { failureOf, CliError, type Failure } from './failures.ts';
import { percent } from './output/format.ts';
import { metricsTable, warningLines } from './output/job.ts';
import type { Session } from './session.ts';

/** Tells how a job ended: with the metrics of one that is done, and with an exit code. */
export function conclude(session: Session, job: Job): void {
  concludeSilently(session, job);
  if (job.status === 'cancelled') {
    session.note(`${job.id} is cancelled, at ${percent(job.progress)}.`);
  } else if (job.result === null) {
    session.fail(withoutResult(job));
  } else {
    session.note(`${job.id} is done.`);
    session.print(metricsTable(job.result));
    for (const line of warningLines(session.io.stderr, job.result)) session.note(line);
  }
}

/** Sets the exit code of a job's end, and tells nothing: programs read the job itself. */
export function concludeSilently(session: Session, job: Job): void {
  if (job.result === null) session.exitCode = withoutResult(job).exitCode;
}

/** Why a job has no result. */
export function withoutResult(job: Job): Failure {
  const { id, status, error } = job;
  if (status === 'failed') {
    const why = error === null ? '' : `, ${error.code}: ${error.message}`;
    return failureOf(new CliError('JOB_FAILED', EXIT.jobFailed, `${id} failed${why}`));
  }
  if (status === 'cancelled') {
    return failureOf(
      new CliError('JOB_CANCELLED', EXIT.jobCancelled, `${id} is cancelled; it has no result.`),
    );
  }
  return failureOf(
    new CliError(
      'JOB_UNFINISHED',
      EXIT.jobUnfinished,
      `${id} is ${status}; follow it with: pipai watch ${id}`,
    ),
  );
}

import type { CreateJob } from '../job/calls.ts';
import type { JobStatus } from '../job/machine.ts';
import type { JobSnapshot } from '../job/record.ts';

/** Which jobs a list shows. Times are milliseconds since the epoch. */
export interface JobFilter {
  readonly status: JobStatus | null;
  readonly templateId: string | null;
  /** Inclusive, on `submittedAt`. */
  readonly from: number | null;
  /** Exclusive, on `submittedAt`. */
  readonly to: number | null;
  /** Only jobs created before the one with this sequence number. */
  readonly before: number | null;
  readonly limit: number;
}

/** A page of jobs, newest first, and from where the next one goes on. */
export interface JobPage {
  readonly jobs: readonly ListedJob[];
  readonly next: number | null;
}

/** A job as it last said it is. */
export interface ListedJob {
  readonly job: JobSnapshot;
  /** It may have changed since, and somebody may know: how it is now only the job itself can say. */
  readonly isOpen: boolean;
}

/** A job to be created, as an intent that survives until the job exists. */
export interface Intent {
  readonly id: string;
  readonly accountId: string;
  readonly templateId: string;
  readonly config: string;
  readonly submittedAt: number;
  readonly signature: string;
  readonly arrival: string;
}

type JobRow = {
  seq: number;
  id: string;
  config: string;
  submitted_at: number;
  status: JobStatus;
  progress: number;
  started_at: number | null;
  finished_at: number | null;
  metrics: string | null;
  error: string | null;
  version: number;
  /** How many requests were let in that may have changed it. */
  touched: number;
};

/**
 * The account's view of its jobs: what each last said of itself (`version` 0: not known to exist yet), and which may run now.
 * A job holds a slot from its dispatch, or its start where a worker came first, until it is final.
 */
export class JobIndex {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Notes that a job is to be created. */
  insertIntent(intent: Intent): void {
    this.#sql.exec(
      `INSERT INTO job (id, account_id, template_id, config, submitted_at, signature, arrival, status, progress, version)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', 0, 0)`,
      intent.id,
      intent.accountId,
      intent.templateId,
      intent.config,
      intent.submittedAt,
      intent.signature,
      intent.arrival,
    );
  }

  /** Takes back an intent whose job could not be reached; false where the job is known to exist. */
  deleteIntent(id: string): boolean {
    return (
      this.#sql.exec('DELETE FROM job WHERE id = ? AND version = 0 RETURNING 1', id).toArray().length > 0
    );
  }

  /** Deletes a job that is final. */
  deleteFinal(id: string): void {
    this.#sql.exec("DELETE FROM job WHERE id = ? AND status IN ('done', 'failed', 'cancelled')", id);
  }

  /** Intents noted at or before `noted` whose job is not known to exist. */
  openIntents(noted: number): CreateJob[] {
    return this.#sql
      .exec<{ id: string; accountId: string; config: string; submittedAt: number }>(
        `SELECT id, account_id AS accountId, config, submitted_at AS submittedAt FROM job
         WHERE version = 0 AND submitted_at <= ?`,
        noted,
      )
      .toArray();
  }

  /** The order of one job, as {@link BacktestJob.create} takes it, and whether the job is known to exist. */
  findOrder(id: string): { order: CreateJob; exists: boolean } | null {
    const row = this.#sql
      .exec<{ accountId: string; config: string; submittedAt: number; version: number }>(
        'SELECT account_id AS accountId, config, submitted_at AS submittedAt, version FROM job WHERE id = ?',
        id,
      )
      .toArray()[0];
    if (row === undefined) return null;
    const { version, ...order } = row;
    return { order: { id, ...order }, exists: version > 0 };
  }

  /** The job that a request with this signature made, and the arrival of that request. */
  findSignature(signature: string): { id: string; arrival: string } | null {
    const sql = 'SELECT id, arrival FROM job WHERE signature = ?';
    return this.#sql.exec<{ id: string; arrival: string }>(sql, signature).toArray()[0] ?? null;
  }

  /** Takes over what a job says of itself, unless something newer is known. A job that is queued anew waits for a new dispatch. */
  apply(job: JobSnapshot): void {
    this.#sql.exec(
      `UPDATE job SET status = ?, progress = ?, started_at = ?, finished_at = ?, metrics = ?, error = ?, version = ?,
                      dispatched_at = CASE WHEN ? = 'queued' THEN NULL ELSE dispatched_at END,
                      touched = CASE WHEN ? IN ('queued', 'running') THEN touched ELSE 0 END
       WHERE id = ? AND version < ?`,
      job.status,
      job.progress,
      job.startedAt,
      job.finishedAt,
      job.metrics,
      job.error,
      job.version,
      job.status,
      job.status,
      job.id,
      job.version,
    );
  }

  /** Counts a request that was let in and may change a job. False where there is none that is not known to be final. */
  touch(id: string): boolean {
    const sql = `UPDATE job SET touched = touched + 1 WHERE id = ? AND status IN ('queued', 'running') RETURNING 1`;
    return this.#sql.exec(sql, id).toArray().length > 0;
  }

  /** Counts one of them no more. */
  untouch(id: string): void {
    this.#sql.exec('UPDATE job SET touched = touched - 1 WHERE id = ? AND touched > 0', id);
  }

  /**
   * A page, without the jobs that became final at or before `over`: their time is over, though they may not be deleted yet.
   * With a status also the jobs that may have it by now: `+` keeps SQLite to the index of those, which are few.
   */
  list(filter: JobFilter, over: number): JobPage {
    const { status, limit } = filter;
    const kept = [['(finished_at IS NULL OR finished_at > ?)', over]] as const;
    const rows =
      status === null
        ? this.#rows(filter, kept)
        : [
            ...this.#rows(filter, [...kept, ['status = ?', status]]),
            ...this.#rows(filter, [
              ["touched > 0 AND +status IN ('queued', 'running') AND +status <> ?", status],
            ]),
          ].sort((one, other) => other.seq - one.seq);
    const page = rows.slice(0, limit);
    return { jobs: page.map(toListed), next: rows.length > limit ? (page.at(-1)?.seq ?? null) : null };
  }

  /** The newest that fit, one more than are asked for; `also` are further conditions, each on one value. */
  #rows(
    { templateId, from, to, before, limit }: JobFilter,
    also: readonly (readonly [condition: string, value: string | number])[],
  ): JobRow[] {
    const all = [
      ...also,
      ['template_id = ?', templateId],
      ['submitted_at >= ?', from],
      ['submitted_at < ?', to],
      ['seq < ?', before],
    ] as const;
    const asked = all.filter((each): each is readonly [string, string | number] => each[1] !== null);
    const conditions = ['version > 0', ...asked.map(([condition]) => condition)].join(' AND ');
    const sql = `SELECT * FROM job WHERE ${conditions} ORDER BY seq DESC LIMIT ?`;
    return this.#sql.exec<JobRow>(sql, ...asked.map(([, value]) => value), limit + 1).toArray();
  }

  /** Gives free slots to the jobs that have waited longest, and says which. */
  takeSlots(most: number, now: number): string[] {
    const held = this.#sql
      .exec<{ n: number }>(
        `SELECT (SELECT count(*) FROM job WHERE status = 'running')
              + (SELECT count(*) FROM job WHERE status = 'queued' AND dispatched_at IS NOT NULL) AS n`,
      )
      .one().n;
    const waiting = `SELECT id FROM job WHERE status = 'queued' AND dispatched_at IS NULL AND version > 0 ORDER BY seq LIMIT ?`;
    const ids = this.#ids(waiting, Math.max(0, most - held));
    for (const id of ids) this.#sql.exec('UPDATE job SET dispatched_at = ? WHERE id = ?', now, id);
    return ids;
  }

  /** Renews the dispatch of jobs dispatched at or before `before` that nobody started, and says which. */
  takeOverdue(before: number, now: number): string[] {
    const sql = `UPDATE job SET dispatched_at = ? WHERE status = 'queued' AND dispatched_at IS NOT NULL AND dispatched_at <= ? RETURNING id`;
    return this.#ids(sql, now, before);
  }

  /** Puts a job whose dispatch could not be sent back among those that wait. */
  undoDispatch(id: string): void {
    this.#sql.exec("UPDATE job SET dispatched_at = NULL WHERE id = ? AND status = 'queued'", id);
  }

  /** When the oldest intent was noted whose job is not known to exist; null where there is none. */
  oldestIntent(): number | null {
    return this.#oldest('SELECT min(submitted_at) AS at FROM job WHERE version = 0');
  }

  /** When the oldest dispatch was made that nobody took up; null where there is none. */
  oldestDispatch(): number | null {
    return this.#oldest(
      "SELECT min(dispatched_at) AS at FROM job WHERE status = 'queued' AND dispatched_at IS NOT NULL",
    );
  }

  #oldest(sql: string): number | null {
    return this.#sql.exec<{ at: number | null }>(sql).one().at;
  }

  #ids(sql: string, ...values: number[]): string[] {
    return this.#sql
      .exec<{ id: string }>(sql, ...values)
      .toArray()
      .map((row) => row.id);
  }
}

/** Heartbeats move a running job, and time its lease, without the account being told. */
function toListed(row: JobRow): ListedJob {
  const isOpen = row.status === 'running' || (row.status === 'queued' && row.touched > 0);
  return { job: toSnapshot(row), isOpen };
}

function toSnapshot(row: JobRow): JobSnapshot {
  return {
    id: row.id,
    status: row.status,
    config: row.config,
    submittedAt: row.submitted_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    progress: row.progress,
    metrics: row.metrics,
    error: row.error,
    version: row.version,
  };
}

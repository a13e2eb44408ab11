import { joined } from '../bytes.ts';
import { ROW_BYTES, type StoredResult } from '../results/stored.ts';
import { isFinal, type JobState, type JobStatus, type StatusChange } from './machine.ts';
import { storedError, type AuditRow, type JobRecord } from './record.ts';

/** Who is behind a change of status: an API key or `system`, and the request it came with, if any. */
export interface Actor {
  readonly actor: string;
  /** The account of the API key: it has noted that the job may change, if the job is its own. */
  readonly accountId: string | null;
  readonly requestId: string | null;
  /** Tells one arrival of a request from another: a call whose answer was lost on the way may come again, as the same arrival. */
  readonly arrival: string | null;
}

type JobRow = {
  id: string;
  account_id: string;
  config: string;
  submitted_at: number;
  status: JobStatus;
  progress: number;
  attempt: number;
  lease: string | null;
  lease_expires_at: number | null;
  started_at: number | null;
  finished_at: number | null;
  result_digest: string | null;
  error: string | null;
  metrics: string | null;
  cancel_key: string | null;
  cancel_body: string | null;
  ended_by: string | null;
  version: number;
  published: number;
  revision: number;
};

/** The SQL of a job object. Every method is synchronous: what one call of the object does between two awaits is atomic. */
export class JobStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The job, or null before it is created. */
  read(): JobRecord | null {
    const row = this.#sql.exec<JobRow>('SELECT * FROM job').toArray()[0];
    if (row === undefined) return null;
    return {
      id: row.id,
      accountId: row.account_id,
      config: row.config,
      submittedAt: row.submitted_at,
      state: {
        status: row.status,
        progress: row.progress,
        attempt: row.attempt,
        lease: row.lease,
        leaseExpiresAt: row.lease_expires_at,
        startedAt: row.started_at,
        finishedAt: row.finished_at,
        resultDigest: row.result_digest,
        error: row.error === null ? null : storedError.parse(JSON.parse(row.error)),
      },
      metrics: row.metrics,
      cancelKey: row.cancel_key,
      cancelBody: row.cancel_body,
      endedBy: row.ended_by,
      version: row.version,
      published: row.published,
      revision: row.revision,
    };
  }

  /** Writes a job that is not there yet. The account that creates it knows its first version by that. */
  insert(job: { id: string; accountId: string; config: string; submittedAt: number }, state: JobState): void {
    this.#sql.exec(
      `INSERT INTO job (id, account_id, config, submitted_at, status, progress, attempt, version, published, revision)
       VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, 1)`,
      job.id,
      job.accountId,
      job.config,
      job.submittedAt,
      state.status,
      state.progress,
      state.attempt,
    );
  }

  /**
   * Writes a new status with its audit row. The guard stands in the SQL too: what was decided on must still be there.
   * @throws Error when it is not, which is a bug.
   */
  writeChange(before: JobRecord, state: JobState, change: StatusChange, by: Actor): void {
    const endedBy = isFinal(state.status) ? by.arrival : null;
    this.#write(before, state, { version: before.version + 1, revision: before.revision + 1 }, endedBy);
    this.#sql.exec(
      'INSERT INTO audit (at, from_status, to_status, actor, reason, request_id) VALUES (?, ?, ?, ?, ?, ?)',
      change.at,
      change.from,
      change.to,
      by.actor,
      change.reason,
      by.requestId,
    );
  }

  /** Writes moved progress and lease; the status is unchanged. Guarded like {@link writeChange}. */
  writeRenewal(before: JobRecord, state: JobState): void {
    const moved = state.progress !== before.state.progress;
    const revision = moved ? before.revision + 1 : before.revision;
    this.#write(before, state, { version: before.version, revision }, null);
  }

  #write(
    before: JobRecord,
    state: JobState,
    count: { version: number; revision: number },
    endedBy: string | null,
  ): void {
    const written = this.#sql
      .exec(
        `UPDATE job SET status = ?, progress = ?, attempt = ?, lease = ?, lease_expires_at = ?, started_at = ?,
                        finished_at = ?, result_digest = ?, error = ?, ended_by = ?, version = ?, revision = ?
         WHERE version = ? AND status = ? AND lease IS ? AND finished_at IS NULL
         RETURNING 1`,
        state.status,
        state.progress,
        state.attempt,
        state.lease,
        state.leaseExpiresAt,
        state.startedAt,
        state.finishedAt,
        state.resultDigest,
        state.error === null ? null : JSON.stringify(state.error),
        endedBy,
        count.version,
        count.revision,
        before.version,
        before.state.status,
        before.state.lease,
      )
      .toArray().length;
    if (written !== 1) throw new Error(`Job ${before.id} changed between reading and writing.`);
  }

  /**
   * Keeps the result that won, with its metrics for lists.
   * @throws RangeError where it is too large for a row.
   */
  writeResult(result: StoredResult, metrics: string): void {
    if (result.kind === 'object') {
      const { key, before, after } = result;
      this.#sql.exec('INSERT INTO result_object (key, before, after) VALUES (?, ?, ?)', key, before, after);
    } else if (result.bytes.length <= ROW_BYTES) {
      this.#sql.exec('INSERT INTO result_part (part, bytes) VALUES (0, ?)', result.bytes);
    } else throw new RangeError(`A result of ${String(result.bytes.length)} bytes does not fit a row.`);
    this.#sql.exec('UPDATE job SET metrics = ?', metrics);
  }

  /** The result as it was written, or null where there is none. */
  readResult(): StoredResult | null {
    const [object] = this.#sql
      .exec<{ key: string; before: ArrayBuffer; after: ArrayBuffer }>('SELECT * FROM result_object')
      .toArray();
    if (object !== undefined) {
      const { key, before, after } = object;
      return { kind: 'object', key, before: new Uint8Array(before), after: new Uint8Array(after) };
    }
    const parts = this.#sql
      .exec<{ bytes: ArrayBuffer }>('SELECT bytes FROM result_part ORDER BY part')
      .toArray()
      .map(({ bytes }) => bytes);
    return parts.length === 0 ? null : { kind: 'row', bytes: joined(parts) };
  }

  /** Remembers which `Idempotency-Key` cancelled the job, and with what body. */
  writeCancelKey(key: string, body: string): void {
    this.#sql.exec('UPDATE job SET cancel_key = ?, cancel_body = ?', key, body);
  }

  /** Notes that the account knows `version`. */
  writePublished(version: number): void {
    this.#sql.exec('UPDATE job SET published = ? WHERE published < ?', version, version);
  }

  /** Every change of status, oldest first. */
  readAudit(): AuditRow[] {
    return this.#sql
      .exec<{
        at: number;
        from: JobStatus;
        to: JobStatus;
        actor: string;
        reason: string | null;
        requestId: string | null;
      }>(
        `SELECT at, from_status AS "from", to_status AS "to", actor, reason, request_id AS requestId FROM audit ORDER BY seq`,
      )
      .toArray();
  }
}

/**
 * The SQL of creates that an account took back since their job objects could not be reached. Such an object may have acted all
 * the same, with nobody to know of it: it is told, later, to leave nothing behind. Times are milliseconds since the epoch.
 */
export class WithdrawnStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Notes that a job was taken back. */
  insert(jobId: string, now: number): void {
    this.#sql.exec('INSERT INTO withdrawn (job_id, since) VALUES (?, ?)', jobId, now);
  }

  /** The jobs that were taken back at or before `noted`. */
  listed(noted: number): string[] {
    const sql = 'SELECT job_id AS jobId FROM withdrawn WHERE since <= ?';
    return this.#sql
      .exec<{ jobId: string }>(sql, noted)
      .toArray()
      .map(({ jobId }) => jobId);
  }

  /** Forgets one whose object has nothing left. */
  delete(jobId: string): void {
    this.#sql.exec('DELETE FROM withdrawn WHERE job_id = ?', jobId);
  }

  /** When the oldest was taken back; null where there is none. */
  oldest(): number | null {
    return this.#sql.exec<{ since: number | null }>('SELECT min(since) AS since FROM withdrawn').one().since;
  }
}

const KEPT_MS = 86_400_000;

/** The SQL of an account's `Idempotency-Key`s on create: which job each made, for a day. */
export class IdempotencyStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** What a key was first used for, if that is less than a day ago. */
  find(key: string, now: number): { body: string; jobId: string } | null {
    return (
      this.#sql
        .exec<{ body: string; jobId: string }>(
          'SELECT body, job_id AS jobId FROM idempotency WHERE key = ? AND expires_at > ?',
          key,
          now,
        )
        .toArray()[0] ?? null
    );
  }

  /** Notes the use of a key that {@link find} does not know (any more). */
  insert(use: { key: string; body: string }, jobId: string, now: number): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO idempotency (key, body, job_id, expires_at) VALUES (?, ?, ?, ?)',
      use.key,
      use.body,
      jobId,
      now + KEPT_MS,
    );
  }

  /** Forgets the use of a key whose job never came to be. */
  deleteFor(jobId: string): void {
    this.#sql.exec('DELETE FROM idempotency WHERE job_id = ?', jobId);
  }

  /** Forgets keys that are over. */
  prune(now: number): void {
    this.#sql.exec('DELETE FROM idempotency WHERE expires_at <= ?', now);
  }
}

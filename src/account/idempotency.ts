const KEPT_MS = 86_400_000;

/** What a client asked for with an `Idempotency-Key`. */
export interface KeyUse {
  readonly action: 'create' | 'cancel';
  /** A digest of the body that the key came with. */
  readonly body: string;
  /** The job that was made, or is to be cancelled. */
  readonly jobId: string;
}

/** The SQL of an account's `Idempotency-Key`s: what each was first used for, for a day. */
export class IdempotencyStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** What a key was first used for, if that is less than a day ago. */
  find(key: string, now: number): KeyUse | null {
    const [use] = this.#sql
      .exec<{ action: KeyUse['action']; body: string; jobId: string }>(
        'SELECT action, body, job_id AS jobId FROM idempotency WHERE key = ? AND expires_at > ?',
        key,
        now,
      )
      .toArray();
    return use ?? null;
  }

  /** Notes the use of a key that {@link find} does not know (any more), and forgets keys that are over. */
  insert(key: string, { action, body, jobId }: KeyUse, now: number): void {
    this.#sql.exec('DELETE FROM idempotency WHERE expires_at <= ?', now);
    this.#sql.exec(
      'INSERT INTO idempotency (key, action, body, job_id, expires_at) VALUES (?, ?, ?, ?, ?)',
      key,
      action,
      body,
      jobId,
      now + KEPT_MS,
    );
  }

  /** Forgets this use of a key, if it is noted. */
  delete(key: string, { action, body, jobId }: KeyUse): void {
    this.#sql.exec(
      'DELETE FROM idempotency WHERE key = ? AND action = ? AND body = ? AND job_id = ?',
      key,
      action,
      body,
      jobId,
    );
  }

  /** Forgets the use of a key whose job never came to be. */
  deleteFor(jobId: string): void {
    this.#sql.exec('DELETE FROM idempotency WHERE job_id = ?', jobId);
  }
}

/** Longer than a signature can lie within the window on both sides of the clock, which has five minutes at most. */
const KEPT_MS = 86_400_000;

/**
 * The SQL of signatures of creates that were answered without making a job: with the answer of an earlier one, or with a
 * conflict. `Idempotency-Key` is not signed, so whoever has such a request could make a job of it without the key.
 */
export class SpentStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Notes a signature, if it is not noted yet, and forgets those that are too old to be accepted. */
  insert(signature: string, now: number): void {
    this.#sql.exec('DELETE FROM spent_signature WHERE at <= ?', now - KEPT_MS);
    this.#sql.exec('INSERT OR IGNORE INTO spent_signature (signature, at) VALUES (?, ?)', signature, now);
  }

  /** Whether a signature is noted. */
  has(signature: string): boolean {
    const sql = 'SELECT 1 FROM spent_signature WHERE signature = ?';
    return this.#sql.exec(sql, signature).toArray().length > 0;
  }
}

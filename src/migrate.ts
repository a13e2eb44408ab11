/**
 * Brings an object's SQLite database up to date, once per step and in order.
 * @param steps append-only: a step that was ever deployed is never edited, later ones go at the end.
 */
export function migrate(storage: DurableObjectStorage, steps: readonly string[]): void {
  storage.transactionSync(() => {
    storage.sql.exec('CREATE TABLE IF NOT EXISTS migration (step INTEGER PRIMARY KEY)');
    const done = storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM migration').one().n;
    for (const [step, statements] of steps.entries()) {
      if (step < done) continue;
      storage.sql.exec(statements);
      storage.sql.exec('INSERT INTO migration (step) VALUES (?)', step);
    }
  });
}

/** Whether {@link migrate} ever ran here. Reads only, so that asking an object that was never created leaves nothing behind. */
export function isMigrated(storage: DurableObjectStorage): boolean {
  return storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migration'").toArray().length > 0;
}

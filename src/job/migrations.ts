/** The database of one {@link BacktestJob}, append-only. Times are milliseconds since the epoch. */
export const JOB_MIGRATIONS: readonly string[] = [
  `CREATE TABLE job (
     id TEXT PRIMARY KEY,
     account_id TEXT NOT NULL,
     config TEXT NOT NULL,
     submitted_at INTEGER NOT NULL,
     status TEXT NOT NULL,
     progress REAL NOT NULL,
     attempt INTEGER NOT NULL,
     lease TEXT,
     lease_expires_at INTEGER,
     started_at INTEGER,
     finished_at INTEGER,
     result_digest TEXT,
     error TEXT,
     metrics TEXT,
     cancel_key TEXT,
     cancel_body TEXT,
     version INTEGER NOT NULL,
     published INTEGER NOT NULL,
     revision INTEGER NOT NULL
   );
   CREATE TABLE audit (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL,
     from_status TEXT NOT NULL,
     to_status TEXT NOT NULL,
     actor TEXT NOT NULL,
     reason TEXT,
     request_id TEXT
   );
   CREATE TABLE result_part (part INTEGER PRIMARY KEY, bytes BLOB NOT NULL);`,
  // Results that are larger than a row lie in the bucket; parts beyond the first are of a version before.
  `CREATE TABLE result_object (key TEXT PRIMARY KEY, before BLOB NOT NULL, after BLOB NOT NULL);`,
  `ALTER TABLE job ADD COLUMN ended_by TEXT;`,
];

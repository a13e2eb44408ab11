/** The database of one {@link Account}, append-only. Times are milliseconds since the epoch. */
export const ACCOUNT_MIGRATIONS: readonly string[] = [
  `CREATE TABLE setting (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     weight_per_minute INTEGER NOT NULL,
     max_running_jobs INTEGER NOT NULL
   );
   CREATE TABLE budget (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     minute INTEGER NOT NULL,
     used INTEGER NOT NULL,
     reserve_used INTEGER NOT NULL
   );
   CREATE TABLE api_key (
     api_key TEXT PRIMARY KEY,
     permissions TEXT NOT NULL,
     label TEXT,
     created_at INTEGER NOT NULL,
     expires_at INTEGER,
     revoked_at INTEGER
   );
   CREATE TABLE job (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     account_id TEXT NOT NULL,
     template_id TEXT NOT NULL,
     config TEXT NOT NULL,
     submitted_at INTEGER NOT NULL,
     signature TEXT NOT NULL UNIQUE,
     arrival TEXT NOT NULL,
     status TEXT NOT NULL,
     progress REAL NOT NULL,
     started_at INTEGER,
     finished_at INTEGER,
     metrics TEXT,
     error TEXT,
     version INTEGER NOT NULL,
     dispatched_at INTEGER
   );
   CREATE INDEX job_by_status ON job (status, seq);
   CREATE INDEX job_dispatched ON job (dispatched_at) WHERE status = 'queued' AND dispatched_at IS NOT NULL;
   CREATE INDEX job_intent ON job (submitted_at) WHERE version = 0;
   CREATE TABLE idempotency (
     key TEXT PRIMARY KEY,
     body TEXT NOT NULL,
     job_id TEXT NOT NULL,
     expires_at INTEGER NOT NULL
   );`,
  `ALTER TABLE idempotency ADD COLUMN action TEXT NOT NULL DEFAULT 'create';
   CREATE INDEX idempotency_end ON idempotency (expires_at);`,
  // Of a key that is in its grace already, only the end of that is known.
  `ALTER TABLE api_key ADD COLUMN given_end INTEGER;
   UPDATE api_key SET given_end = expires_at;`,
  // Of what was let in before, nothing was counted.
  `ALTER TABLE job ADD COLUMN touched INTEGER NOT NULL DEFAULT 0;
   UPDATE job SET touched = 1 WHERE status IN ('queued', 'running');
   CREATE INDEX job_touched ON job (seq) WHERE touched > 0;`,
  `CREATE TABLE withdrawn (job_id TEXT PRIMARY KEY, since INTEGER NOT NULL);
   CREATE TABLE spent_signature (signature TEXT PRIMARY KEY, at INTEGER NOT NULL);
   CREATE INDEX spent_signature_at ON spent_signature (at);`,
];

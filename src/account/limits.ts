import { DEFAULT_LIMITS, type AccountLimits } from '../schemas/admin.ts';

/** The SQL of an account's limits. */
export class LimitStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The limits that hold now. */
  read(): Required<AccountLimits> {
    const sql = 'SELECT weight_per_minute, max_running_jobs FROM setting';
    return this.#sql.exec<Required<AccountLimits>>(sql).toArray()[0] ?? DEFAULT_LIMITS;
  }

  /** Sets the limits that are named, and gives all of them. */
  write(limits: AccountLimits): Required<AccountLimits> {
    const all = { ...this.read(), ...limits };
    this.#sql.exec(
      'INSERT OR REPLACE INTO setting (id, weight_per_minute, max_running_jobs) VALUES (1, ?, ?)',
      all.weight_per_minute,
      all.max_running_jobs,
    );
    return all;
  }
}

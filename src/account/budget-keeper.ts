import { NOTHING_SPENT, rounded, spend, standing, type BudgetState, type Spending } from './budget.ts';

/** An account's spending: exact in memory, rounded up on disk, so that eviction forgets nothing and a request rarely writes. */
export class BudgetKeeper {
  readonly #sql: SqlStorage;
  /** Null until it is needed. */
  #spending: Spending | null = null;
  #saved: Spending = NOTHING_SPENT;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** See {@link spend}. */
  spend(
    request: { weight: number; reserve: boolean },
    limit: number,
    now: number,
  ): { admitted: boolean; state: BudgetState } {
    this.#spending ??= this.#load();
    const { admitted, spending, state } = spend(this.#spending, request, limit, now);
    this.#spending = spending;
    this.#save(rounded(spending, limit));
    return { admitted, state };
  }

  /** See {@link standing}. */
  standing(limit: number, now: number): BudgetState {
    this.#spending ??= this.#load();
    return standing(this.#spending, limit, now);
  }

  #load(): Spending {
    const query = 'SELECT minute, used, reserve_used AS reserveUsed FROM budget';
    const row = this.#sql.exec<{ minute: number; used: number; reserveUsed: number }>(query).toArray()[0];
    this.#saved = row ?? NOTHING_SPENT;
    return this.#saved;
  }

  #save(next: Spending): void {
    const { minute, used, reserveUsed } = this.#saved;
    if (minute === next.minute && used === next.used && reserveUsed === next.reserveUsed) return;
    this.#saved = next;
    this.#sql.exec(
      'INSERT OR REPLACE INTO budget (id, minute, used, reserve_used) VALUES (1, ?, ?, ?)',
      next.minute,
      next.used,
      next.reserveUsed,
    );
  }
}

import { DurableObject } from 'cloudflare:workers';
import type { JobSnapshot } from '../job/record.ts';
import { isMigrated, migrate } from '../migrate.ts';
import { granted, type Outcome } from '../outcome.ts';
import type { AccountLimits } from '../schemas/admin.ts';
import { readSettings, type Settings } from '../settings.ts';
import type { BudgetState } from './budget.ts';
import { BudgetKeeper } from './budget-keeper.ts';
import type { Admission, AdmissionRefusal, Admitted, CreateRefusal, NewJob } from './calls.ts';
import { Creates } from './creates.ts';
import { IdempotencyStore, type KeyUse } from './idempotency.ts';
import { JobIndex, type JobFilter, type JobPage } from './jobs.ts';
import { KeyStore, type ApiKeyRecord } from './keys.ts';
import { LimitStore } from './limits.ts';
import { ACCOUNT_MIGRATIONS } from './migrations.ts';
import { log, whatFailed } from '../observe/log.ts';

const RETRY_MS = 1000;
const DAY_MS = 86_400_000;
const LAST_RETRY_MS = 60_000;

/**
 * One account: its keys, its budget, which jobs it has and which of them may run now.
 * Jobs themselves decide what they are; here is what they last said.
 */
export class Account extends DurableObject {
  readonly #keys: KeyStore;
  readonly #limits: LimitStore;
  readonly #budget: BudgetKeeper;
  readonly #jobs: JobIndex;
  readonly #idempotency: IdempotencyStore;
  readonly #creates: Creates;
  #armedAt: number | null = null;
  /** Whether the operator ever made this account: asking for one that is not there leaves nothing behind. */
  #exists: boolean;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    this.#keys = new KeyStore(sql);
    this.#limits = new LimitStore(sql);
    this.#budget = new BudgetKeeper(sql);
    this.#jobs = new JobIndex(sql);
    this.#idempotency = new IdempotencyStore(sql);
    this.#creates = new Creates(ctx.storage, env.BACKTEST_JOB, this.#jobs, this.#idempotency, {
      noted: () => {
        this.#arm();
      },
      made: () => {
        this.#dispatchSoon();
      },
    });
    this.#exists = isMigrated(ctx.storage);
    if (!this.#exists) return;
    migrate(ctx.storage, ACCOUNT_MIGRATIONS);
    // What waited for the executor to be switched on, or for an alarm that was lost.
    this.#dispatchSoon();
  }

  /**
   * Lets an authentic request in, or says why not. `budget` is null for worker keys, which are not limited.
   * A job that it may change is noted here, before it does: its answer may be out before the job could tell of the change.
   * Where it was, and the request is refused after all, the note is to be taken back with {@link untouch}.
   */
  admit(request: Admission): Outcome<Admitted, AdmissionRefusal> {
    const now = Date.now();
    const key = this.#exists ? this.#keys.standing(request.apiKey, now) : null;
    if (key === null) return { ok: false, code: 'UNAUTHORIZED' };
    if (!key.permissions.includes(request.permission)) return { ok: false, code: 'FORBIDDEN' };
    const isLimited = !key.permissions.includes('worker');
    const budget = isLimited ? this.#budget.spend(request, this.#limits.read().weight_per_minute, now) : null;
    if (budget?.admitted === false) return { ok: false, code: 'RATE_LIMITED', budget: budget.state };
    const touched = request.touches !== null && this.#jobs.touch(request.touches);
    return granted({ budget: budget?.state ?? null, touched });
  }

  /** Notes that a request may change a job, before it does. False where that needs no note: there is no such job that is open. */
  touch(jobId: string): boolean {
    return this.#exists && this.#jobs.touch(jobId);
  }

  /** Takes back one note of a request that changed nothing. Not to be repeated: each note is taken back once at most. */
  untouch(jobId: string): void {
    this.#jobs.untouch(jobId);
  }

  /** Where the account stands with its budget. */
  budget(): BudgetState {
    return this.#budget.standing(this.#limits.read().weight_per_minute, Date.now());
  }

  /** Creates a job, and lets it run when its turn comes: see {@link Creates.create}. */
  async createJob(order: NewJob): Promise<Outcome<{ job: JobSnapshot; replayed: boolean }, CreateRefusal>> {
    return await this.#creates.create(order, Date.now());
  }

  /**
   * Whether a key of the client's may go with the cancel of a job: not where it was used for something else less than a day ago,
   * be that another body, another job, or a create. `claims` takes a free key for this cancel.
   */
  acceptsKey(key: string, cancel: Omit<KeyUse, 'action'>, claims: boolean): boolean {
    const now = Date.now();
    const first = this.#idempotency.find(key, now);
    if (first !== null)
      return first.action === 'cancel' && first.body === cancel.body && first.jobId === cancel.jobId;
    if (claims) this.#idempotency.insert(key, { action: 'cancel', ...cancel }, now);
    return true;
  }

  /** Frees a key that was taken for a cancel which was refused after all. */
  releaseKey(key: string, cancel: Omit<KeyUse, 'action'>): void {
    this.#idempotency.delete(key, { action: 'cancel', ...cancel });
  }

  /** Hears what a job says of itself. Acknowledged by returning; older news than known is ignored. */
  project(job: JobSnapshot): void {
    if (!this.#exists) return;
    this.#jobs.apply(job);
    this.#dispatchSoon();
  }

  /** Takes a job that is deleted out of the list; one that is not final stays. May be repeated. */
  forget(jobId: string): void {
    if (this.#exists) this.#jobs.deleteFinal(jobId);
  }

  /** A page of the account's jobs. */
  list(filter: JobFilter): JobPage {
    return this.#jobs.list(filter, Date.now() - this.#settings.RETENTION_DAYS * DAY_MS);
  }

  /** Adds an API key; the first one makes the account. May be repeated, like whatever changes keys and limits. */
  addKey(key: ApiKeyRecord): void {
    this.#found();
    this.#keys.insert(key);
  }

  /** The account's API keys, oldest first. */
  listKeys(): ApiKeyRecord[] {
    return this.#exists ? this.#keys.list() : [];
  }

  /**
   * Puts `next` in the place of a key that stands: with its permissions, its label and the end it was given. The old one works
   * for `graceMs` more, but never longer than it would have. Null where there is no such key that stands.
   */
  rotateKey(old: string, next: string, graceMs: number): ApiKeyRecord | null {
    if (!this.#exists) return null;
    const now = Date.now();
    return this.ctx.storage.transactionSync(() => this.#keys.rotate(old, next, now, now + graceMs));
  }

  /** Revokes a key from `now` on; false where there is none that stands. `again`: the answer to the same call was lost. */
  revokeKey(apiKey: string, now: number, again: boolean): boolean {
    return this.#exists && this.#keys.revoke(apiKey, now, again);
  }

  /** Sets the limits that are named, and gives all of them; they may come before the first key. */
  setLimits(limits: AccountLimits): Required<AccountLimits> {
    this.#found();
    const all = this.#limits.write(limits);
    this.#dispatchSoon();
    return all;
  }

  #found(): void {
    if (this.#exists) return;
    migrate(this.ctx.storage, ACCOUNT_MIGRATIONS);
    this.#exists = true;
  }

  /** Finishes creates that were cut off, clears up after those that were taken back, and sends dispatches again that nobody took up. */
  override async alarm(): Promise<void> {
    this.#armedAt = null;
    try {
      await this.#catchUp(Date.now());
    } catch (error) {
      // The platform drops an alarm that keeps throwing; this one must come back.
      log('error', 'account_alarm_failed', whatFailed(error));
      this.#armAt(Date.now() + LAST_RETRY_MS);
    }
  }

  async #catchUp(now: number): Promise<void> {
    await this.#creates.catchUp(now);
    const overdue = this.#settings.EXECUTOR === 'embedded' ? now - this.#settings.LEASE_MS : null;
    await this.#dispatch(overdue === null ? [] : this.#jobs.takeOverdue(overdue, now));
  }

  /** Read when used: a variable that does not fit must not keep an object from being constructed. */
  get #settings(): Settings {
    return readSettings(this.env);
  }

  #dispatchSoon(): void {
    this.ctx.waitUntil(this.#dispatch());
  }

  /** Sends the jobs whose turn it is to the queue, and those to be sent `again`. With external workers they wait for these instead. */
  async #dispatch(again: readonly string[] = []): Promise<void> {
    const embedded = this.#settings.EXECUTOR === 'embedded';
    const slots = this.#limits.read().max_running_jobs;
    const ids = embedded ? [...again, ...this.#jobs.takeSlots(slots, Date.now())] : [];
    this.#arm();
    await this.#send(ids);
  }

  async #send(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      try {
        await this.env.DISPATCH.send({ job_id: id });
      } catch (error) {
        log('error', 'dispatch_failed', { job_id: id, ...whatFailed(error) });
        this.#jobs.undoDispatch(id);
        this.#armAt(Date.now() + RETRY_MS);
      }
    }
  }

  /** Sets the alarm to what is due first. */
  #arm(): void {
    const due = this.#creates.dueAt(Date.now());
    if (due !== null) this.#armAt(due);
    const dispatch = this.#jobs.oldestDispatch();
    const { EXECUTOR, LEASE_MS } = this.#settings;
    if (dispatch !== null && EXECUTOR === 'embedded') this.#armAt(dispatch + LEASE_MS);
  }

  #armAt(at: number): void {
    if (this.#armedAt !== null && this.#armedAt <= at) return;
    this.#armedAt = at;
    // Not awaited: the output gate holds every answer until the alarm is stored with the rows before it.
    void this.ctx.storage.setAlarm(at);
  }
}

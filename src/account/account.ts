import { DurableObject } from 'cloudflare:workers';
import type { CreateJob } from '../job/calls.ts';
import { decodeJobId, encodeJobId } from '../job/job-id.ts';
import type { JobSnapshot } from '../job/record.ts';
import { isMigrated, migrate } from '../migrate.ts';
import { granted, type Outcome } from '../outcome.ts';
import { AT_ONCE, isUnavailable, retrying } from '../rpc.ts';
import type { AccountLimits } from '../schemas/admin.ts';
import { readSettings, type Settings } from '../settings.ts';
import type { BudgetState } from './budget.ts';
import { BudgetKeeper } from './budget-keeper.ts';
import type { Admission, AdmissionRefusal, Admitted, CreateRefusal, NewJob } from './calls.ts';
import { IdempotencyStore, type KeyUse } from './idempotency.ts';
import { JobIndex, type JobFilter, type JobPage } from './jobs.ts';
import { KeyStore, type ApiKeyRecord } from './keys.ts';
import { LimitStore } from './limits.ts';
import { ACCOUNT_MIGRATIONS } from './migrations.ts';
import { SpentStore } from './spent.ts';
import { WithdrawnStore } from './withdrawn.ts';
import { log, whatFailed } from '../observe/log.ts';

/** How long a create may take before the alarm takes it over. */
const INTENT_MS = 5000;
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
  readonly #withdrawn: WithdrawnStore;
  readonly #spent: SpentStore;
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
    this.#withdrawn = new WithdrawnStore(sql);
    this.#spent = new SpentStore(sql);
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

  /**
   * Creates a job: first the intent, which outlives a crash, then the job, then its dispatch.
   * `UNAVAILABLE` means that the job object could not be reached: the account has no such job, and never will.
   */
  async createJob(order: NewJob): Promise<Outcome<{ job: JobSnapshot; replayed: boolean }, CreateRefusal>> {
    const now = Date.now();
    const same = this.#jobs.findSignature(order.signature);
    if (same?.arrival === order.arrival) return await this.#begunBefore(same.id);
    const first = order.idempotency === null ? null : this.#idempotency.find(order.idempotency.key, now);
    if (first !== null) {
      this.#spent.insert(order.signature, now);
      const isRepeated = first.action === 'create' && first.body === order.idempotency?.body;
      if (!isRepeated) return { ok: false, code: 'IDEMPOTENCY_CONFLICT' };
      return await this.#firstAnswer(first.jobId);
    }
    if (same !== null || this.#spent.has(order.signature)) return { ok: false, code: 'REPLAYED_REQUEST' };

    const id = encodeJobId(this.env.BACKTEST_JOB.newUniqueId());
    const { accountId, config } = order;
    const created: CreateJob = { id, accountId, config, submittedAt: now };
    this.ctx.storage.transactionSync(() => {
      const { templateId, signature, arrival } = order;
      this.#jobs.insertIntent({ ...created, templateId, signature, arrival });
      if (order.idempotency === null) return;
      const { key, body } = order.idempotency;
      this.#idempotency.insert(key, { action: 'create', body, jobId: id }, now);
    });
    this.#arm();
    return await this.#finished(created);
  }

  /** Makes the job of an intent exist, or takes the intent back. */
  async #finished(
    order: CreateJob,
  ): Promise<Outcome<{ job: JobSnapshot; replayed: boolean }, CreateRefusal>> {
    try {
      await this.#realize(order);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      log('error', 'create_failed', { job_id: order.id, account: order.accountId, ...whatFailed(error) });
      if (this.#withdraw(order.id)) return { ok: false, code: 'UNAVAILABLE' };
    }
    return granted({ job: asCreated(order), replayed: false });
  }

  /** Goes on with a create whose answer was lost on the way to whoever asks for it again. */
  async #begunBefore(
    jobId: string,
  ): Promise<Outcome<{ job: JobSnapshot; replayed: boolean }, CreateRefusal>> {
    const known = this.#jobs.findOrder(jobId);
    if (known === null) return { ok: false, code: 'UNAVAILABLE' };
    return known.exists
      ? granted({ job: asCreated(known.order), replayed: false })
      : await this.#finished(known.order);
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
    for (const order of this.#jobs.openIntents(now - INTENT_MS)) {
      try {
        await this.#realize(order);
      } catch (error) {
        log('error', 'create_failed', { job_id: order.id, account: order.accountId, ...whatFailed(error) });
      }
    }
    for (const id of this.#withdrawn.listed(now - INTENT_MS)) {
      try {
        await retrying(() => this.#job(id).discard(), AT_ONCE);
        this.#withdrawn.delete(id);
      } catch (error) {
        log('error', 'discard_failed', { job_id: id, ...whatFailed(error) });
      }
    }
    const overdue = this.#settings.EXECUTOR === 'embedded' ? now - this.#settings.LEASE_MS : null;
    await this.#dispatch(overdue === null ? [] : this.#jobs.takeOverdue(overdue, now));
  }

  /** Waits for the job of an earlier create, and answers as that one did or was about to. */
  async #firstAnswer(
    jobId: string,
  ): Promise<Outcome<{ job: JobSnapshot; replayed: boolean }, CreateRefusal>> {
    const known = this.#jobs.findOrder(jobId);
    if (known === null) return { ok: false, code: 'UNAVAILABLE' };
    if (!known.exists) {
      try {
        await this.#realize(known.order);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        return { ok: false, code: 'UNAVAILABLE' };
      }
      // The create that came first may have given up meanwhile, and taken its intent back.
      if (this.#jobs.findOrder(jobId) === null) return { ok: false, code: 'UNAVAILABLE' };
    }
    return granted({ job: asCreated(known.order), replayed: true });
  }

  /** Makes the job object of an intent exist, and lets it run when its turn comes. */
  async #realize(order: CreateJob): Promise<void> {
    this.#jobs.apply(await retrying(() => this.#job(order.id).create(order), AT_ONCE));
    this.#dispatchSoon();
  }

  #job(id: string) {
    const objectId = decodeJobId(this.env.BACKTEST_JOB, id);
    if (objectId === null) throw new Error(`${id} is no job id.`);
    return this.env.BACKTEST_JOB.get(objectId);
  }

  /** Takes a create back; false where its job is known to exist. */
  #withdraw(id: string): boolean {
    const withdrawn = this.ctx.storage.transactionSync(() => {
      if (!this.#jobs.deleteIntent(id)) return false;
      this.#idempotency.deleteFor(id);
      this.#withdrawn.insert(id, Date.now());
      return true;
    });
    if (withdrawn) this.#arm();
    return withdrawn;
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
    const { intent, dispatch } = this.#jobs.oldest();
    for (const begun of [intent, this.#withdrawn.oldest()]) {
      if (begun === null) continue;
      this.#armAt(Math.max(begun + INTENT_MS, Date.now() + retryDelay(Date.now() - begun)));
    }
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

/** How long to wait before trying again what has failed for `ageMs`: ever longer, up to a minute. */
function retryDelay(ageMs: number): number {
  return Math.min(LAST_RETRY_MS, Math.max(RETRY_MS, ageMs / 4));
}

/** A job as it was when it was created, which is what its create answered. */
function asCreated(job: CreateJob): JobSnapshot {
  return {
    id: job.id,
    status: 'queued',
    config: job.config,
    submittedAt: job.submittedAt,
    startedAt: null,
    finishedAt: null,
    progress: 0,
    metrics: null,
    error: null,
    version: 1,
  };
}

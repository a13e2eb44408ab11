import { DurableObject } from 'cloudflare:workers';
import { isMigrated, migrate } from '../migrate.ts';
import { granted, type Outcome } from '../outcome.ts';
import { deleteResults } from '../results/bucket.ts';
import type { StoredResult } from '../results/stored.ts';
import { readSettings, type Settings } from '../settings.ts';
import type { CancelJob, CompleteJob, CreateJob, HeartbeatAnswer, JobRefusal, Lease } from './calls.ts';
import { NEW_JOB, isFinal, transition, type JobError, type JobEvent } from './machine.ts';
import { JOB_MIGRATIONS } from './migrations.ts';
import { Owner, type Reception } from './owner.ts';
import { snapshotOf, type AuditRow, type JobRecord, type JobSnapshot } from './record.ts';
import { JobStore, type Actor } from './store.ts';
import { Watchers } from './watchers.ts';
import { log, whatFailed } from '../observe/log.ts';

const DAY_MS = 86_400_000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
const MAX_MESSAGE = 2000;
const SYSTEM: Actor = { actor: 'system', accountId: null, requestId: null, arrival: null };

/** The header of {@link BacktestJob.fetch} that names the account on whose behalf the job is watched. */
export const WATCHING_ACCOUNT = 'X-PipAI-Account';

const NOT_FOUND = { ok: false, code: 'NOT_FOUND' } as const;
const UNAVAILABLE = { ok: false, code: 'UNAVAILABLE' } as const;

/**
 * One job: the only writer of its status, lease, progress, result and audit trail.
 * Cancel, completion, failure and lease expiry meet here in one order. Each call reads, decides and writes without an `await`
 * between, and nothing is answered before the account was told of a change (or the telling is down to the alarm).
 */
export class BacktestJob extends DurableObject {
  readonly #store: JobStore;
  readonly #owner: Owner;
  readonly #watchers: Watchers;
  /** Alarms in a row after which the account still did not know. */
  #failedAlarms = 0;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#store = new JobStore(ctx.storage.sql);
    this.#owner = new Owner(env.ACCOUNT);
    this.#watchers = new Watchers(ctx);
    if (isMigrated(ctx.storage)) migrate(ctx.storage, JOB_MIGRATIONS);
  }

  /** Creates the job, once: a repeated order finds what the first one made. */
  create(order: CreateJob): JobSnapshot {
    migrate(this.ctx.storage, JOB_MIGRATIONS);
    if (this.#store.read() === null) this.#store.insert(order, NEW_JOB);
    return snapshotOf(this.#existing());
  }

  /** Leaves nothing behind of a job whose create was taken back. May be repeated; one that anything happened to stays. */
  async discard(): Promise<void> {
    if (isMigrated(this.ctx.storage) && (this.#store.read()?.version ?? 1) === 1)
      await this.ctx.storage.deleteAll();
  }

  /** The job without its result, if it is `accountId`'s. */
  async snapshot(accountId: string): Promise<Outcome<JobSnapshot, JobRefusal>> {
    return await this.#readAs(accountId, snapshotOf);
  }

  /** The job with its result, if it is `accountId`'s. */
  async get(
    accountId: string,
  ): Promise<Outcome<{ job: JobSnapshot; result: StoredResult | null }, JobRefusal>> {
    return await this.#readAs(accountId, (job) => ({
      job: snapshotOf(job),
      result: this.#store.readResult(),
    }));
  }

  /** The changes of status, oldest first, if the job is `accountId`'s. */
  async audit(accountId: string): Promise<Outcome<AuditRow[], JobRefusal>> {
    return await this.#readAs(accountId, () => this.#store.readAudit());
  }

  /** Reads for `accountId`, if the job is its own: no more than it knows itself, since a list must show at least that afterwards. */
  async #readAs<T>(accountId: string, read: (job: JobRecord) => T): Promise<Outcome<T, JobRefusal>> {
    const job = this.#current(Date.now());
    if (job?.accountId !== accountId) return NOT_FOUND;
    if (!(await this.#publish())) return UNAVAILABLE;
    return granted(read(this.#existing()));
  }

  /**
   * Opens a WebSocket that tells a {@link Moment} at once and after every change, and closes after a final one.
   * An Upgrade that names the account in {@link WATCHING_ACCOUNT}; 404 unless the job is that account's.
   */
  override async fetch(request: Request): Promise<Response> {
    const job = this.#current(Date.now());
    if (job?.accountId !== request.headers.get(WATCHING_ACCOUNT)) return new Response(null, { status: 404 });
    const told = await this.#publish();
    const present = this.#existing();
    // Another call may have told the account meanwhile. What it does not know yet is told to every watcher once it does.
    return this.#watchers.accept(told || present.published === present.version ? present : null);
  }

  /** Cancels a job that is not final. Once this has answered `ok`, nothing changes the job again. */
  async cancel(wish: CancelJob): Promise<Outcome<{ job: JobSnapshot; replayed: boolean }, JobRefusal>> {
    const owned = this.#current(Date.now());
    if (owned?.accountId !== wish.accountId) return NOT_FOUND;
    const misused = wish.idempotency === null ? null : await this.#owner.askForKey(owned, wish.idempotency);
    // Others may have been served while the account was asked.
    const now = Date.now();
    const job = this.#current(now);
    if (job === null) return NOT_FOUND;
    const answer = misused ?? this.#cancelNow(job, wish, now);
    const told = await this.#afterTelling(answer);
    const isLate = !answer.ok && answer.code === 'INVALID_STATE';
    if (isLate && wish.idempotency !== null) await this.#owner.releaseKey(owned, wish.idempotency);
    return told;
  }

  #cancelNow(
    job: JobRecord,
    wish: CancelJob,
    now: number,
  ): Outcome<{ job: JobSnapshot; replayed: boolean }, JobRefusal> {
    const { idempotency } = wish;
    if (this.#endedBy(job, wish)) return granted({ job: snapshotOf(job), replayed: false });
    const isKept = now < (job.state.finishedAt ?? 0) + DAY_MS;
    if (idempotency !== null && idempotency.key === job.cancelKey && isKept) {
      if (idempotency.body !== job.cancelBody) return { ok: false, code: 'IDEMPOTENCY_CONFLICT' };
      return granted({ job: snapshotOf(job), replayed: true });
    }
    const refusal = this.#decide(job, { type: 'cancel', reason: wish.reason }, now, wish, () => {
      if (idempotency !== null) this.#store.writeCancelKey(idempotency.key, idempotency.body);
    });
    return refusal ?? granted({ job: snapshotOf(this.#existing()), replayed: false });
  }

  /** Whether it was this very arrival that made the job final: it comes again since its answer was lost on the way. */
  #endedBy(job: JobRecord, { arrival }: Actor): boolean {
    return arrival !== null && job.endedBy === arrival;
  }

  /** Hands a queued job to a worker. May be repeated with the same `lease`, which nobody else has. */
  async start(lease: string, by: Actor): Promise<Outcome<Lease, JobRefusal>> {
    return await this.#changeBy(by, (job, now) => {
      const leaseMs = this.#settings.LEASE_MS;
      const refusal = this.#decide(job, { type: 'start', lease, leaseMs }, now, by);
      const started = this.#existing();
      return (
        refusal ??
        granted({
          lease,
          attempt: started.state.attempt,
          leaseExpiresAt: started.state.leaseExpiresAt ?? now,
          accountId: started.accountId,
          job: snapshotOf(started),
        })
      );
    });
  }

  /**
   * Lets a worker change the job, once its account has noted that it may: at the worker's own account, which is mostly another,
   * nobody asks for the job. The executor needs no note, since nobody has its answers.
   */
  async #changeBy<T>(
    { accountId }: Actor,
    change: (job: JobRecord, now: number) => Outcome<T, JobRefusal>,
  ): Promise<Outcome<T, JobRefusal>> {
    const before = this.#current(Date.now());
    if (before === null) return NOT_FOUND;
    const isStrange = accountId !== null && accountId !== before.accountId;
    const touched = isStrange && (await this.#owner.touch(before));
    if (touched === null) return UNAVAILABLE;
    // Others may have been served while the account was asked.
    const now = Date.now();
    const job = this.#current(now);
    if (job === null) return NOT_FOUND;
    const answer = change(job, now);
    const told = await this.#afterTelling(answer);
    if (touched && !answer.ok) await this.#owner.untouch(job);
    return told;
  }

  /**
   * Renews a lease and notes the progress, or tells the worker to stop. An answer that says how the job is and `isShown` to a
   * client is not given where the account does not know; the executor is to stop in any case.
   */
  async heartbeat(
    beat: { lease: string; progress: number },
    isShown = false,
  ): Promise<Outcome<HeartbeatAnswer, JobRefusal>> {
    const now = Date.now();
    const job = this.#current(now);
    if (job === null) return NOT_FOUND;
    const answer = this.#renew(job, beat, now);
    // Nothing to do unless a lost lease was noticed just now, or the account was out of reach before.
    const told = await this.#publish();
    const tells = !answer.ok || !answer.value.continue;
    return isShown && tells && !told ? UNAVAILABLE : answer;
  }

  #renew(
    job: JobRecord,
    beat: { lease: string; progress: number },
    now: number,
  ): Outcome<HeartbeatAnswer, JobRefusal> {
    const leaseMs = this.#settings.LEASE_MS;
    const decision = transition(job.state, { type: 'heartbeat', ...beat, leaseMs }, now);
    if (decision.kind === 'refused') return { ok: false, code: decision.code, status: decision.status };
    if (decision.kind === 'unchanged') return granted({ continue: false, status: job.state.status });
    this.#store.writeRenewal(job, decision.state);
    return granted({ continue: true, leaseExpiresAt: now + leaseMs });
  }

  /**
   * Ends a running job with its result. The winner may repeat it. `kept` tells whether an object that the report names is now
   * the job's; where it is not, the caller is to delete it.
   */
  async complete(
    report: CompleteJob,
    by: Actor,
  ): Promise<Outcome<{ job: JobSnapshot; kept: boolean }, JobRefusal>> {
    return await this.#changeBy(by, (job, now) => {
      const { lease, digest, result, metrics } = report;
      const event = { type: 'complete', lease, resultDigest: digest } as const;
      const refusal = this.#decide(job, event, now, by, () => {
        this.#store.writeResult(result, metrics);
      });
      return refusal ?? granted({ job: snapshotOf(this.#existing()), kept: this.#holds(result) });
    });
  }

  #holds(result: StoredResult): boolean {
    const own = this.#store.readResult();
    return own?.kind === 'object' && result.kind === 'object' && own.key === result.key;
  }

  /** Ends a running job with an error; its message is cut to 2000 characters. The same arrival may come again. */
  async fail(
    report: { lease: string; error: JobError },
    by: Actor,
  ): Promise<Outcome<JobSnapshot, JobRefusal>> {
    return await this.#changeBy(by, (job, now) => {
      if (this.#endedBy(job, by)) return granted(snapshotOf(job));
      const { lease, error } = report;
      const clipped = { ...error, message: error.message.slice(0, MAX_MESSAGE) };
      const refusal = this.#decide(job, { type: 'fail', lease, error: clipped }, now, by);
      return refusal ?? granted(snapshotOf(this.#existing()));
    });
  }

  /** Takes note that the queue gave up delivering this job: a job that nobody runs then fails. */
  async deadLetter(): Promise<void> {
    const now = Date.now();
    const job = this.#current(now);
    if (job === null) return;
    this.#decide(job, { type: 'dead_letter' }, now, SYSTEM);
    await this.#publish();
  }

  /** Looks after what is due: a lost lease, a change the account has not heard of, the end of retention. May come late, early or twice. */
  override async alarm(): Promise<void> {
    try {
      if (this.#lookedAt(Date.now()) === null) return;
      await this.#publish();
      const after = this.#existing();
      if (after.published < after.version) this.#failedAlarms += 1;
      else if (Date.now() >= this.#keptUntil(after)) {
        await this.#vanish(after);
        return;
      }
      this.#arm(after);
    } catch (error) {
      // The platform drops an alarm that keeps throwing; this one must come back.
      log('error', 'job_alarm_failed', whatFailed(error));
      await this.ctx.storage.setAlarm(Date.now() + LAST_RETRY_MS);
    }
  }

  /** Read when used: a variable that does not fit must not keep an object from being constructed. */
  get #settings(): Settings {
    return readSettings(this.env);
  }

  /** The job with everything due done; null before it is created, and when its time is over, though it may not be deleted yet. */
  #current(now: number): JobRecord | null {
    const job = this.#lookedAt(now);
    return job === null || now >= this.#keptUntil(job) ? null : job;
  }

  /** The job after a look whether its lease is over, or null before it is created. */
  #lookedAt(now: number): JobRecord | null {
    if (!isMigrated(this.ctx.storage)) return null;
    const job = this.#store.read();
    if (job === null) return null;
    this.#decide(job, { type: 'tick', maxAttempts: this.#settings.MAX_ATTEMPTS }, now, SYSTEM);
    return this.#existing();
  }

  #existing(): JobRecord {
    const job = this.#store.read();
    if (job === null) throw new Error('The job object holds no job.');
    return job;
  }

  /** Decides and writes in one transaction; `withIt` writes what belongs to the change. Gives the refusal, or null. */
  #decide(job: JobRecord, event: JobEvent, now: number, by: Actor, withIt?: () => void): JobRefusal | null {
    const decision = transition(job.state, event, now);
    if (decision.kind === 'refused') return { ok: false, code: decision.code, status: decision.status };
    if (decision.kind === 'changed') {
      this.ctx.storage.transactionSync(() => {
        this.#store.writeChange(job, decision.state, decision.change, by);
        withIt?.();
      });
      this.#arm(this.#existing());
    }
    return null;
  }

  /**
   * Tells the account of the present state until it has acknowledged it, and then the watchers: a list must show at least what
   * they know. False where the account could not be reached; the alarm goes on there. Where the account fails over what it is
   * told, the job is shown all the same: one bug must not hide it for ever.
   */
  async #publish(): Promise<boolean> {
    let job: JobRecord;
    do {
      job = this.#existing();
      if (job.published < job.version && (await this.#tellAccount(job)) === 'unreachable') return false;
      this.#watchers.tell(job);
    } while (job.version < this.#existing().version);
    return true;
  }

  /**
   * Gives an answer once the account knows how the job is. A refusal that tells that is none to give where the account does not
   * know; what was done is said all the same: the account knows that it may have been.
   */
  async #afterTelling<T>(answer: Outcome<T, JobRefusal>): Promise<Outcome<T, JobRefusal>> {
    return (await this.#publish()) || answer.ok ? answer : UNAVAILABLE;
  }

  async #tellAccount(job: JobRecord): Promise<Reception> {
    const reception = await this.#owner.tell(job);
    if (reception !== 'acknowledged') return reception;
    this.#failedAlarms = 0;
    this.#store.writePublished(job.version);
    this.#arm(this.#existing());
    return reception;
  }

  /** When a final job is to be deleted; never of another. */
  #keptUntil({ state }: JobRecord): number {
    return state.finishedAt === null ? Infinity : state.finishedAt + this.#settings.RETENTION_DAYS * DAY_MS;
  }

  /** Deletes the job wherever it is known, itself last: what is cut off is begun again by the alarm. */
  async #vanish(job: JobRecord): Promise<void> {
    await this.#owner.forget(job);
    await deleteResults(this.env.RESULTS, job.id);
    await this.ctx.storage.deleteAll();
    log('info', 'job_deleted', { job_id: job.id, account: job.accountId });
  }

  /** Sets the object's one alarm to what is due first. */
  #arm(job: JobRecord): void {
    const due: number[] = [];
    if (job.published < job.version) {
      due.push(Date.now() + Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failedAlarms));
    }
    if (job.state.leaseExpiresAt !== null) due.push(job.state.leaseExpiresAt);
    if (isFinal(job.state.status)) due.push(this.#keptUntil(job));
    // Not awaited: the output gate holds every answer until the alarm is stored with the rows before it.
    void (due.length > 0 ? this.ctx.storage.setAlarm(Math.min(...due)) : this.ctx.storage.deleteAlarm());
  }
}

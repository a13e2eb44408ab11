import type { BacktestJob } from '../job/backtest-job.ts';
import type { CreateJob } from '../job/calls.ts';
import { decodeJobId, encodeJobId } from '../job/job-id.ts';
import type { JobSnapshot } from '../job/record.ts';
import { log, whatFailed } from '../observe/log.ts';
import { granted, type Outcome } from '../outcome.ts';
import { AT_ONCE, isUnavailable, retrying } from '../rpc.ts';
import type { CreateRefusal, NewJob } from './calls.ts';
import type { IdempotencyStore } from './idempotency.ts';
import type { JobIndex } from './jobs.ts';
import { SpentStore } from './spent.ts';
import { WithdrawnStore } from './withdrawn.ts';

/** How long a create may take before the alarm takes it over. */
const INTENT_MS = 5000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

/** What a create comes to. */
type Created = Outcome<{ job: JobSnapshot; replayed: boolean }, CreateRefusal>;

/** What else an account has to do when creates move on. */
export interface Consequences {
  /** There is something that the alarm may have to finish: see {@link Creates.dueAt}. */
  noted(): void;
  /** A job exists, and may run when its turn comes. */
  made(): void;
}

/**
 * How jobs of an account come to be: first the intent, which outlives a crash, then the job's object. A create is driven to its
 * end by whoever comes by, or taken back; each signature and each key of a client's makes one job at most.
 */
export class Creates {
  readonly #storage: DurableObjectStorage;
  readonly #objects: DurableObjectNamespace<BacktestJob>;
  readonly #jobs: JobIndex;
  readonly #idempotency: IdempotencyStore;
  readonly #withdrawn: WithdrawnStore;
  readonly #spent: SpentStore;
  readonly #then: Consequences;

  constructor(
    storage: DurableObjectStorage,
    objects: DurableObjectNamespace<BacktestJob>,
    jobs: JobIndex,
    idempotency: IdempotencyStore,
    then: Consequences,
  ) {
    this.#storage = storage;
    this.#objects = objects;
    this.#jobs = jobs;
    this.#idempotency = idempotency;
    this.#withdrawn = new WithdrawnStore(storage.sql);
    this.#spent = new SpentStore(storage.sql);
    this.#then = then;
  }

  /**
   * Creates a job, or answers as the create did that this one repeats. `UNAVAILABLE` means that the job object could not be
   * reached: the account has no such job, and never will.
   */
  async create(order: NewJob, now: number): Promise<Created> {
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

    const id = encodeJobId(this.#objects.newUniqueId());
    const { accountId, config } = order;
    const created: CreateJob = { id, accountId, config, submittedAt: now };
    this.#storage.transactionSync(() => {
      const { templateId, signature, arrival } = order;
      this.#jobs.insertIntent({ ...created, templateId, signature, arrival });
      if (order.idempotency === null) return;
      const { key, body } = order.idempotency;
      this.#idempotency.insert(key, { action: 'create', body, jobId: id }, now);
    });
    this.#then.noted();
    return await this.#finished(created);
  }

  /** When to {@link catchUp} at the latest; null where nothing was begun that has not ended. */
  dueAt(now: number): number | null {
    const begun = [this.#jobs.oldestIntent(), this.#withdrawn.oldest()].filter((at) => at !== null);
    if (begun.length === 0) return null;
    return Math.min(...begun.map((at) => Math.max(at + INTENT_MS, now + retryDelay(now - at))));
  }

  /** Finishes creates that were cut off, and clears up after those that were taken back. Failures are logged. */
  async catchUp(now: number): Promise<void> {
    for (const order of this.#jobs.openIntents(now - INTENT_MS)) {
      try {
        await this.#realize(order);
      } catch (error) {
        log('error', 'create_failed', { job_id: order.id, account: order.accountId, ...whatFailed(error) });
      }
    }
    for (const id of this.#withdrawn.listed(now - INTENT_MS)) {
      try {
        await retrying(() => this.#object(id).discard(), AT_ONCE);
        this.#withdrawn.delete(id);
      } catch (error) {
        log('error', 'discard_failed', { job_id: id, ...whatFailed(error) });
      }
    }
  }

  /** Makes the job of an intent exist, or takes the intent back. */
  async #finished(order: CreateJob): Promise<Created> {
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
  async #begunBefore(jobId: string): Promise<Created> {
    const known = this.#jobs.findOrder(jobId);
    if (known === null) return { ok: false, code: 'UNAVAILABLE' };
    return known.exists
      ? granted({ job: asCreated(known.order), replayed: false })
      : await this.#finished(known.order);
  }

  /** Waits for the job of an earlier create, and answers as that one did or was about to. */
  async #firstAnswer(jobId: string): Promise<Created> {
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

  async #realize(order: CreateJob): Promise<void> {
    this.#jobs.apply(await retrying(() => this.#object(order.id).create(order), AT_ONCE));
    this.#then.made();
  }

  /** Takes a create back; false where its job is known to exist. */
  #withdraw(id: string): boolean {
    const withdrawn = this.#storage.transactionSync(() => {
      if (!this.#jobs.deleteIntent(id)) return false;
      this.#idempotency.deleteFor(id);
      this.#withdrawn.insert(id, Date.now());
      return true;
    });
    if (withdrawn) this.#then.noted();
    return withdrawn;
  }

  /** A stub that threw stays broken: a new one for each call. */
  #object(id: string) {
    const objectId = decodeJobId(this.#objects, id);
    if (objectId === null) throw new Error(`${id} is no job id.`);
    return this.#objects.get(objectId);
  }
}

/** How long to wait before trying again what has failed for `ageMs`: ever longer, up to a minute. */
function retryDelay(ageMs: number): number {
  return Math.min(LAST_RETRY_MS, Math.max(FIRST_RETRY_MS, ageMs / 4));
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

import type { Account } from '../account/account.ts';
import { log, whatFailed } from '../observe/log.ts';
import { AT_ONCE, isUnavailable, retrying, Unanswered } from '../rpc.ts';
import type { JobRefusal, KeyOfClient } from './calls.ts';
import { isFinal } from './machine.ts';
import { snapshotOf, type JobRecord } from './record.ts';

/** How an account takes what a job tells: `failed` is a bug, which no repetition may ever mend. */
export type Reception = 'acknowledged' | 'unreachable' | 'failed';

/** The account of a job, as the job speaks to it. */
export class Owner {
  readonly #accounts: DurableObjectNamespace<Account>;

  constructor(accounts: DurableObjectNamespace<Account>) {
    this.#accounts = accounts;
  }

  /** Tells of the present state, and how that was taken; a failure is logged. */
  async tell(job: JobRecord): Promise<Reception> {
    try {
      await retrying(async () => {
        await this.#of(job).project(snapshotOf(job));
      }, AT_ONCE);
      return 'acknowledged';
    } catch (error) {
      const { id, accountId, version } = job;
      log('error', 'account_not_told', { job_id: id, account: accountId, version, ...whatFailed(error) });
      return isUnavailable(error) ? 'unreachable' : 'failed';
    }
  }

  /** Has it noted that a request may change the job. Gives whether it was; null where the account is out of reach. */
  async touch(job: JobRecord): Promise<boolean | null> {
    try {
      return await retrying(async () => await this.#of(job).touch(job.id));
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return null;
    }
  }

  /** Takes back such a note where nothing was changed; a failure is logged: lists then ask the job once too often. */
  async untouch(job: JobRecord): Promise<void> {
    try {
      await this.#of(job).untouch(job.id);
    } catch (error) {
      log('warn', 'not_untouched', { job_id: job.id, account: job.accountId, ...whatFailed(error) });
    }
  }

  /**
   * Asks whether a key of the client's may go with a cancel of `job`, and takes it where that can still act: a refusal changes
   * nothing. Gives the refusal, or null.
   */
  async askForKey(job: JobRecord, { key, body }: KeyOfClient): Promise<JobRefusal | null> {
    try {
      const use = { body, jobId: job.id };
      const claims = !isFinal(job.state.status);
      const isOurs = await retrying(async () => await this.#of(job).acceptsKey(key, use, claims));
      return isOurs ? null : { ok: false, code: 'IDEMPOTENCY_CONFLICT' };
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return { ok: false, code: error instanceof Unanswered ? 'UNANSWERED' : 'UNAVAILABLE' };
    }
  }

  /** Gives back a key that was taken for a cancel which came too late after all; a failure is logged. */
  async releaseKey(job: JobRecord, { key, body }: KeyOfClient): Promise<void> {
    try {
      await retrying(async () => {
        await this.#of(job).releaseKey(key, { body, jobId: job.id });
      });
    } catch (error) {
      log('warn', 'key_not_released', { job_id: job.id, account: job.accountId, ...whatFailed(error) });
    }
  }

  /** Has a job that is to be deleted taken out of the list. */
  async forget(job: JobRecord): Promise<void> {
    await this.#of(job).forget(job.id);
  }

  /** A stub that threw stays broken: a new one for each call. */
  #of({ accountId }: JobRecord) {
    return this.#accounts.get(this.#accounts.idFromName(accountId));
  }
}

import { expectStatus, sendSigned, type Answer } from './client.ts';
import { until, type Patience } from './poll.ts';
import { auditTrail, job, jobPage, type AuditRow, type Credentials, type Job } from './wire.ts';

const JOBS = '/v1/backtest/jobs';

/** What a trader does with jobs, over signed HTTP. Anything but the expected status throws. */
export class Trader {
  readonly #url: string;
  readonly #credentials: Credentials;

  constructor(url: string, credentials: Credentials) {
    this.#url = url;
    this.#credentials = credentials;
  }

  /** Submits a backtest. */
  async submit(config: unknown): Promise<Job> {
    const answer = await this.#send('POST', JOBS, config);
    return job.parse(expectStatus(answer, 201, 'The new job'));
  }

  /** The job as it is now. */
  async get(id: string): Promise<Job> {
    const answer = await this.#send('GET', `${JOBS}/${id}`);
    return job.parse(expectStatus(answer, 200, `Reading job ${id}`));
  }

  /** Cancels a job. */
  async cancel(id: string, reason: string): Promise<Job> {
    return job.parse(expectStatus(await this.tryCancel(id, reason), 200, `The cancel of job ${id}`));
  }

  /** Asks to cancel a job, and gives the answer whatever it is. */
  tryCancel(id: string, reason: string): Promise<Answer> {
    return this.#send('POST', `${JOBS}/${id}/cancel`, { reason });
  }

  /** The changes of a job's status, oldest first. */
  async audit(id: string): Promise<AuditRow[]> {
    const answer = await this.#send('GET', `${JOBS}/${id}/audit`);
    return auditTrail.parse(expectStatus(answer, 200, `The audit trail of job ${id}`)).data;
  }

  /** All jobs of the account, newest first, page by page. */
  async list(): Promise<Job[]> {
    const jobs: Job[] = [];
    let cursor: string | null = null;
    do {
      const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await this.#send('GET', `${JOBS}?limit=100${from}`);
      const page = jobPage.parse(expectStatus(answer, 200, 'The list of jobs'));
      jobs.push(...page.data);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return jobs;
  }

  /** Reads a job again and again until it is as wanted. `onRead` hears each state. */
  waitFor(
    id: string,
    wanted: (job: Job) => boolean,
    patience: Patience,
    onRead: (job: Job) => void = () => undefined,
  ): Promise<Job> {
    return until(async () => {
      const now = await this.get(id);
      onRead(now);
      return wanted(now) ? now : null;
    }, patience);
  }

  #send(method: string, target: string, content?: unknown): Promise<Answer> {
    return sendSigned(this.#url, this.#credentials, method, target, content);
  }
}

import {
  PipaiClient,
  type AuditRow,
  type CreateJobRequest,
  type Job,
  type JobStatus,
  type ListedJob,
} from '../client/index.ts';
import { until, type Patience } from './poll.ts';
import type { Credentials } from './wire.ts';

/** The most jobs a page of the list may have. */
const LARGEST_PAGE = 100;

/** What a trader does with jobs, each request made once: whoever tries a service wants to see what it answers. */
export class Trader {
  readonly #client: PipaiClient;

  constructor(url: string, { api_key, api_secret }: Credentials) {
    this.#client = new PipaiClient({ url, apiKey: api_key, apiSecret: api_secret, maxRetries: 0 });
  }

  /** Submits a backtest. */
  submit(request: CreateJobRequest): Promise<Job> {
    return this.#client.create(request);
  }

  /** The job as it is now. */
  get(id: string): Promise<Job> {
    return this.#client.get(id);
  }

  /** Cancels a job. Rejects with a `PipaiError` of the code `INVALID_STATE` where it ended before. */
  cancel(id: string, reason: string): Promise<Job> {
    return this.#client.cancel(id, { reason });
  }

  /** The changes of a job's status, oldest first. */
  audit(id: string): Promise<AuditRow[]> {
    return this.#client.audit(id);
  }

  /** All jobs of the account, or those of one status, newest first. */
  async list(status?: JobStatus): Promise<ListedJob[]> {
    const jobs: ListedJob[] = [];
    for await (const job of this.#client.list({ status, limit: LARGEST_PAGE })) jobs.push(job);
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
}

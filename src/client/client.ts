import type { CreateJobRequest } from '../schemas/job.ts';
import type { AuditRow, CandleListing, Job, ListedJob, Template } from '../schemas/responses.ts';
import type { JobStatus } from '../job/machine.ts';
import { jobEvents, type JobEvent } from './events.ts';
import { createHttp, type Call, type Http } from './http.ts';
import { settle, type ClientOptions, type Settings } from './options.ts';
import { isAuditTrail, isCandleListing, isFinal, isJob, isJobPage, isTemplateCatalogue } from './wire.ts';

/** What the service takes as an `Idempotency-Key`. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,64}$/;

const JOBS = '/v1/backtest/jobs';
/** How long the service is asked to hold an answer: below the minute after which many a proxy gives up. */
const HOLD_SECONDS = 50;
/** A service that does not hold answers is not asked more often than this. */
const ASK_AGAIN_MS = 1_000;

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What a call takes that changes something. */
export interface WriteOptions extends CallOptions {
  /**
   * 1-64 visible ASCII characters. The same call with the same key is carried out once, whoever repeats it within a day; any
   * other call with it is refused with `IDEMPOTENCY_CONFLICT`. By default each call has a key of its own, for all its attempts.
   */
  idempotencyKey?: string | undefined;
}

/** Which jobs to list. */
export interface ListQuery {
  status?: JobStatus | undefined;
  template_id?: Template['id'] | undefined;
  /** Submitted at this instant or later, as `2026-04-29T10:15:00Z`. */
  from?: string | undefined;
  /** Submitted before this instant. */
  to?: string | undefined;
  /** Jobs a page, 1-100; it bounds no more than the size of an answer. */
  limit?: number | undefined;
}

/**
 * The service in the name of one API key. It runs wherever there are `fetch` and WebCrypto: browsers, Workers, Node 20, Deno, Bun.
 * Every request is safe to repeat, so that a failure which may pass is retried; `retry.ts` says which. A call that fails for
 * good rejects with a `PipaiError`.
 */
export class PipaiClient {
  readonly #settings: Settings;
  readonly #http: Http;

  /** @throws TypeError for options that cannot work. */
  constructor(options: ClientOptions) {
    this.#settings = settle(options);
    this.#http = createHttp(this.#settings);
  }

  /** Submits a backtest. Gives the job, queued. */
  async create(request: CreateJobRequest, options: WriteOptions = {}): Promise<Job> {
    return await this.#http.json(write(JOBS, JSON.stringify(request), options), isJob);
  }

  /** The job as it is now, with its whole result once it is done. */
  async get(id: string, options: CallOptions = {}): Promise<Job> {
    return await this.#http.json(read(pathOf(id), options), isJob);
  }

  /** The account's jobs, newest first. Pages are fetched as they are reached. */
  async *list(query: ListQuery = {}, options: CallOptions = {}): AsyncGenerator<ListedJob, void, undefined> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) search.set(name, String(value));
    for (;;) {
      const target = `${JOBS}?${search.toString()}`.replace(/\?$/, '');
      const page = await this.#http.json(read(target, options), isJobPage);
      yield* page.data;
      if (page.next_cursor === null) return;
      search.set('cursor', page.next_cursor);
    }
  }

  /**
   * Cancels a job; it then stays cancelled. Rejects with `INVALID_STATE` where it ended before.
   * A cancel whose answer was lost is asked for again, and gets the answer it would have got.
   */
  async cancel(id: string, options: WriteOptions & { reason?: string | undefined } = {}): Promise<Job> {
    const { reason } = options;
    const body = reason === undefined ? '' : JSON.stringify({ reason });
    return await this.#http.json(write(`${pathOf(id)}/cancel`, body, options), isJob);
  }

  /** The changes of a job's status, oldest first. */
  async audit(id: string, options: CallOptions = {}): Promise<AuditRow[]> {
    return (await this.#http.json(read(`${pathOf(id)}/audit`, options), isAuditTrail)).data;
  }

  /**
   * The job as it is now, unless `lastEventId` names that state, and each later state until a final one. Connections that
   * are lost are resumed. To leave the loop ends the connection; a pending `next()` is ended by the signal alone.
   */
  events(
    id: string,
    options: CallOptions & { lastEventId?: string | undefined } = {},
  ): AsyncGenerator<JobEvent, void, undefined> {
    return jobEvents(this.#http, this.#settings, `${pathOf(id)}/events`, options);
  }

  /** The job once it is final, however long that takes. */
  async wait(id: string, options: CallOptions = {}): Promise<Job> {
    const { now, sleep, timeoutMs } = this.#settings;
    const call = {
      ...read(pathOf(id), options),
      headers: { Prefer: `wait=${String(HOLD_SECONDS)}` },
      timeoutMs: HOLD_SECONDS * 1000 + timeoutMs,
    };
    for (;;) {
      const askedAt = now();
      const job = await this.#http.json(call, isJob);
      if (isFinal(job.status)) return job;
      const early = ASK_AGAIN_MS - (now() - askedAt);
      if (early > 0) await sleep(early, options.signal);
    }
  }

  /** The strategy templates, with their parameters as JSON Schema. */
  async templates(options: CallOptions = {}): Promise<Template[]> {
    return (await this.#http.json(read('/v1/backtest/templates', options), isTemplateCatalogue)).data;
  }

  /** Which candles are stored. */
  async candles(options: CallOptions = {}): Promise<CandleListing[]> {
    return (await this.#http.json(read('/v1/candles', options), isCandleListing)).data;
  }
}

function pathOf(id: string): string {
  return `${JOBS}/${encodeURIComponent(id)}`;
}

function read(target: string, { signal }: CallOptions): Call {
  return { method: 'GET', target, signal };
}

function write(target: string, body: string, { signal, idempotencyKey }: WriteOptions): Call {
  const key = idempotencyKey ?? crypto.randomUUID();
  if (!IDEMPOTENCY_KEY.test(key))
    throw new TypeError('idempotencyKey must be 1-64 visible ASCII characters.');
  return { method: 'POST', target, body, headers: { 'Idempotency-Key': key }, signal };
}

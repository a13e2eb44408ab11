import { setTimeout as delay } from 'node:timers/promises';
import {
  PipaiClient,
  PipaiError,
  type Job,
  type JobEvent,
  type JobStatus,
} from '../../../src/client/index.ts';
import { messageOf } from '../../../src/local/errors.ts';
import type { Credentials } from '../../../src/local/wire.ts';
import { JOB_STATUSES } from '../../../src/job/machine.ts';
import { Random } from '../random.ts';
import { planErrand, type Errand } from './plan.ts';

/** A client that has lost its service asks again so often: this is not to last longer than a restart. */
const LONGEST_PAUSE_MS = 1000;
const RETRIES = 120;
const TIMEOUT_MS = 15_000;

/** What a client was answered about one job, through all its repetitions. */
export interface Entry {
  /** Of the create. */
  readonly key: string;
  readonly errand: Errand;
  created: Job | null;
  /** The answer to its cancel. */
  cancelled: Job | null;
  /** The status that its cancel was refused for. */
  refusedAs: JobStatus | null;
  readonly events: JobEvent[];
  /** The answer to its waiting. */
  waited: Job | null;
  /** The client knows that it is final, or that it will not know. */
  isOver: boolean;
  /** Why the client gave up, or null. */
  gaveUp: string | null;
}

/** The `Idempotency-Key` of the cancel of a job, by that of its create. */
export function cancelKeyOf(createKey: string): string {
  return `${createKey}-cancelled`;
}

/** Clients that submit, watch and cancel without end, each one job after the other. */
export class Load {
  readonly client: PipaiClient;
  readonly entries: Entry[] = [];
  /** Attempts that got a 5xx, and attempts that got nothing. The client repeats both. */
  readonly attempts = { all: 0, status5xx: 0, unanswered: 0 };
  readonly #stop = new AbortController();
  readonly #lanes: Promise<unknown>;
  #stopping = false;

  constructor(url: string, credentials: Credentials, clients: number, random: Random) {
    this.client = new PipaiClient({
      url,
      apiKey: credentials.api_key,
      apiSecret: credentials.api_secret,
      maxRetries: RETRIES,
      timeoutMs: TIMEOUT_MS,
      fetch: (request) => this.#counted(request),
      sleep: async (ms, signal) => {
        await delay(Math.min(ms, LONGEST_PAUSE_MS), undefined, { signal });
      },
    });
    // Each has its own numbers, so that what it does is no matter of how fast the others are.
    const lanes = Array.from({ length: clients }, (_, lane) =>
      this.#lane(lane, new Random(random.below(2 ** 31))),
    );
    this.#lanes = Promise.all(lanes);
  }

  /** Jobs that exist, and of which their client does not know that they are final. */
  open(): string[] {
    return this.entries.flatMap((entry) =>
      entry.isOver || entry.created === null ? [] : [entry.created.id],
    );
  }

  /** Lets every client end what it is at, or give up when the time is over. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping = true;
    const timer = setTimeout(() => {
      this.#stop.abort(new Error(`not over ${String(withinMs / 1000)} s after the last restart`));
    }, withinMs);
    await this.#lanes;
    clearTimeout(timer);
  }

  async #lane(lane: number, random: Random): Promise<void> {
    for (let turn = 0; !this.#stopping; turn++) {
      const errand = planErrand(random);
      // No two alike: a request may be signed twice within a millisecond, and would be taken for a stolen one.
      const capital = String(10_000 * (lane + 1) + turn);
      const entry: Entry = {
        key: `create-${String(lane)}-${String(turn)}`,
        errand: { ...errand, backtest: { ...errand.backtest, capital } },
        created: null,
        cancelled: null,
        refusedAs: null,
        waited: null,
        events: [],
        isOver: false,
        gaveUp: null,
      };
      this.entries.push(entry);
      try {
        await this.#run(entry);
      } catch (error) {
        entry.gaveUp = messageOf(error);
      }
      entry.isOver = true;
    }
  }

  async #run(entry: Entry): Promise<void> {
    const { key, errand } = entry;
    const { signal } = this.#stop;
    entry.created = await this.client.create(errand.backtest, { idempotencyKey: key, signal });
    const { id } = entry.created;
    switch (errand.then) {
      case 'watch':
        for await (const event of this.client.events(id, { signal })) entry.events.push(event);
        break;
      case 'wait':
        entry.waited = await this.client.wait(id, { signal });
        break;
      case 'cancel':
        await delay(errand.cancelAfterMs, undefined, { signal });
        try {
          entry.cancelled = await this.client.cancel(id, {
            reason: key,
            idempotencyKey: cancelKeyOf(key),
            signal,
          });
        } catch (error) {
          entry.refusedAs = refusedStatus(error);
        }
    }
  }

  async #counted(request: Request): Promise<Response> {
    this.attempts.all += 1;
    try {
      const response = await fetch(request);
      if (response.status >= 500) this.attempts.status5xx += 1;
      return response;
    } catch (error) {
      this.attempts.unanswered += 1;
      throw error;
    }
  }
}

/** The status for which a cancel was refused; throws what is no such refusal. */
function refusedStatus(error: unknown): JobStatus {
  const named =
    error instanceof PipaiError && error.code === 'INVALID_STATE' ? error.details[0]?.message : undefined;
  const status = JOB_STATUSES.find((known) => known === named);
  if (status === undefined) throw error;
  return status;
}

import type { HeartbeatAnswer, JobRefusal } from '../job/calls.ts';
import type { Outcome } from '../outcome.ts';
import { log, whatFailed } from '../observe/log.ts';

/** From the start of one heartbeat to the start of the next; with the answer's way it stays below the promised 250 ms. */
const HEARTBEAT_MS = 200;

/** Keeps a lease alive beside the computing, and knows when to stop it. */
export class LeaseKeeper {
  readonly #beat: (progress: number) => Promise<Outcome<HeartbeatAnswer, JobRefusal>>;
  readonly #ended = new AbortController();
  readonly #beating: Promise<void>;
  #progress = 0;

  /** @param beat sends one heartbeat; may throw when the job cannot be reached, and is then tried again. */
  constructor(beat: (progress: number) => Promise<Outcome<HeartbeatAnswer, JobRefusal>>) {
    this.#beat = beat;
    this.#beating = this.#run();
  }

  /** False as soon as an answer said to stop, or {@link stop} was called: compute no further. */
  get holds(): boolean {
    return !this.#ended.signal.aborted;
  }

  /** Aborted when {@link holds} becomes false. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** The progress that the next heartbeat reports, 0 to 1. */
  report(progress: number): void {
    this.#progress = progress;
  }

  /** Ends the heartbeats; resolves when none is under way. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#beating;
  }

  async #run(): Promise<void> {
    let sentAt = Date.now();
    while (await this.#waitUntil(sentAt + HEARTBEAT_MS)) {
      sentAt = Date.now();
      try {
        const answer = await this.#beat(this.#progress);
        if (!answer.ok || !answer.value.continue) this.#ended.abort();
      } catch (error) {
        log('warn', 'heartbeat_failed', whatFailed(error));
      }
    }
  }

  /** Waits; false when the end came first. */
  async #waitUntil(at: number): Promise<boolean> {
    try {
      await scheduler.wait(Math.max(0, at - Date.now()), { signal: this.#ended.signal });
      return this.holds;
    } catch {
      return false;
    }
  }
}

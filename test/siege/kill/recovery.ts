import type { Job } from '../../../src/client/index.ts';
import { isFinal } from '../../../src/client/wire.ts';

/** How a service came back after a kill. Times are in milliseconds since it answered again. */
export interface RecoveryFigures {
  /** Jobs that were not final when it answered again. */
  readonly interrupted: number;
  /** Until the first of them made progress or was done; null where that was not seen. */
  readonly movedMs: number | null;
  /** Until all of them were final; null where that was not seen. */
  readonly finalMs: number | null;
}

type Look = Pick<Job, 'id' | 'status' | 'progress'>;

/** Tells from one look at interrupted jobs after the other when they move again. */
export class Recovery {
  readonly #last = new Map<string, Look>();
  #interrupted = 0;
  #movedMs: number | null = null;
  #finalMs: number | null = null;
  #looked = false;

  /** Takes note of how these jobs, always the same, are so long after the service answered again. */
  look(jobs: readonly Look[], ms: number): void {
    if (!this.#looked) this.#interrupted = jobs.filter((job) => !isFinal(job.status)).length;
    if (this.#movedMs === null && jobs.some((job) => this.#moves(job))) this.#movedMs = ms;
    if (this.#interrupted > 0 && this.#finalMs === null && jobs.every((job) => isFinal(job.status)))
      this.#finalMs = ms;
    for (const job of jobs) this.#last.set(job.id, job);
    this.#looked = true;
  }

  /** Whether there is nothing more to wait for. */
  get isOver(): boolean {
    return this.#looked && (this.#interrupted === 0 || this.#finalMs !== null);
  }

  get figures(): RecoveryFigures {
    return { interrupted: this.#interrupted, movedMs: this.#movedMs, finalMs: this.#finalMs };
  }

  /** A worker has it again: to be queued anew, or cancelled, is no work. */
  #moves(job: Look): boolean {
    const before = this.#last.get(job.id);
    if (before === undefined || isFinal(before.status)) return false;
    if (job.status === 'done' || job.status === 'failed') return true;
    return job.status === 'running' && (before.status !== 'running' || before.progress !== job.progress);
  }
}

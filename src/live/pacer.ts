import { isLast, type Moment } from '../job/moment.ts';

/**
 * Says when which moment of a job may be told: changes of status at once, progress at most once in `gapMs`, the latest wins.
 * Pure but for its memory: no clock, no timer. Times are milliseconds since the epoch.
 */
export class Pacer {
  readonly #gapMs: number;
  /** What waits for its turn. */
  #held: Moment | null = null;
  /** What was told last, and when. */
  #told: { moment: Moment; at: number } | null = null;

  /** @param gapMs from one event to the progress that follows it, at least. */
  constructor(gapMs: number) {
    this.#gapMs = gapMs;
  }

  /** Takes note of a newer moment, which is to be told in place of one that still waits. */
  offer(moment: Moment): void {
    this.#held = moment;
  }

  /** Takes note of a moment that the listener knows already, from an earlier stream. */
  skip(moment: Moment): void {
    this.#told = { moment, at: -Infinity };
  }

  /** When {@link take} gives something; `Infinity` while nothing waits. */
  get dueAt(): number {
    if (this.#held === null) return Infinity;
    if (this.#held.job.status !== this.#told?.moment.job.status) return -Infinity;
    return this.#told.at + this.#gapMs;
  }

  /** What is to be told now, and counts as told with that; null where nothing is due. */
  take(now: number): Moment | null {
    if (this.#held === null || now < this.dueAt) return null;
    const moment = this.#held;
    this.#held = null;
    this.#told = { moment, at: now };
    return moment;
  }

  /** Whether the final state was told: nothing follows. */
  get ended(): boolean {
    return this.#told !== null && isLast(this.#told.moment);
  }
}

import type { Act } from '../checks/race.ts';
import type { Random } from '../random.ts';

/** One request of a race. */
export interface Move {
  readonly act: Act;
  /** Requests with the same act and mark repeat each other. */
  readonly mark: string;
  /** Milliseconds after its part of the race begins. */
  readonly afterMs: number;
  /** Which of the keys that may do it asks. */
  readonly line: number;
  /** Of a cancel: whether it has an `Idempotency-Key`. */
  readonly keyed?: true;
  /** Of a worker's report: with a lease that nobody was granted. */
  readonly madeUp?: true;
  /** Of a heartbeat, 0 to 1. */
  readonly progress?: number;
}

/** How one job is fought over: each part is over before the next begins, and all that is within one is in the air at once. */
export interface RacePlan {
  /** Two workers want it; now and then somebody cancels it before they have it. */
  readonly start: readonly Move[];
  /** Its worker reports some progress. */
  readonly work: readonly Move[];
  /** Cancel, complete and fail, each with repetitions and rivals of its own kind. */
  readonly race: readonly Move[];
  /** Whoever was there asks again when all is decided. */
  readonly after: readonly Move[];
  readonly isWatched: boolean;
}

/** Over how many milliseconds the three ends of a race may be spread. */
const SPREADS: readonly [number, ...number[]] = [0, 3, 10, 30];
const EARLY_CANCELS = 0.1;
const WATCHED = 0.2;

/** Draws the course of a race between so many keys. Pure but for the numbers it draws. */
export function planRace(random: Random, workers: number, traders: number): RacePlan {
  const spread = random.pick(SPREADS);
  const soon = () => random.below(spread + 1);
  const worker = () => random.below(workers);
  const trader = () => random.below(traders);
  const [cancelAt, completeAt, failAt] = [soon(), soon(), soon()];
  const cancel = { act: 'cancel', mark: 'c1', keyed: true } as const;
  const early = random.chance(EARLY_CANCELS);
  const progress = random.below(50) / 100;
  return {
    start: random.shuffled([
      { act: 'start', mark: 's1', afterMs: soon(), line: 0 },
      { act: 'start', mark: 's2', afterMs: soon(), line: 1 },
      ...(early ? [{ ...cancel, afterMs: cancelAt, line: trader() }] : []),
    ]),
    work: [{ act: 'heartbeat', mark: 'h1', afterMs: 0, line: worker(), progress }],
    race: random.shuffled([
      { ...cancel, afterMs: cancelAt, line: trader() },
      { ...cancel, afterMs: cancelAt + soon(), line: trader() },
      { act: 'cancel', mark: 'c2', afterMs: cancelAt + soon(), line: trader() },
      { act: 'complete', mark: '1', afterMs: completeAt, line: worker() },
      { act: 'complete', mark: '1', afterMs: completeAt + soon(), line: worker() },
      { act: 'complete', mark: '2', afterMs: completeAt + soon(), line: worker() },
      { act: 'complete', mark: '3', afterMs: soon(), line: worker(), madeUp: true },
      { act: 'fail', mark: 'f1', afterMs: failAt, line: worker() },
      { act: 'fail', mark: 'f1', afterMs: failAt + soon(), line: worker() },
      { act: 'heartbeat', mark: 'h2', afterMs: soon(), line: worker(), progress: progress + 0.25 },
    ]),
    after: [
      { ...cancel, afterMs: 0, line: trader() },
      { act: 'complete', mark: '1', afterMs: 0, line: worker() },
      { act: 'fail', mark: 'f1', afterMs: 0, line: worker() },
      { act: 'start', mark: 's1', afterMs: 0, line: worker() },
      { act: 'heartbeat', mark: 'h3', afterMs: 0, line: worker(), progress: progress + 0.5 },
    ],
    isWatched: random.chance(WATCHED),
  };
}

import type { CreateJobRequest } from '../../../src/client/index.ts';
import { GRID, dca } from '../../process/backtests.ts';
import type { Random } from '../random.ts';

/** When a service is killed. */
export interface Kill {
  /**
   * `load`: after everything that the kill before had interrupted came to an end; `recovery`: while that is going on;
   * `startup`: before the service answers again.
   */
  readonly when: 'load' | 'recovery' | 'startup';
  /** Milliseconds after that part began. */
  readonly afterMs: number;
}

/** So many of ten kills do not wait for the recovery from the one before. */
const DURING_RECOVERY = 0.2;
const DURING_STARTUP = 0.1;
const LATEST_MS = { load: 3000, recovery: 4000, startup: 3000 };

/** Draws the moments of so many kills. The first comes under load: nothing is there to recover from. */
export function planKills(random: Random, kills: number): Kill[] {
  return Array.from({ length: kills }, (_, index) => {
    const draw = random.below(100) / 100;
    const early =
      draw < DURING_STARTUP ? 'startup' : draw < DURING_STARTUP + DURING_RECOVERY ? 'recovery' : 'load';
    const when = index === 0 ? 'load' : early;
    return { when, afterMs: random.below(LATEST_MS[when]) };
  });
}

/** What a client does with one job. */
export interface Errand {
  readonly backtest: CreateJobRequest;
  /** It listens to its events, waits for its end, or cancels it after a while. */
  readonly then: 'watch' | 'wait' | 'cancel';
  readonly cancelAfterMs: number;
}

const CANCEL_WITHIN_MS = 3000;
const QUICK = dca(2, 2);
const SLOW = dca(5, 2);

/** Draws an errand. Most backtests take a second of CPU or so, so that a kill finds one at work and others that wait. */
export function planErrand(random: Random): Errand {
  return {
    backtest: random.pick([GRID, GRID, QUICK, QUICK, QUICK, SLOW]),
    then: random.pick(['watch', 'watch', 'wait', 'cancel', 'cancel']),
    cancelAfterMs: random.below(CANCEL_WITHIN_MS),
  };
}

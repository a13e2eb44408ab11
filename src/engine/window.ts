import type { JobConfig } from '../schemas/job.ts';
import { TIMEFRAME_SECONDS } from '../schemas/primitives.ts';

const DAY = 86_400;

/** When a backtest runs: `start` and `end` inclusive, `timeframe` a bar's length, all in seconds. */
export interface Window {
  readonly start: number;
  readonly end: number;
  readonly timeframe: number;
}

/** The window of a job. */
export function windowOf(config: JobConfig): Window {
  return {
    start: Date.parse(config.start) / 1000,
    end: Date.parse(config.end) / 1000,
    timeframe: TIMEFRAME_SECONDS[config.timeframe],
  };
}

/** How many bars open within the window when none is missing. */
export function expectedBars({ start, end, timeframe }: Window): number {
  return Math.max(0, Math.floor(end / timeframe) - Math.ceil(start / timeframe) + 1);
}

/** The first UTC midnight after an instant, both in epoch seconds; never the instant itself. */
export function midnightAfter(time: number): number {
  return Math.floor(time / DAY) * DAY + DAY;
}

/** The UTC midnights strictly between two instants, oldest first. */
export function midnightsBetween(after: number, before: number): number[] {
  const midnights: number[] = [];
  for (let midnight = midnightAfter(after); midnight < before; midnight += DAY) midnights.push(midnight);
  return midnights;
}

import { vi } from 'vitest';
import { anHourAhead, freezeClock } from '../support/clock.ts';

const NOW = anHourAhead();
let now = NOW;

/** Writes to the terminal while the service, which has a line for every request, is silent. */
export const print = console.log.bind(console);

/** Silences the service and stops the clock, so that no lease runs out and no alarm rings. */
export function beginQuietly(): void {
  freezeClock(NOW);
  for (const level of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockReturnValue(undefined);
}

/** Lets a millisecond go by: two equal requests of one would be one request repeated. */
export function tick(): number {
  now += 1;
  vi.setSystemTime(now);
  return now;
}

/** Undoes {@link beginQuietly}. */
export function endQuietly(): void {
  vi.restoreAllMocks();
  vi.useRealTimers();
}

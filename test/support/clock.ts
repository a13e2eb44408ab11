import { vi } from 'vitest';

/**
 * A full second an hour ahead of the true time. The clock of tests and service alike may be frozen there: alarms are kept
 * by the true time, so that none of those set meanwhile rings by itself.
 */
export function anHourAhead(): number {
  return Math.ceil(Date.now() / 1000) * 1000 + 3_600_000;
}

/** Stops the clock, for the tests and for the service, which runs beside them. */
export function freezeClock(now: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now });
}

/** Milliseconds since the epoch as an instant of the wire. */
export function instant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

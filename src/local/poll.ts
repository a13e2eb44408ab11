import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait for something of a real process, and how often to look. */
export interface Patience {
  /** What is waited for, for the error. */
  readonly what: string;
  readonly atMostMs: number;
  readonly everyMs?: number;
}

/**
 * Looks until there is something to see.
 * @param look gives null as long as there is not.
 * @throws Error when the time is up.
 */
export async function until<T>(look: () => Promise<T | null> | T | null, patience: Patience): Promise<T> {
  const deadline = performance.now() + patience.atMostMs;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() >= deadline) {
      throw new Error(`Waited ${String(patience.atMostMs / 1000)} s in vain for ${patience.what}.`);
    }
    await delay(patience.everyMs ?? 100);
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '../../../src/client/index.ts';
import { Recovery, type RecoveryFigures } from './recovery.ts';

const EVERY_MS = 50;

/** Looks at jobs that a kill has interrupted until all are final, or the time is over. The service must have just answered again. */
export async function watchRecovery(
  get: (id: string) => Promise<Job>,
  ids: readonly string[],
  giveUpMs: number,
): Promise<RecoveryFigures> {
  const began = performance.now();
  const recovery = new Recovery();
  for (;;) {
    const jobs = await Promise.all(ids.map((id) => get(id)));
    const ms = performance.now() - began;
    recovery.look(jobs, Math.round(ms));
    if (recovery.isOver || ms >= giveUpMs) return recovery.figures;
    await delay(Math.min(EVERY_MS, giveUpMs - ms));
  }
}

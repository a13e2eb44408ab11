import { isLast } from '../job/moment.ts';
import type { JobWatch } from './watch.ts';

/** Waits until the watched job is final, at most `ms`, and closes the watch. Early too where the job cannot be reached any more. */
export async function untilFinal(watch: JobWatch, ms: number): Promise<void> {
  const end = Date.now() + ms;
  try {
    for (let left = ms; left > 0; left = end - Date.now()) {
      const moment = await watch.next(left);
      if (moment === null || isLast(moment)) return;
    }
  } finally {
    watch.close();
  }
}

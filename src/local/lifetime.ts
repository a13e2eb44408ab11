import type { WranglerGroup } from './wrangler.ts';

const STOPPED_WITHIN_MS = 5000;
const PARENT_CHECK_MS = 250;

/** Calls `stop` on SIGINT, SIGTERM or SIGHUP, and when the npm that ran this script is gone: its shell passes no signal on. */
export function onStop(stop: (signal: NodeJS.Signals) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop(signal);
    });
  }
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop('SIGTERM');
  }, PARENT_CHECK_MS);
  timer.unref();
}

/**
 * Asks wrangler's whole group to end; what then still runs after five seconds is killed.
 * @returns wrangler's exit code, once nothing of it is left.
 */
export async function stopWrangler(wrangler: WranglerGroup, signal: NodeJS.Signals): Promise<number> {
  wrangler.signal(signal);
  const timer = setTimeout(() => {
    wrangler.signal('SIGKILL');
  }, STOPPED_WITHIN_MS);
  try {
    return await wrangler.ended;
  } finally {
    clearTimeout(timer);
  }
}

import { listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

/** The ids of all objects that exist, of both namespaces, in order. */
export async function existingObjects(): Promise<string[]> {
  const [jobs, accounts] = await Promise.all([
    listDurableObjectIds(env.BACKTEST_JOB),
    listDurableObjectIds(env.ACCOUNT),
  ]);
  return [...jobs, ...accounts].map(String).sort();
}

import { within } from './within.ts';

const ANSWER_WITHIN_MS = 1000;

/** Whether a service answers at this address. */
export async function isHealthy(url: string): Promise<boolean> {
  try {
    return await within(ANSWER_WITHIN_MS, async (signal) => {
      const response = await fetch(`${url}/healthz`, { signal });
      await response.arrayBuffer();
      return response.ok;
    });
  } catch {
    return false;
  }
}

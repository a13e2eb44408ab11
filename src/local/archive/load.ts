import { readFile } from 'node:fs/promises';
import { candleImport, type CandleImport } from '../../schemas/responses.ts';
import { expectStatus } from '../client.ts';
import { within } from '../within.ts';

const ANSWER_WITHIN_MS = 120_000;

/** Where candles are loaded, and with which right. */
export interface Target {
  readonly url: string;
  readonly adminToken: string;
}

/**
 * Loads a dump into the service, in place of what it has of the same span.
 * @throws Error with what the service said where it refuses.
 */
export async function loadDump(
  target: Target,
  symbol: string,
  timeframe: string,
  path: string,
): Promise<CandleImport> {
  const body = await readFile(path);
  const answer = await within(ANSWER_WITHIN_MS, async (signal) => {
    const response = await fetch(`${target.url}/v1/admin/candles/${symbol}/${timeframe}`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${target.adminToken}` },
      body,
      signal,
    });
    return { status: response.status, body: await response.json() };
  });
  return candleImport.parse(expectStatus(answer, 200, `Loading ${path}`));
}

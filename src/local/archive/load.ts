import { readFile } from 'node:fs/promises';
import { candleImport, type CandleImport } from '../../schemas/responses.ts';
import { expectStatus } from '../client.ts';
import { within } from '../within.ts';
import { importFlag, importTarget, inFlags, type Spec } from './spec.ts';

const ANSWER_WITHIN_MS = 120_000;

/** Where candles are loaded, and with which right. */
export interface Target {
  readonly url: string;
  readonly adminToken: string;
}

/**
 * Loads a dump into the service, in place of what it has of the same span.
 * @throws Error with what the service said where it refuses, in terms of the command line.
 */
export async function loadDump(
  target: Target,
  symbol: string,
  timeframe: string,
  path: string,
  spec: Spec,
): Promise<CandleImport> {
  const body = await readFile(path);
  const answer = await within(ANSWER_WITHIN_MS, async (signal) => {
    const response = await fetch(target.url + importTarget(symbol, timeframe, spec), {
      method: 'PUT',
      headers: { Authorization: `Bearer ${target.adminToken}` },
      body,
      signal,
    });
    return { status: response.status, body: await response.json() };
  });
  const summary = expectStatus(answer, 200, `Loading ${path}`, ({ path: field, message }) => ({
    path: importFlag(field, path),
    message: inFlags(message),
  }));
  return candleImport.parse(summary);
}

import { exports } from 'cloudflare:workers';
import {
  PipaiClient,
  PipaiError,
  type ClientOptions,
  type CreateJobRequest,
} from '../../src/client/index.ts';
import type { Credentials } from '../support/client.ts';
import { GRID_JOB } from '../support/jobs.ts';

/** The client before the real service, and what can go wrong between the two. */

type Send = (request: Request) => Promise<Response>;
/** What happens to one request on its way. */
export type Fault = (request: Request, service: Send) => Promise<Response>;

export const URL_OF_SERVICE = 'https://pipai.test';
export const JOBS = '/v1/backtest/jobs';

/** A create request that is right in every field. */
export const GRID: CreateJobRequest = { ...GRID_JOB, template_id: 'tpl_grid', timeframe: '1h' };

/** What one attempt carried. */
export interface Attempt {
  line: string;
  headers: Headers;
  signal: AbortSignal;
}

/**
 * A client in the name of `who`. Its first requests meet the faults, one each; `null` is none. It waits for nothing, but
 * notes for how long it would have.
 */
export function clientOf(
  who: Pick<Credentials, 'apiKey' | 'apiSecret'>,
  faults: (Fault | null)[] = [],
  options: Partial<ClientOptions> = {},
) {
  const attempts: Attempt[] = [];
  const waits: number[] = [];
  const client = new PipaiClient({
    url: URL_OF_SERVICE,
    apiKey: who.apiKey,
    apiSecret: who.apiSecret,
    fetch: async (request) => {
      const line = `${request.method} ${request.url.slice(URL_OF_SERVICE.length)}`;
      const fault =
        faults[attempts.push({ line, headers: request.headers, signal: request.signal }) - 1] ?? null;
      return fault === null ? await service(request) : await fault(request, service);
    },
    random: () => 0,
    sleep: async (ms) => {
      waits.push(ms);
      await Promise.resolve();
    },
    ...options,
  });
  return { client, attempts, waits };
}

async function service(request: Request): Promise<Response> {
  return await exports.default.fetch(request);
}

/** The service acts, and its answer is lost. */
export const lostAnswer: Fault = async (request, service) => {
  await (await service(request)).arrayBuffer();
  throw new TypeError('connection reset');
};

/** The request does not get there. */
export const noConnection: Fault = async () => {
  await Promise.resolve();
  throw new TypeError('connection refused');
};

/** Nothing comes until the client gives up. */
export const hung: Fault = async ({ signal }) => {
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve);
  });
  throw new DOMException('given up', 'AbortError');
};

/** Nothing ever comes, whether or not the client gives up. */
export const deaf: Fault = () => new Promise(() => undefined);

/** An answer begins that never ends, whether or not the client gives up. */
export const endless: Fault = async () =>
  await Promise.resolve(new Response(new ReadableStream({ pull: () => new Promise(() => undefined) })));

/** Something in between answers. */
export function answered(status: number, body: string, headers: Record<string, string> = {}): Fault {
  return async () => await Promise.resolve(new Response(body, { status, headers }));
}

/** The service's own refusal, made up. */
export function refused(
  status: number,
  code: string,
  headers: Record<string, string> = {},
  message = 'Not now.',
): Fault {
  const body = JSON.stringify({ error: { code, message, request_id: 'req-1' } });
  return answered(status, body, { 'Content-Type': 'application/json', ...headers });
}

export const HTML: Fault = answered(200, '<h1>Welcome to the hotel</h1>', { 'Content-Type': 'text/html' });

/** What a call failed with. Fails itself where that is no {@link PipaiError}. */
export async function failureOf(call: Promise<unknown>): Promise<PipaiError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof PipaiError) return error;
    throw error;
  }
  throw new Error('The call did not fail.');
}

/** Everything an iteration gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

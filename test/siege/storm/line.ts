import { randomUUID } from 'node:crypto';
import { isErrorEnvelope, parseJson } from '../../../src/client/wire.ts';
import { signatureHeaders } from '../../../src/local/client.ts';
import type { Credentials } from '../../../src/local/wire.ts';

const ANSWER_WITHIN_MS = 60_000;

/** An answer, with what a checker of races wants to know of its way. Times are in milliseconds of this process's clock. */
export interface LineAnswer {
  readonly requestId: string;
  readonly sentAt: number;
  readonly answeredAt: number;
  /** Null without an answer. */
  readonly status: number | null;
  readonly code: string | null;
  /** The status of the job that a refusal names. */
  readonly refusedAs: string | null;
  readonly replayed: boolean;
  readonly body: unknown;
}

/** Requests in the name of one key, none of them ever repeated; those under way at the same time have connections of their own. */
export class Line {
  readonly by: string;
  readonly #url: string;
  readonly #credentials: Credentials;

  constructor(url: string, credentials: Credentials) {
    this.by = credentials.api_key;
    this.#url = url;
    this.#credentials = credentials;
  }

  /** Sends a POST. A failure to get an answer is one of the answers. */
  async post(target: string, content: object, idempotencyKey: string | null = null): Promise<LineAnswer> {
    const [method, body, requestId] = ['POST', JSON.stringify(content), randomUUID()];
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'X-Request-Id': requestId,
      ...signatureHeaders(this.#credentials, { method, target, body }),
      ...(idempotencyKey === null ? {} : { 'Idempotency-Key': idempotencyKey }),
    };
    const sentAt = performance.now();
    const seen = await answered(this.#url + target, { method, headers, body });
    return { requestId, sentAt, answeredAt: performance.now(), ...seen };
  }
}

async function answered(
  url: string,
  request: RequestInit,
): Promise<Omit<LineAnswer, 'requestId' | 'sentAt' | 'answeredAt'>> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const body = parseJson(await response.text());
    // A job that failed has an error of its own.
    const error = !response.ok && isErrorEnvelope(body) ? body.error : null;
    return {
      status: response.status,
      code: error?.code ?? null,
      refusedAs: error?.details?.find(({ path }) => path === 'status')?.message ?? null,
      replayed: response.headers.get('Idempotency-Replayed') === 'true',
      body,
    };
  } catch (error) {
    return { status: null, code: String(error), refusedAs: null, replayed: false, body: null };
  }
}

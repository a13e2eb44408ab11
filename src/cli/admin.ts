import { noAnswer, refusal } from '../client/failure.ts';
import { createDeadline } from '../client/time.ts';
import { parseJson } from '../client/wire.ts';
import type { AdminAccess } from './environment.ts';

const ANSWER_WITHIN_MS = 30_000;
const UPLOAD_WITHIN_MS = 300_000;

/** One call of an administrator. */
export interface AdminCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query. */
  readonly target: string;
  /** Sent as JSON, or as it is where it is bytes. */
  readonly body?: Buffer | Readonly<Record<string, unknown>>;
}

/**
 * Calls an administration route, once: a key made twice would be two keys.
 * @param is knows the answer of the service.
 * @throws PipaiError on anything else.
 */
export async function callAsAdmin<T>(
  access: AdminAccess,
  call: AdminCall,
  is: (body: unknown) => body is T,
): Promise<T> {
  const { response, body } = await answerTo(access, call);
  if (!is(body)) throw refusal(call, response, body, Date.now());
  return body;
}

/** {@link callAsAdmin} where the answer has no body. */
export async function tellAsAdmin(access: AdminAccess, call: AdminCall): Promise<void> {
  await answerTo(access, call);
}

interface Answer {
  readonly response: Response;
  /** JSON, or undefined. */
  readonly body: unknown;
}

async function answerTo(access: AdminAccess, call: AdminCall): Promise<Answer> {
  const { response, body } = await sent(access, call);
  if (!response.ok) throw refusal(call, response, body, Date.now());
  return { response, body };
}

async function sent({ url, token }: AdminAccess, call: AdminCall): Promise<Answer> {
  const upload = Buffer.isBuffer(call.body);
  const headers = new Headers({ Authorization: `Bearer ${token}` });
  if (call.body !== undefined && !upload) headers.set('Content-Type', 'application/json');
  const deadline = createDeadline(upload ? UPLOAD_WITHIN_MS : ANSWER_WITHIN_MS, undefined);
  const { signal } = deadline;
  try {
    const asked = fetch(url.replace(/\/+$/, '') + call.target, {
      method: call.method,
      headers,
      body: Buffer.isBuffer(call.body) ? new Uint8Array(call.body) : JSON.stringify(call.body),
      signal,
    });
    const response = await deadline.within(asked);
    return { response, body: parseJson(await deadline.within(response.text())) };
  } catch (cause) {
    throw noAnswer(call, cause, signal.aborted);
  } finally {
    deadline.close();
  }
}

import { createHmac } from 'node:crypto';
import type { ErrorDetail } from '../errors.ts';
import { refusal, type Credentials } from './wire.ts';
import { within } from './within.ts';

const ANSWER_WITHIN_MS = 10_000;

/** An HTTP answer whose body was JSON, or empty. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The three headers that sign a request. `target` is the path with its query string, as it will be sent. */
export function signatureHeaders(
  credentials: Credentials,
  request: { readonly method: string; readonly target: string; readonly body?: string },
  now: number = Date.now(),
): Record<string, string> {
  const timestamp = String(now);
  const message = timestamp + request.method + request.target + (request.body ?? '');
  return {
    'X-PipAI-API-Key': credentials.api_key,
    'X-PipAI-Timestamp': timestamp,
    'X-PipAI-Signature': createHmac('sha256', credentials.api_secret).update(message).digest('hex'),
  };
}

/** Sends a signed request to the service at `url`. */
export function sendSigned(
  url: string,
  credentials: Credentials,
  method: string,
  target: string,
  content?: unknown,
): Promise<Answer> {
  const body = content === undefined ? '' : JSON.stringify(content);
  return send(url + target, method, body, signatureHeaders(credentials, { method, target, body }));
}

/** Sends an administrator's request to the service at `url`. */
export function sendAsAdmin(
  url: string,
  adminToken: string,
  method: string,
  target: string,
  content: unknown,
): Promise<Answer> {
  return send(url + target, method, JSON.stringify(content), { Authorization: `Bearer ${adminToken}` });
}

/**
 * The body of an answer that has this status.
 * @param inWords puts what the service said of a field into the words of who asked.
 * @throws Error with what the service said instead.
 */
export function expectStatus(
  answer: Answer,
  status: number,
  what: string,
  inWords: (detail: ErrorDetail) => ErrorDetail = (detail) => detail,
): unknown {
  if (answer.status === status) return answer.body;
  const said = refusal.safeParse(answer.body);
  const why = said.success ? `${said.data.error.code}: ${said.data.error.message}` : 'without a reason';
  throw new Error(
    `${what} was answered ${String(answer.status)} instead of ${String(status)}, ${why}${listed(said.data?.error.details?.map(inWords))}`,
  );
}

function listed(details: readonly ErrorDetail[] = []): string {
  return details.map((detail) => `\n  ${detail.path}: ${detail.message}`).join('');
}

async function send(
  url: string,
  method: string,
  body: string,
  headers: Record<string, string>,
): Promise<Answer> {
  return await within(ANSWER_WITHIN_MS, async (signal) => {
    const response = await fetch(url, {
      method,
      headers: body === '' ? headers : { ...headers, 'Content-Type': 'application/json' },
      body: body === '' ? null : body,
      signal,
    });
    const text = await response.text();
    const content: unknown = text === '' ? null : JSON.parse(text);
    return { status: response.status, body: content };
  });
}

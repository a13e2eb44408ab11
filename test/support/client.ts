import { createExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { z } from 'zod';
import { app } from '../../src/app.ts';
import type { Permission } from '../../src/schemas/admin.ts';
import { holdToContract, type Exchange } from './contract.ts';

/** The other side of the wire: requests signed as the contract says, with code that is not the service's own. */

export interface Credentials {
  apiKey: string;
  apiSecret: string;
  accountId: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; null where it is none. */
  json: unknown;
}

const ORIGIN = 'https://pipai.test';
const encoder = new TextEncoder();
const keyAnswer = z.object({ api_key: z.string(), api_secret: z.string(), account_id: z.string() });

/** HMAC-SHA256 in hex. */
export async function hmac(secret: string, message: string | Blob): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
  const signed = await new Blob([message]).arrayBuffer();
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, signed));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Sends a request, and holds the answer to the OpenAPI document.
 * @param bindings of the Worker that answers, where they are not those of the test project. Its objects keep the project's.
 */
export async function send(
  target: string,
  init: RequestInit = {},
  bindings?: Cloudflare.Env,
): Promise<Answer> {
  const made = await exchange(target, init, bindings);
  holdToContract(made);
  const { status, headers, text } = made;
  const isJson = headers.get('Content-Type')?.startsWith('application/json') ?? false;
  return { status, headers, text, json: isJson && text !== '' ? JSON.parse(text) : null };
}

/** Sends a request as {@link send} does, and holds nothing against the answer. */
export async function exchange(
  target: string,
  init: RequestInit,
  bindings?: Cloudflare.Env,
): Promise<Exchange> {
  const response = await (bindings === undefined
    ? exports.default.fetch(`${ORIGIN}${target}`, init)
    : app.request(`${ORIGIN}${target}`, init, bindings, createExecutionContext()));
  const { status, headers } = response;
  return { method: init.method ?? 'GET', target, status, headers, text: await wholeText(response) };
}

/** The body; of an event stream nothing, since it ends only with its job. */
async function wholeText(response: Response): Promise<string> {
  const type = response.headers.get('Content-Type');
  if (type?.startsWith('text/event-stream') !== true) return await response.text();
  await response.body?.cancel();
  return '';
}

let lastTimestamp = 0;

/** The time, a little ahead where it must be: two equal requests of one millisecond would be one request repeated. */
function uniqueNow(): number {
  const now = Date.now();
  const taken = now <= lastTimestamp && lastTimestamp - now < 1000;
  lastTimestamp = taken ? lastTimestamp + 1 : now;
  return lastTimestamp;
}

export interface SignOptions {
  headers?: Record<string, string>;
  timestamp?: number;
}

/** Headers and body of a signed request; a body that is neither text nor bytes is sent as JSON. */
export async function signedInit(
  who: Credentials,
  method: string,
  target: string,
  body?: unknown,
  options: SignOptions = {},
): Promise<RequestInit> {
  const content = body instanceof Uint8Array ? body : textOf(body);
  const timestamp = String(options.timestamp ?? uniqueNow());
  const headers: Record<string, string> = {
    'X-PipAI-API-Key': who.apiKey,
    'X-PipAI-Timestamp': timestamp,
    'X-PipAI-Signature': await hmac(who.apiSecret, new Blob([timestamp + method + target, content])),
    ...(content.length === 0 ? {} : { 'Content-Type': 'application/json' }),
    ...options.headers,
  };
  return { method, headers, ...(content.length === 0 ? {} : { body: content }) };
}

function textOf(body: unknown): string {
  if (body === undefined) return '';
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** Sends a signed request. */
export async function call(
  who: Credentials,
  method: string,
  target: string,
  body?: unknown,
  options?: SignOptions,
): Promise<Answer> {
  return await send(target, await signedInit(who, method, target, body, options));
}

/** Headers and body of a request with the administration token. */
export function adminInit(method: string, body?: unknown): RequestInit {
  return {
    method,
    headers: { Authorization: `Bearer ${env.ADMIN_TOKEN ?? ''}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

/** Sends a request with the administration token. */
export async function administer(method: string, target: string, body?: unknown): Promise<Answer> {
  return await send(target, adminInit(method, body));
}

/** The credentials in the answer to a new key. */
export function credentialsIn(answer: Answer): Credentials {
  const key = keyAnswer.parse(answer.json);
  return { apiKey: key.api_key, apiSecret: key.api_secret, accountId: key.account_id };
}

let accounts = 0;

/** The name of an account nobody has used yet. */
export function freshAccount(): string {
  accounts += 1;
  return `t${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}n${String(accounts)}`;
}

/** A key with these permissions, of a new account unless one is named. */
export async function mintKey(
  permissions: Permission[] = ['read', 'trade'],
  account = freshAccount(),
): Promise<Credentials> {
  return credentialsIn(await administer('POST', '/v1/admin/keys', { account_id: account, permissions }));
}

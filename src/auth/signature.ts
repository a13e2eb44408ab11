import { joined } from '../bytes.ts';
import { parseApiKey, type ParsedApiKey } from './api-key.ts';
import type { MasterKeys } from './master-keys.ts';
import { deriveSecret, hmacKey } from './secret.ts';

/** A request as it was signed. `target` is the path with its query string exactly as sent. */
export interface SignedRequest {
  readonly apiKey: string | null;
  readonly timestamp: string | null;
  readonly signature: string | null;
  readonly method: string;
  readonly target: string;
  readonly body: Uint8Array;
}

/** Whether a request is authentic. That its key still stands only the account can say. */
export type Verification =
  | { readonly ok: true; readonly key: ParsedApiKey; readonly signature: string }
  | { readonly ok: false; readonly code: 'UNAUTHORIZED' | 'TIMESTAMP_OUT_OF_WINDOW' };

const UNAUTHORIZED = { ok: false, code: 'UNAUTHORIZED' } as const;
const TIMESTAMP = /^[0-9]{1,15}$/;
const SIGNATURE = /^[0-9a-f]{64}$/i;

/** The bytes a signature is made over: timestamp, method, target and body, one after the other. */
export function canonicalRequest(
  timestamp: string,
  method: string,
  target: string,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return joined([new TextEncoder().encode(timestamp + method + target), body]);
}

/**
 * Verifies a signature with nothing but the master key of the version that the API key names: no lookup, no I/O.
 * A version that does not stand is refused as a wrong signature is. The clock is judged only once the signature is right, so
 * that a stranger learns nothing.
 * @param now milliseconds since the epoch.
 * @param windowMs how far the timestamp may be from `now`, either way.
 */
export async function verifySignature(
  request: SignedRequest,
  masterKeys: MasterKeys,
  now: number,
  windowMs: number,
): Promise<Verification> {
  const key = parseApiKey(request.apiKey ?? '');
  const signature = request.signature ?? '';
  const timestamp = request.timestamp ?? '';
  const masterKey = masterKeys.byVersion.get(key?.version ?? '');
  if (key === null || masterKey === undefined || !SIGNATURE.test(signature) || !TIMESTAMP.test(timestamp)) {
    return UNAUTHORIZED;
  }
  const secret = await hmacKey(await deriveSecret(masterKey.text, key), ['verify']);
  const message = canonicalRequest(timestamp, request.method, request.target, request.body);
  if (!(await crypto.subtle.verify('HMAC', secret, Uint8Array.fromHex(signature), message)))
    return UNAUTHORIZED;
  if (Math.abs(now - Number(timestamp)) > windowMs) return { ok: false, code: 'TIMESTAMP_OUT_OF_WINDOW' };
  return { ok: true, key, signature: signature.toLowerCase() };
}

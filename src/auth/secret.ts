import type { ParsedApiKey } from './api-key.ts';

const encoder = new TextEncoder();

/** An HMAC-SHA256 key of a text's UTF-8 bytes. */
export function hmacKey(secret: string, usages: ('sign' | 'verify')[]): Promise<CryptoKey> {
  return crypto.subtle.importKey(
    'raw',
    encoder.encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    usages,
  );
}

/** The secret of an API key: 64 hex digits only the holder of the master key can compute, so nothing needs to be stored. */
export async function deriveSecret(masterKey: string, key: ParsedApiKey): Promise<string> {
  const message = encoder.encode(`pipai-api-secret\n${key.version}\n${key.text}`);
  const mac = await crypto.subtle.sign('HMAC', await hmacKey(masterKey, ['sign']), message);
  return new Uint8Array(mac).toHex();
}

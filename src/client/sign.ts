const encoder = new TextEncoder();

/** A request as it is signed. */
export interface SignedParts {
  readonly method: string;
  /** The path with its query string, as the service sees it. */
  readonly target: string;
  /** Empty where there is none. */
  readonly body: string;
}

/** Gives the three headers that sign a request. `timestamp` is in milliseconds since the epoch. */
export type Signer = (request: SignedParts, timestamp: number) => Promise<Record<string, string>>;

/** A signer in the name of one API key; the secret is imported once, at the first request. */
export function createSigner(apiKey: string, apiSecret: string): Signer {
  let imported: ReturnType<typeof crypto.subtle.importKey> | null = null;
  return async function sign({ method, target, body }, timestamp) {
    imported ??= crypto.subtle.importKey(
      'raw',
      encoder.encode(apiSecret),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const message = encoder.encode(String(timestamp) + method + target + body);
    const signature = new Uint8Array(await crypto.subtle.sign('HMAC', await imported, message));
    return {
      'X-PipAI-API-Key': apiKey,
      'X-PipAI-Timestamp': String(timestamp),
      'X-PipAI-Signature': Array.from(signature, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    };
  };
}

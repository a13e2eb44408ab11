import type { Cast, FilledShot } from './world.ts';

/** HMAC-SHA256 in hex. */
export type Hmac = (secret: string, message: Blob) => Promise<string>;

/** The headers that prove who sends a shot, right for what is sent. */
export async function proofOf(
  { as, method, target, body }: FilledShot,
  cast: Cast,
  adminToken: string,
  hmac: Hmac,
): Promise<Record<string, string>> {
  if (as === 'nobody') return {};
  if (as === 'admin') return { Authorization: `Bearer ${adminToken}` };
  const who = cast[as];
  const timestamp = String(Date.now());
  return {
    'X-PipAI-API-Key': who.apiKey,
    'X-PipAI-Timestamp': timestamp,
    'X-PipAI-Signature': await hmac(who.apiSecret, new Blob([timestamp + method + target, body])),
  };
}

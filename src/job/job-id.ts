/**
 * Job ids as clients see them: the Durable Object's own id, in base 62.
 * The platform signs its ids, so `idFromString` refuses one that was not made here, and a made-up job id reaches no object.
 */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^43 is the first power of 62 above 2^256. */
const LENGTH = 43;
const PATTERN = /^bt_[0-9A-Za-z]{43}$/;

/** The public id of a job object. */
export function encodeJobId(id: DurableObjectId): string {
  let rest = BigInt(`0x${id.toString()}`);
  let text = '';
  for (let i = 0; i < LENGTH; i++) {
    text = DIGITS.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return `bt_${text}`;
}

/** The object behind a public id, or null for a text that {@link encodeJobId} never gave out. */
export function decodeJobId(namespace: DurableObjectNamespace, jobId: string): DurableObjectId | null {
  if (!PATTERN.test(jobId)) return null;
  let value = 0n;
  for (const digit of jobId.slice(3)) value = value * 62n + BigInt(DIGITS.indexOf(digit));
  const hex = value.toString(16).padStart(64, '0');
  if (hex.length > 64) return null;
  try {
    return namespace.idFromString(hex);
  } catch {
    return null;
  }
}

/** The form of API keys: `pk_<version of the master key>_<account>_<random>`. A key names its account; its secret is derived. */

const PATTERN = /^pk_([0-9]{1,4})_([a-z0-9]{1,32})_([0-9a-f]{32})$/;

/** What an API key says of itself. Nothing of it is proven until a signature is. */
export interface ParsedApiKey {
  readonly text: string;
  readonly version: string;
  readonly accountId: string;
}

/** Reads an API key; null for a text that is none. */
export function parseApiKey(text: string): ParsedApiKey | null {
  const match = PATTERN.exec(text);
  const [, version, accountId] = match ?? [];
  return version === undefined || accountId === undefined ? null : { text, version, accountId };
}

/**
 * Forms a new API key.
 * @param version that of the master key its secret is derived from.
 * @param random 32 lower-case hex digits nobody can guess.
 */
export function formatApiKey(version: string, accountId: string, random: string): string {
  return `pk_${version}_${accountId}_${random}`;
}

import { expect } from 'vitest';

/** Matchers for parts of an answer that the contract leaves open, without the `any` of vitest's own. */

export const ANY_TEXT: unknown = expect.any(String);

export function textWith(part: string | RegExp): unknown {
  return typeof part === 'string' ? expect.stringContaining(part) : expect.stringMatching(part);
}

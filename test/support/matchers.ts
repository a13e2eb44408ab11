import { expect } from 'vitest';
import { z } from 'zod';

/** Matchers for parts of an answer that the contract leaves open, without the `any` of vitest's own. */

export const ANY_TEXT: unknown = expect.any(String);
export const ANY_NUMBER: unknown = expect.any(Number);

export function textWith(part: string | RegExp): unknown {
  return typeof part === 'string' ? expect.stringContaining(part) : expect.stringMatching(part);
}

/** Not those of zod, which are for programmers. */
const OUR_WORDS = /^(?!Invalid|Too (small|big)|Unrecognized).+/;

const refusal = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    details: z.array(z.strictObject({ path: z.string(), message: z.string().regex(OUR_WORDS) })).default([]),
    request_id: z.string(),
  }),
});

/** The code of an error answer; fails for an answer that is none. */
export function codeOf(answer: { json: unknown }): string {
  return refusal.parse(answer.json).error.code;
}

/**
 * Which fields an answer blames, each once, in order of their names. Fails for an answer that is no error, and for one that says
 * the same of a field twice.
 */
export function blamed(answer: { json: unknown }): string[] {
  const { details } = refusal.parse(answer.json).error;
  const told = details.map(({ path, message }) => `${path} ${message}`);
  expect(told).toEqual([...new Set(told)]);
  return [...new Set(details.map(({ path }) => path))].sort();
}

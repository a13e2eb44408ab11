import * as z from 'zod';

/** Seconds of `Prefer: wait=N`. */
export const waitSeconds = z
  .string()
  .regex(/^0*([1-9]|[1-5][0-9]|60)$/, 'wait must be a whole number of seconds from 1 to 60')
  .transform(Number);

/** Pieces between commas, and between semicolons, that stand outside of quoted strings. */
const PREFERENCES = /(?:[^",]|"(?:[^"\\]|\\.)*")+/g;
const PARTS = /(?:[^";]|"(?:[^"\\]|\\.)*")+/g;

/**
 * The value of one preference of a `Prefer` field, as RFC 7240 has it: names in any case, values bare or quoted, parameters
 * ignored, and the first counts where a name is repeated. Empty where the preference has no value; null where it is not there.
 */
export function preference(field: string, name: string): string | null {
  for (const [each] of field.matchAll(PREFERENCES)) {
    const [first = ''] = each.match(PARTS) ?? [];
    const [token = '', ...value] = first.split('=');
    if (token.trim().toLowerCase() === name) return unquoted(value.join('=').trim());
  }
  return null;
}

function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word;
}

import type * as z from 'zod';

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  tuple: 'a list',
};

/** What sizes are counted in, one and many. Of numbers they are the value itself. */
const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
};

/**
 * What is wrong with a place of a request, in words that follow its name: `must be one of 1m, 5m, 15m, 1h, 4h, 1d`. Undefined
 * where zod's own words have to do. A schema that says more itself comes first.
 */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return bound('at least', issue.minimum, issue.origin);
    case 'too_big':
      return bound('at most', issue.maximum, issue.origin);
    case 'invalid_key':
      return `has a name that ${issue.issues.map(({ message }) => message).join(', ')}`;
    default:
      return undefined;
  }
}

function bound(which: string, limit: number | bigint, origin: string): string {
  const units = UNITS[origin];
  if (units === undefined) return `must be ${which} ${String(limit)}`;
  return `must have ${which} ${String(limit)} ${units[Number(limit) === 1 ? 0 : 1]}`;
}

/** How input from outside is parsed: its faults in our words, with what stood there, so that nothing is told from something wrong. */
export const AS_INPUT: z.core.ParseContext<z.core.$ZodIssue> = { error: inWords, reportInput: true };

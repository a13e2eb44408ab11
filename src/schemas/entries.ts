import * as z from 'zod';
import { AS_INPUT } from './messages.ts';

/**
 * Lists and objects as large as a worker's body may be. Their entries are checked one by one, so that a hundred thousand wrong
 * ones cost no more than the first few; and what has too many is not looked at further.
 */

/** So many details of a wrong list or object are told: a worker that writes all of its entries wrongly needs no more. */
const MAX_ISSUES = 20;
const MORE_ISSUES = `has more that does not fit; only the first ${String(MAX_ISSUES)} are listed`;

/** A list of such rows. */
export function listOf<Row extends z.ZodType>(row: Row) {
  return z.array(z.unknown()).transform((rows, context): z.output<Row>[] => {
    const good: z.output<Row>[] = [];
    const tell = teller(context, rows);
    for (const [index, value] of rows.entries()) {
      const parsed = row.safeParse(value, AS_INPUT);
      if (parsed.success) good.push(parsed.data);
      else if (!tell(parsed.error.issues, index)) break;
    }
    return good;
  });
}

/**
 * An object of at most `most` members with names of its sender's own. It is passed on as it came: a copy would lose a member
 * `__proto__`, which is a name like others in JSON.
 */
export function membersOf<Value extends z.ZodType>(name: z.ZodType<string>, value: Value, most = Infinity) {
  return z
    .custom<Record<string, z.output<Value>>>(isObject, 'must be an object')
    .transform((members, context) => {
      const names = Object.keys(members);
      if (names.length > most) {
        const message = `must have at most ${String(most)} entries`;
        context.addIssue({ code: 'custom', message, input: members });
        return members;
      }
      const tell = teller(context, members);
      for (const each of names) {
        const named = name.safeParse(each, AS_INPUT).error?.issues ?? [];
        const badName = named.map((issue) => ({ ...issue, message: `has a name that ${issue.message}` }));
        const badValue = value.safeParse(members[each], AS_INPUT).error?.issues ?? [];
        if (!tell([...badName, ...badValue], each)) break;
      }
      return members;
    });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Passes on what is wrong with the entries of `whole`, one entry a call; false once {@link MAX_ISSUES} are told. */
function teller(context: z.core.$RefinementCtx, whole: unknown) {
  let told = 0;
  return (issues: readonly z.core.$ZodIssue[], entry: PropertyKey): boolean => {
    for (const issue of issues) {
      told += 1;
      if (told > MAX_ISSUES) {
        context.addIssue({ code: 'custom', message: MORE_ISSUES, input: whole });
        return false;
      }
      const { message, input, path } = issue;
      context.addIssue({ code: 'custom', message, input, path: [entry, ...path] });
    }
    return true;
  };
}

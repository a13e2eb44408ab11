import type { Context } from 'hono';
import type { z } from 'zod';
import { ApiError, type ErrorDetail } from '../errors.ts';
import { AS_INPUT } from '../schemas/messages.ts';
import type { AppEnv } from './context.ts';

type Issue = z.core.$ZodIssue;

/** As many as are told. Only a body that is long and mostly wrong has more: its answer must not be longer still. */
const MAX_DETAILS = 1000;
const MORE_DETAILS = {
  path: '',
  message: `has more that does not fit; only the first ${String(MAX_DETAILS)} are listed`,
};

/** As much of a name as a path shows: a body may be all name. */
const SHOWN_NAME = 100;

/** As many as a message can name and still be read; `details` has all. */
const NAMED_FIELDS = 10;

/** The contract's answer to input that does not fit: every failing field, by its path. */
export function invalidParameter(details: readonly ErrorDetail[]): ApiError {
  const fields = [...new Set(details.map((detail) => detail.path))].filter((path) => path !== '');
  const named = fields.slice(0, NAMED_FIELDS).join(', ') + (fields.length > NAMED_FIELDS ? ' and more' : '');
  const what = fields.length > 0 ? `Not valid: ${named}.` : 'The body does not fit.';
  const told = details.length > MAX_DETAILS ? [...details.slice(0, MAX_DETAILS), MORE_DETAILS] : details;
  return new ApiError('INVALID_PARAMETER', `${what} See details.`, { details: told });
}

/** What zod found, a detail a field; what several rules find is told once. */
export function toDetails(issues: readonly Issue[], prefix: readonly PropertyKey[] = []): ErrorDetail[] {
  const details = issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys
        .slice(0, MAX_DETAILS + 1)
        .map((key) =>
          key === ''
            ? { path: dotted(path), message: 'has a field without a name; take it out' }
            : { path: dotted([...path, key]), message: 'is not a known field' },
        );
    }
    const missing = 'input' in issue && issue.input === undefined;
    return [{ path: dotted(path), message: missing ? 'is required' : issue.message }];
  });
  return [...new Map(details.map((detail) => [JSON.stringify(detail), detail])).values()];
}

function dotted(path: readonly PropertyKey[]): string {
  return path
    .map(String)
    .map((name) => (name.length > SHOWN_NAME ? `${name.slice(0, SHOWN_NAME)}…` : name))
    .join('.');
}

/** The body as JSON; an empty object where it is empty. Throws 400 for malformed JSON. */
export function jsonBody(c: Context<AppEnv>): unknown {
  const bytes = c.get('body');
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not JSON';
    throw invalidParameter([{ path: '', message: `The body is not valid JSON in UTF-8: ${reason}` }]);
  }
}

/** Checks `input` against `schema`. Throws 400 naming every failing field, below `prefix`. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  prefix: readonly PropertyKey[] = [],
): z.output<Schema> {
  const parsed = schema.safeParse(input, AS_INPUT);
  if (!parsed.success) throw invalidParameter(toDetails(parsed.error.issues, prefix));
  return parsed.data;
}

const UNNAMED = { path: 'query', message: 'has a parameter without a name; take it out' };

/** Checks the query, which has one value a name. Throws 400 naming every failing and every repeated name, and what has no name. */
export function checkQuery<Schema extends z.ZodType>(schema: Schema, c: Context<AppEnv>): z.output<Schema> {
  const query = new URL(c.req.url).searchParams;
  const unnamed = query.has('') ? [UNNAMED] : [];
  const names = [...new Set(query.keys())].filter((name) => name !== '');
  const repeated = names.filter((name) => query.getAll(name).length > 1);
  const parsed = schema.safeParse(Object.fromEntries(names.map((name) => [name, query.get(name)])), AS_INPUT);
  if (parsed.success && repeated.length === 0 && unnamed.length === 0) return parsed.data;
  throw invalidParameter([
    ...unnamed,
    ...repeated.map((path) => ({ path, message: 'is given more than once' })),
    ...toDetails(parsed.error?.issues ?? []),
  ]);
}

/** Checks two parts of a request. Throws one 400 for what is wrong with either. */
export function both<A, B>(first: () => A, second: () => B): [A, B] {
  const [a, b] = [attempt(first), attempt(second)];
  if (a.ok && b.ok) return [a.value, b.value];
  throw invalidParameter([a, b].flatMap((part) => (part.ok ? [] : part.details)));
}

function attempt<T>(part: () => T): { ok: true; value: T } | { ok: false; details: readonly ErrorDetail[] } {
  try {
    return { ok: true, value: part() };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'INVALID_PARAMETER')
      return { ok: false, details: error.details };
    throw error;
  }
}

import { z } from 'zod';
import { ERROR_STATUS } from '../../src/errors.ts';
import { violations, type Exchange } from '../support/contract.ts';

/** What every answer is held to, whatever was sent. Pure. */

/** Everything that is stored, a text a row or key, by the object or bucket it is in. */
export type State = ReadonlyMap<string, readonly string[]>;

const envelope = z.object({
  error: z.object({ code: z.enum(Object.keys(ERROR_STATUS)), request_id: z.string().min(1) }),
});
const statusOf = new Map<string, number>(Object.entries(ERROR_STATUS));
const SAFE = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];
/** A line of a stack, a file of ours, or the words of a database. */
const INNARDS =
  /\bat \S+ \([^)]*:\d+:\d+\)|\bat \w+:\/\/\S+:\d+|\.[mc]?[jt]s:\d|node_modules|SQLITE|no such table/;

/** What is wrong with an answer; empty where nothing is. */
export function faultsOf(exchange: Exchange): string[] {
  const { status, text } = exchange;
  return [
    ...(status >= 500 ? [`the service failed: ${String(status)} ${text.slice(0, 200)}`] : []),
    ...(status >= 400 && exchange.method !== 'HEAD' ? envelopeFaults(status, text) : []),
    ...(INNARDS.test(status >= 400 ? text : '') ? ['the answer tells of the inside'] : []),
    ...violations(exchange),
  ];
}

/** The code of a refusal, or null. */
export function codeOf({ text }: Exchange): string | null {
  return envelope.safeParse(parsed(text)).data?.error.code ?? null;
}

function envelopeFaults(status: number, text: string): string[] {
  const found = envelope.safeParse(parsed(text));
  if (!found.success) return ['the refusal has no envelope with a known code and a request id'];
  const { code } = found.data.error;
  const due = statusOf.get(code);
  return due === status ? [] : [`${code} should be ${String(due)}`];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether an answer must have left everything as it was: it refuses, or the method is safe. */
export function mustChangeNothing({ method, status }: Exchange): boolean {
  return status >= 400 || SAFE.includes(method);
}

/** What is stored otherwise than before, in words; empty where nothing is. */
export function changesBetween(before: State, after: State): string[] {
  const places = new Set([...before.keys(), ...after.keys()]);
  return [...places].flatMap((place) => {
    const [was, is] = [before.get(place) ?? [], after.get(place) ?? []];
    const gone = was.filter((row) => !is.includes(row)).map((row) => `${place} lost ${row}`);
    const come = is.filter((row) => !was.includes(row)).map((row) => `${place} got ${row}`);
    const counted =
      was.length === is.length ? [] : [`${place} has ${String(is.length)} rows, not ${String(was.length)}`];
    return [...gone, ...come, ...counted];
  });
}

import { InvalidArgumentError, type Command } from 'commander';
import { IDEMPOTENCY_KEY } from '../client/client.ts';

const JOB_ID = /^bt_[0-9A-Za-z]{6,64}$/;
const TOO_LARGE = 2 ** 31;

/** Adds the flag that every command has. */
export function jsonFlag(command: Command, what: string): Command {
  return command.option('--json', `print ${what}, and errors as JSON on standard error`);
}

/** A job id, so that a slip of the hand is told without asking the service. */
export function jobId(text: string): string {
  if (JOB_ID.test(text)) return text;
  throw new InvalidArgumentError('A job id begins with bt_; "pipai list" shows them.');
}

/** The same for several. */
export function jobIds(text: string, before: readonly string[] = []): string[] {
  return [...before, jobId(text)];
}

/** A key under which a request acts once. */
export function idempotencyKey(text: string): string {
  if (IDEMPOTENCY_KEY.test(text)) return text;
  throw new InvalidArgumentError('It must be 1-64 visible ASCII characters.');
}

/** A whole number from 1. */
export function count(text: string): number {
  const value = wholeNumber(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be at least 1.');
}

/** A whole number from 0. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value < TOO_LARGE) return value;
  throw new InvalidArgumentError('It must be a whole number.');
}

/** A flag that may come several times, and whose value may be a list with commas. */
export function several(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',').map((part) => part.trim())];
}

/** A flag `name=value` that may come several times. */
export function assignment(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be name=value, such as grid_levels=20.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

import { PipaiError } from '../client/index.ts';
import type { ErrorDetail } from '../errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** A failure as it is told: to people as text, with `--json` as the envelope of the API. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
  readonly requestId: string | null;
}

/** What ends a command with a code of this program's own. The message names the remedy. */
export class CliError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, exitCode: ExitCode, message: string) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** A command that cannot be carried out as it was given; nothing was sent. */
export class UsageError extends CliError {
  constructor(message: string) {
    super('USAGE', EXIT.usage, message);
  }
}

/** The user stopped a command with Ctrl-C, or answered its question with no. */
export class Interrupted extends CliError {
  constructor(message: string) {
    super('INTERRUPTED', EXIT.interrupted, message);
  }
}

/** What to tell of anything that was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) {
    const { code, exitCode, message } = error;
    return { exitCode, code, message, details: [], requestId: null };
  }
  if (error instanceof PipaiError) {
    const { code, message, status, details, requestId } = error;
    const refused = code !== 'BAD_ANSWER' && status !== null && status < 500;
    const exitCode = refused ? EXIT.refused : EXIT.unavailable;
    return { exitCode, code, message, details, requestId };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: EXIT.unexpected, code: 'UNEXPECTED', message, details: [], requestId: null };
}

/** The envelope of the API, for `--json`. */
export function envelopeOf({ code, message, details, requestId }: Failure) {
  return {
    error: {
      code,
      message,
      ...(details.length > 0 ? { details } : {}),
      ...(requestId === null ? {} : { request_id: requestId }),
    },
  };
}

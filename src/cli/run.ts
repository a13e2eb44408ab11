import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { UsageError, failureOf } from './failures.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';
import { Session } from './session.ts';

/**
 * Runs one command.
 * @param args what follows `pipai`.
 * @returns the code to exit with; whatever there is to tell has been told.
 */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const session = sessionOf(args, io);
  try {
    await createProgram(session).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) session.fail(failureOf(error));
    else if (error.exitCode !== 0) session.exitCode = misused(session, error);
  }
  return session.exitCode;
}

/**
 * Tells that standard output could not be written, such as to a disk that is full.
 * @returns the code to exit with.
 */
export function withoutOutput(args: readonly string[], io: Io, { message }: Error): ExitCode {
  const session = sessionOf(args, io);
  const told = `Standard output cannot be written: ${message}. What was asked for may have been done.`;
  session.fail(failureOf(new Error(told)));
  return session.exitCode;
}

function sessionOf(args: readonly string[], io: Io): Session {
  return new Session(io, args.includes('--json'));
}

/** Commander has told people by itself. */
function misused(session: Session, error: CommanderError): ExitCode {
  if (session.json) session.fail(failureOf(new UsageError(error.message.replace(/^error: /, ''))));
  return EXIT.usage;
}

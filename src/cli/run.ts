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
  const session = new Session(io, args.includes('--json'));
  try {
    await createProgram(session).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) session.fail(failureOf(error));
    else if (error.exitCode !== 0) session.exitCode = misused(session, error);
  }
  return session.exitCode;
}

/** Commander has told people by itself. */
function misused(session: Session, error: CommanderError): ExitCode {
  if (session.json) session.fail(failureOf(new UsageError(error.message.replace(/^error: /, ''))));
  return EXIT.usage;
}

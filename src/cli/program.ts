import { Command } from 'commander';
import about from '../../package.json' with { type: 'json' };
import { addAudit } from './commands/audit.ts';
import { addCancel } from './commands/cancel.ts';
import { addCandles } from './commands/candles.ts';
import { addGet } from './commands/get.ts';
import { addKeys } from './commands/keys.ts';
import { addList } from './commands/list.ts';
import { addResult } from './commands/result.ts';
import { addSubmit } from './commands/submit.ts';
import { addTemplates } from './commands/templates.ts';
import { addWatch } from './commands/watch.ts';
import { exitCodeLines } from './exit-codes.ts';
import { paint } from './output/paint.ts';
import type { Session } from './session.ts';

const AFTER_HELP = `
Environment:
  PIPAI_URL            the address of the service
  PIPAI_API_KEY        the key to trade with
  PIPAI_API_SECRET     its secret; secrets are never flags, since command lines are public
  PIPAI_ADMIN_TOKEN    for "keys" and "candles import"
  NO_COLOR             no colours, whatever its value
  With none of them set, the service that "npm start" runs in this checkout, with its demo key.

Data goes to standard output, everything else to standard error. With --json data is JSON, one value a line, and
an error is {"error": {"code", "message", "details", "request_id"}} on standard error. All times are UTC.

Exit codes:
${exitCodeLines().join('\n')}`;

/** The command line, which acts through `session`. Parsing throws CommanderError instead of ending the process. */
export function createProgram(session: Session): Command {
  const { stdout, stderr } = session.io;
  const program = new Command('pipai')
    .description('Submit backtests, watch them, cancel them, and read their results')
    .version(about.version)
    .exitOverride()
    .showHelpAfterError('Add --help to see how it is used.')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      // What a program asked for is told as JSON, by whoever catches the error.
      writeErr: (text) => (session.json ? undefined : stderr.write(text)),
      outputError: (text, write) => {
        write(text.replace(/^error:/, paint(stderr, 'red', 'Error:')));
      },
      getOutHelpWidth: () => session.width,
      getErrHelpWidth: () => session.width,
    })
    .addHelpText('after', AFTER_HELP);
  for (const add of [
    addSubmit,
    addWatch,
    addGet,
    addList,
    addCancel,
    addAudit,
    addResult,
    addTemplates,
    addCandles,
    addKeys,
  ]) {
    add(program, session);
  }
  return program;
}

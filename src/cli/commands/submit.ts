import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { PipaiError, type Job, type PipaiClient } from '../../client/index.ts';
import { trader } from '../access.ts';
import { conclude, concludeSilently } from '../conclude.ts';
import { Interrupted, UsageError } from '../failures.ts';
import { assignment, idempotencyKey, jsonFlag, several } from '../flags.ts';
import { follow, interruptible } from '../follow.ts';
import { repeatable } from '../repeatable.ts';
import { buildRequest, parseRequest, templateOf, type RequestFlags } from '../request/build.ts';
import { flagOf } from '../request/flag-names.ts';
import { isLeftToService } from '../request/left-to-service.ts';
import type { ParamsSchema } from '../request/values.ts';
import type { Session } from '../session.ts';

interface SubmitFlags extends RequestFlags {
  readonly file?: string;
  readonly watch?: true;
  readonly idempotencyKey?: string;
}

const EXAMPLES = `
Examples:
  pipai submit --template tpl_grid --param grid_levels=20 --param upper_price=72000 --param lower_price=60000 \\
    --symbol BTCUSDT --timeframe 1h --start 2025-01-01 --end 2025-03-31 --capital 10000 --watch
  pipai submit --file job.json --capital 5000

"pipai templates" shows the templates and their parameters.`;

/** Adds `pipai submit`. */
export function addSubmit(program: Command, session: Session): void {
  const command = program
    .command('submit')
    .description('Submit a backtest, from flags, from a file, or from a file with flags over its fields')
    .option('--template <id>', 'the strategy, such as tpl_grid')
    .option('--param <name=value>', 'a parameter of the strategy; may be repeated', assignment)
    .option('--symbol <symbols>', 'a trading pair; may be repeated, or a list with commas', several)
    .option('--timeframe <length>', 'length of a candle: 1m, 5m, 15m, 1h, 4h or 1d')
    .option('--start <instant>', 'first candle, 2025-01-01T00:00:00Z, or a day, which is its beginning')
    .option('--end <instant>', 'last candle, or a day, which is its end')
    .option('--capital <amount>', 'what to start with, in the quote currency')
    .option('--leverage <times>', 'whole number, 1 where it is left out')
    .option('--fee-model <model>', 'none, fixed_bps, tiered_maker_taker or match_exchange')
    .option('--fee-bps <bps>', 'fees of fixed_bps in hundredths of a percent')
    .option('--file <path>', 'a JSON file with fields of the API, - for standard input')
    .option(
      '--idempotency-key <text>',
      'the same key and job again within a day give the first answer again',
      idempotencyKey,
    )
    .option('--watch', 'follow the job to its end, and print its metrics; Ctrl-C asks whether to cancel it');
  jsonFlag(command, 'the job as JSON; with --watch once it has ended, with its whole result')
    .addHelpText('after', EXAMPLES)
    .action((flags: SubmitFlags) => submit(session, flags));
}

async function submit(session: Session, flags: SubmitFlags): Promise<void> {
  const client = await trader(session);
  const file = flags.file === undefined ? {} : parsed(await textOf(session, flags.file), flags.file);
  const { file: path } = flags;
  session.nameOf = ({ path: field }) => {
    const flag = flagOf(field);
    return path === undefined || flag === field ? flag : `${field} (${flag})`;
  };
  const request = buildRequest(flags, file, await schemaFor(client, flags, file));
  if (!isLeftToService(request)) return;
  await interruptible(session, async (leaving) => {
    const create = () =>
      repeatable(
        flags.idempotencyKey,
        (flag) => `the same command with ${flag}`,
        (key) => client.create(request, { idempotencyKey: key }),
      );
    const job = await created(session, leaving, create);
    if (flags.watch === true) await watchNew(session, client, job, leaving);
    else showNew(session, job, leaving);
  });
}

/** Waits for the answer also after Ctrl-C: whoever does not hear it has a job without knowing its id. */
async function created(session: Session, leaving: AbortSignal, create: () => Promise<Job>): Promise<Job> {
  const explain = () => {
    session.note(
      'Waiting to hear which job was made. Ctrl-C again leaves at once; then "pipai list" shows it.',
    );
  };
  leaving.addEventListener('abort', explain);
  try {
    return await create();
  } finally {
    leaving.removeEventListener('abort', explain);
  }
}

/** @throws Interrupted where Ctrl-C came too late to keep the job from being made. */
function showNew(session: Session, job: Job, leaving: AbortSignal): void {
  if (session.json) {
    session.printJson(job);
  } else {
    session.note(`Submitted. To follow it: pipai watch ${job.id}`);
    session.print(job.id);
  }
  if (leaving.aborted) {
    throw new Interrupted(`The job was made all the same. To cancel it: pipai cancel ${job.id}`);
  }
}

async function watchNew(
  session: Session,
  client: PipaiClient,
  job: Job,
  leaving: AbortSignal,
): Promise<void> {
  session.note(`Submitted ${job.id}`);
  const ended = await follow(session, client, job.id, { command: 'submit --watch', leaving });
  if (session.json) {
    session.printJson(ended);
    concludeSilently(session, ended);
  } else {
    conclude(session, ended);
  }
}

/** The parameters' types, as the service has them. Asked for only where a flag needs them. */
async function schemaFor(
  client: PipaiClient,
  flags: SubmitFlags,
  file: Readonly<Record<string, unknown>>,
): Promise<ParamsSchema | undefined> {
  if (flags.param === undefined) return undefined;
  const id = templateOf(flags, file);
  try {
    const templates = await client.templates();
    return templates.find((template) => template.id === id)?.params;
  } catch (error) {
    if (!(error instanceof PipaiError) || error.code !== 'FORBIDDEN') throw error;
    throw new UsageError(
      '--param asks the service for the types of parameters, which this key may not read: give the parameters with --file.',
    );
  }
}

async function textOf(session: Session, path: string): Promise<string> {
  if (path === '-') return (await session.io.readStdin()).toString();
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function parsed(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    return parseRequest(text);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): UsageError {
  const why = error instanceof Error ? error.message : String(error);
  return new UsageError(`--file ${path} cannot be used: ${why}`);
}

import type { Command } from 'commander';
import type { PipaiClient } from '../../client/index.ts';
import { trader } from '../access.ts';
import { collect } from '../collect.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Interrupted, UsageError, envelopeOf, failureOf, type Failure } from '../failures.ts';
import { idempotencyKey, jobIds, jsonFlag } from '../flags.ts';
import { percent, visible } from '../output/format.ts';
import { cancelRepeatably, type Cancelling } from '../repeatable.ts';
import type { Session } from '../session.ts';

const LARGEST_PAGE = 100;

interface CancelFlags extends Cancelling {
  readonly allQueued?: true;
  readonly yes?: true;
}

/** Adds `pipai cancel`. */
export function addCancel(program: Command, session: Session): void {
  const command = program
    .command('cancel')
    .description('Cancel jobs for good, whether they wait or run')
    .argument('[id...]', 'the jobs', jobIds)
    .option('--reason <text>', 'a note for the audit trail, at most 200 characters')
    .option(
      '--idempotency-key <text>',
      'the same key, job and reason again within a day give the first answer again; for one job',
      idempotencyKey,
    )
    .option('--all-queued', 'cancel every job that waits; one that starts meanwhile, too')
    .option('--yes', 'do not ask before --all-queued');
  jsonFlag(command, 'what became of each job, {"id", "job"} or {"id", "error"}, as a line of JSON').action(
    (ids: string[] | undefined, flags: CancelFlags) => cancel(session, ids ?? [], flags),
  );
}

async function cancel(session: Session, ids: readonly string[], flags: CancelFlags): Promise<void> {
  const all = flags.allQueued === true;
  if (all === ids.length > 0) throw new UsageError('Name the jobs to cancel, or use --all-queued.');
  const named = [...new Set(ids)];
  if (flags.idempotencyKey !== undefined && named.length !== 1) {
    throw new UsageError(
      '--idempotency-key goes with one job: the service refuses a key that was used for another. Cancel them one by one.',
    );
  }
  if (all && flags.yes !== true && !session.io.interactive) {
    throw new UsageError('--all-queued asks first, and there is nobody to ask: add --yes.');
  }
  const client = await trader(session);
  const chosen = all ? await queued(client) : named;
  if (all && chosen.length === 0) {
    session.note('No job waits.');
    return;
  }
  if (all && flags.yes !== true && !(await session.confirm(question(chosen.length)))) {
    throw new Interrupted('Nothing was cancelled.');
  }
  const codes: ExitCode[] = [];
  for (const id of chosen) codes.push(await cancelOne(session, client, id, flags));
  if (codes.includes(EXIT.refused)) session.exitCode = EXIT.refused;
  if (codes.includes(EXIT.unavailable)) session.exitCode = EXIT.unavailable;
}

/** Those that would start first come first. */
async function queued(client: PipaiClient): Promise<string[]> {
  const jobs = await collect(client.list({ status: 'queued', limit: LARGEST_PAGE }));
  return jobs.map((job) => job.id).reverse();
}

function question(jobs: number): string {
  return jobs === 1 ? 'Cancel the one queued job?' : `Cancel ${String(jobs)} queued jobs?`;
}

async function cancelOne(
  session: Session,
  client: PipaiClient,
  id: string,
  cancelling: Cancelling,
): Promise<ExitCode> {
  try {
    const job = await cancelRepeatably(client, id, cancelling);
    if (session.json) session.printJson({ id, job });
    else session.print(`${id}  ${job.status} at ${percent(job.progress)}`);
    return EXIT.ok;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.exitCode === EXIT.unexpected) throw error;
    if (session.json) session.printJson({ id, ...envelopeOf(failure) });
    else session.print(`${id}  ${unmade(failure)}, ${failure.code}: ${visible(failure.message)}`);
    return failure.exitCode;
  }
}

/** Only a refusal says that nothing has changed. */
function unmade({ exitCode }: Failure): string {
  return exitCode === EXIT.refused ? 'not cancelled' : 'not known to be cancelled';
}

import { Option, type Command } from 'commander';
import type { JobStatus, ListedJob, PipaiClient } from '../../client/index.ts';
import { JOB_STATUSES } from '../../job/machine.ts';
import { trader } from '../access.ts';
import { collect } from '../collect.ts';
import { count, jsonFlag } from '../flags.ts';
import { jobTable } from '../output/job.ts';
import { isTemplateLeftToService } from '../request/left-to-service.ts';
import { fromDay } from '../request/values.ts';
import type { Session } from '../session.ts';

const ROWS = 20;
const LARGEST_PAGE = 100;

const FLAGS: Readonly<Record<string, string>> = {
  status: '--status',
  template_id: '--template',
  from: '--from',
  to: '--to',
  limit: '--limit',
};

interface ListFlags {
  readonly status?: JobStatus;
  readonly template?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

/** Adds `pipai list`. */
export function addList(program: Command, session: Session): void {
  const command = program
    .command('list')
    .description('List jobs, newest first')
    .addOption(new Option('--status <status>', 'only jobs that stand so').choices(JOB_STATUSES))
    .option('--template <id>', 'only jobs of this strategy')
    .option('--from <instant>', 'submitted then or later; a day is its beginning')
    .option('--to <instant>', 'submitted before; a day is its beginning')
    .option('--limit <rows>', 'at most so many', count, ROWS);
  jsonFlag(command, 'each job, of its result the metrics only, as a line of JSON').action(
    (flags: ListFlags) => list(session, flags),
  );
}

async function list(session: Session, flags: ListFlags): Promise<void> {
  const jobs = select(await trader(session), flags);
  session.nameOf = ({ path }) => FLAGS[path] ?? path;
  if (session.json) {
    for await (const job of jobs) session.printJson(job);
    return;
  }
  const rows = await collect(jobs);
  if (rows.length === 0) session.note('No jobs.');
  else session.print(jobTable(session.io.stdout, rows));
}

async function* select(client: PipaiClient, flags: ListFlags): AsyncGenerator<ListedJob> {
  const { status, template, from, to, limit } = flags;
  let left = limit;
  const query = {
    status,
    template_id: template !== undefined && isTemplateLeftToService(template) ? template : undefined,
    from: from === undefined ? undefined : fromDay(from),
    to: to === undefined ? undefined : fromDay(to),
    limit: Math.min(limit, LARGEST_PAGE),
  };
  for await (const job of client.list(query)) {
    yield job;
    left -= 1;
    if (left === 0) return;
  }
}

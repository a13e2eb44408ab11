import { Option, type Command } from 'commander';
import type { Job } from '../../client/index.ts';
import { trader } from '../access.ts';
import { withoutResult } from '../conclude.ts';
import { jobId, jsonFlag } from '../flags.ts';
import { csv, csvOfRecords } from '../output/csv.ts';
import { grouped } from '../output/format.ts';
import { metricsTable, warningLines } from '../output/job.ts';
import type { Session } from '../session.ts';

const CSV_TABLES = ['trades', 'equity'] as const;
/** Columns of the trades, there also where no trade is. */
const TRADE_COLUMNS = [
  'id',
  'side',
  'symbol',
  'entry_time',
  'entry_price',
  'exit_time',
  'exit_price',
  'qty',
  'pnl',
  'fee',
  'exit_reason',
];

type Result = NonNullable<Job['result']>;

interface ResultFlags {
  readonly csv?: (typeof CSV_TABLES)[number];
}

/** Adds `pipai result`. */
export function addResult(program: Command, session: Session): void {
  const csvFlag = new Option('--csv <table>', 'print this as CSV with a header; lines end with LF')
    .choices(CSV_TABLES)
    .conflicts('json');
  const command = program
    .command('result')
    .description('Show the result of a job that is done: metrics, equity, warnings')
    .argument('<id>', 'the job', jobId)
    .addOption(csvFlag);
  jsonFlag(command, 'the whole result as JSON').action((id: string, flags: ResultFlags) =>
    result(session, id, flags),
  );
}

async function result(session: Session, id: string, flags: ResultFlags): Promise<void> {
  const job = await (await trader(session)).get(id);
  if (job.result === null) session.fail(withoutResult(job));
  else if (session.json) session.printJson(job.result);
  else if (flags.csv === 'trades') session.print(trades(job.result));
  else if (flags.csv === 'equity') session.print(csv(['time', 'equity'], job.result.equity_curve));
  else await show(session, job.result);
}

function trades(found: Result): string {
  return csvOfRecords(
    found.trades.map((trade) => ({ ...trade })),
    TRADE_COLUMNS,
  );
}

async function show(session: Session, found: Result): Promise<void> {
  const { equityChart } = await import('../output/chart.ts');
  session.print(metricsTable(found));
  session.print(`\n${equityChart(found.equity_curve, session.width)}`);
  session.print(`\n${grouped(String(found.trades.length))} trades; as CSV with --csv trades`);
  for (const line of warningLines(session.io.stdout, found)) session.print(line);
}

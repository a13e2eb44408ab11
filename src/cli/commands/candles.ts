import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { CandleListing } from '../../client/index.ts';
import { importFlag, importTarget, inFlags } from '../../local/archive/spec.ts';
import { DUMP_LIMIT } from '../../schemas/dump.ts';
import type { CandleImport } from '../../schemas/responses.ts';
import { trader } from '../access.ts';
import { callAsAdmin } from '../admin.ts';
import { adminAccess } from '../environment.ts';
import { UsageError } from '../failures.ts';
import { jsonFlag } from '../flags.ts';
import { grouped, when } from '../output/format.ts';
import { table, type Column } from '../output/table.ts';
import { recordOf } from '../request/values.ts';
import type { Session } from '../session.ts';

interface ImportFlags {
  readonly tick?: string;
  readonly step?: string;
  readonly minNotional?: string;
}

const COLUMNS: Column<CandleImport | CandleListing>[] = [
  { title: 'SYMBOL', of: ({ symbol }) => symbol },
  { title: 'TF', of: ({ timeframe }) => timeframe },
  { title: 'FROM', of: ({ from }) => when(from) },
  { title: 'TO', of: ({ to }) => when(to) },
  { title: 'BARS', of: ({ bars }) => grouped(String(bars)), numeric: true },
  { title: 'MISSING', of: ({ missing }) => grouped(String(missing)), numeric: true },
];

/** Adds `pipai candles`. */
export function addCandles(program: Command, session: Session): void {
  const candles = program.command('candles').description('Stored candles');
  jsonFlag(
    candles.command('list').description('List which candles are stored; generated ones are not'),
    'the list as a JSON array',
  ).action(() => list(session));
  const load = candles
    .command('import')
    .description("Load one kline dump of Binance's public archive: CSV, gzip or ZIP. Needs PIPAI_ADMIN_TOKEN")
    .argument('<symbol>', 'such as BTCUSDT')
    .argument('<timeframe>', '1m, 5m, 15m, 1h, 4h or 1d')
    .argument('<file>', 'the dump, - for standard input')
    .option('--tick <price>', 'the smallest price step')
    .option('--step <quantity>', 'the smallest quantity step')
    .option('--min-notional <amount>', 'the smallest notional of an order, in the quote currency');
  jsonFlag(load, 'what the dump held as JSON').action(
    (symbol: string, timeframe: string, file: string, flags: ImportFlags) =>
      importDump(session, { symbol, timeframe, file }, flags),
  );
}

async function list(session: Session): Promise<void> {
  const stored = await (await trader(session)).candles();
  if (session.json) session.printJson(stored);
  else if (stored.length === 0) session.note('No candles are stored.');
  else session.print(table(session.io.stdout, COLUMNS, stored));
}

async function importDump(
  session: Session,
  what: { readonly symbol: string; readonly timeframe: string; readonly file: string },
  flags: ImportFlags,
): Promise<void> {
  const access = await adminAccess(session.io.env);
  const { tick, step, minNotional } = flags;
  const target = importTarget(what.symbol, what.timeframe, { tick, step, min_notional: minNotional });
  const body = await dump(session, what.file);
  session.nameOf = ({ path: field }) => importFlag(field, what.file);
  session.messageOf = ({ message }) => inFlags(message);
  const held = await callAsAdmin(access, { method: 'PUT', target, body }, isImport);
  if (session.json) session.printJson(held);
  else session.print(table(session.io.stdout, COLUMNS, [held]));
}

async function dump(session: Session, file: string): Promise<Buffer> {
  const isFile = file !== '-';
  const name = isFile ? file : 'The dump on standard input';
  // Before it is read, since it may be larger than memory; again after, since of a pipe nobody knows.
  if (isFile) checkSize(name, await readable(file, async () => (await stat(file)).size));
  const body = isFile ? await readable(file, () => readFile(file)) : await session.io.readStdin();
  checkSize(name, body.length);
  return body;
}

/** The service refuses a larger one too, but by an answer that is lost where the connection breaks under the upload. */
function checkSize(name: string, bytes: number): void {
  if (bytes > DUMP_LIMIT)
    throw new UsageError(
      `${name} has ${String(bytes)} bytes, and a dump may have at most ${String(DUMP_LIMIT)}: ` +
        'import it as gzip or as the original ZIP, or fewer months at a time.',
    );
}

async function readable<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isImport(body: unknown): body is CandleImport {
  const { symbol, bars } = recordOf(body);
  return typeof symbol === 'string' && typeof bars === 'number';
}

/** `npm run candles:fetch -- SYMBOL TIMEFRAME FROM [TO]`: months of real candles, from a public archive into the service. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import { DEV_VARS, ROOT, RUNNING } from '../paths.ts';
import { findRunning } from '../running.ts';
import { Screen } from '../screen.ts';
import { ensureSecrets } from '../secrets.ts';
import { download } from './download.ts';
import { loadDump, type Target } from './load.ts';
import { OrderError, checkSpec, fileName, filePath, readOrder, type Order } from './order.ts';
import type { Spec } from './spec.ts';

const ARCHIVE = 'https://data.binance.vision';
const WRONG_USAGE = 2;

const USAGE = `Usage: npm run candles:fetch -- SYMBOL TIMEFRAME FROM [TO]

Downloads months of candles from Binance's public archive, checks them against their checksums, and loads them into
the service. What is downloaded already is kept, and a download that was cut off goes on where it stopped.

  SYMBOL     such as BTCUSDT
  TIMEFRAME  1m, 5m, 15m, 1h, 4h or 1d; coarser candles are made of finer ones, so 1m serves all
  FROM, TO   months, such as 2024-01 2024-12, both included

  --tick PRICE           the smallest price step, for symbols whose prices are finer than 0.01
  --step QUANTITY        the smallest quantity step
  --min-notional AMOUNT  the smallest notional of an order, in the quote currency

  --archive URL  another archive of the same layout (default: PIPAI_ARCHIVE or ${ARCHIVE})
  --dir DIR      where downloads are kept (default: .wrangler/archive)
  --only-download

Loads into the service of "npm start", or into PIPAI_URL with PIPAI_ADMIN_TOKEN.
`;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof OrderError ? `${error.message}\n\n${USAGE}` : messageOf(error));
  process.exitCode = error instanceof OrderError ? WRONG_USAGE : 1;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      tick: { type: 'string' },
      step: { type: 'string' },
      'min-notional': { type: 'string' },
      archive: { type: 'string', default: process.env.PIPAI_ARCHIVE ?? ARCHIVE },
      dir: { type: 'string', default: join(ROOT, '.wrangler', 'archive') },
      'only-download': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const order = readOrder(positionals);
  const spec = { tick: values.tick, step: values.step, min_notional: values['min-notional'] };
  checkSpec(spec);
  // Asked first: nobody wants to hear of it after an hour of downloading.
  const target = values['only-download'] ? null : await whereToLoad();
  const absent = await fetchAll(order, {
    archive: values.archive.replace(/\/+$/, ''),
    dir: values.dir,
    target,
    spec,
  });
  if (absent.length === 0) return 0;
  console.error(`The archive has no ${order.symbol} ${order.timeframe} of ${absent.join(', ')}.`);
  return 1;
}

async function fetchAll(
  order: Order,
  from: { archive: string; dir: string; target: Target | null; spec: Spec },
): Promise<string[]> {
  const screen = new Screen(process.stdout);
  const { symbol, timeframe, months } = order;
  screen.title(`${symbol} ${timeframe}, ${String(months.length)} month(s)`);
  const absent: string[] = [];
  for (const [done, month] of months.entries()) {
    const path = join(from.dir, fileName(order, month));
    const show = (share: number) => {
      screen.progress(month, (done + share) / months.length);
    };
    show(0);
    const how = await download(`${from.archive}/${filePath(order, month)}`, path, (bytes, of) => {
      if (of !== null) show(bytes / of);
    });
    if (how === 'absent') {
      absent.push(month);
      continue;
    }
    const loaded =
      from.target === null ? null : await loadDump(from.target, symbol, timeframe, path, from.spec);
    screen.good(
      `${month} ${how}${loaded === null ? '' : `, ${String(loaded.bars)} bars, ${String(loaded.missing)} missing`}`,
    );
  }
  screen.progress('done', 1);
  screen.endProgress();
  return absent;
}

/** The service that the environment names, or the local one. */
async function whereToLoad(): Promise<Target> {
  const { PIPAI_URL = '', PIPAI_ADMIN_TOKEN = '' } = process.env;
  if ((PIPAI_URL === '') !== (PIPAI_ADMIN_TOKEN === ''))
    throw new Error('Set both PIPAI_URL and PIPAI_ADMIN_TOKEN, or neither for the service of "npm start".');
  if (PIPAI_URL !== '') return { url: PIPAI_URL.replace(/\/+$/, ''), adminToken: PIPAI_ADMIN_TOKEN };
  const url = await findRunning(RUNNING);
  if (url === null)
    throw new Error('No service runs here: "npm start" one, or set PIPAI_URL and PIPAI_ADMIN_TOKEN.');
  return { url, adminToken: ensureSecrets(DEV_VARS).ADMIN_TOKEN };
}

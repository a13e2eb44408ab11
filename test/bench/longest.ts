/**
 * `npm run bench:longest`: what the longest run that may be asked for takes, ten symbols over five years of minutes, beside the CPU
 * time that one delivery of the queue may take. `--json` for scripts: one object a row.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { syntheticSymbols } from '../../src/candles/synthetic-symbols.ts';
import { farApart } from './far-apart.ts';
import { longRun, yearsFrom2020, type LongRun } from './long-run.ts';

const YEARS = 5;
const SYMBOLS = 10;
const MINUTES = (365 * YEARS + 2) * 24 * 60 * SYMBOLS;

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const limit =
  Number(/cpu_ms = (\d+)/.exec(readFileSync(`${import.meta.dirname}/../../wrangler.toml`, 'utf8'))?.[1]) /
  1000;

type Case = Pick<LongRun, 'template' | 'bucket'>;

const window = yearsFrom2020(YEARS);
const symbols = syntheticSymbols().slice(0, SYMBOLS);
const CASES: [name: string, run: Case][] = [
  [
    'momentum, hardly any trades',
    { template: { template_id: 'tpl_momentum', params: { fast: 500, slow: 1000 } } },
  ],
  [
    'momentum, trades all the time',
    { template: { template_id: 'tpl_momentum', params: { fast: 1, slow: 2 } } },
  ],
  [
    'mean reversion, prices over 2^21 ticks apart',
    {
      template: { template_id: 'tpl_meanrev', params: { lookback: 1000, entry_z: '2', exit_z: '0' } },
      bucket: farApart(symbols, window),
    },
  ],
];

const rows = [];
for (const [name, run] of CASES) {
  const before = process.cpuUsage();
  let trades = 0;
  await longRun(
    { ...run, symbols, window },
    {
      add: (batch) => {
        trades += batch.length;
        for (const piece of batch.json()) new TextEncoder().encode(piece);
      },
      drain: () => Promise.resolve(),
    },
    {
      now: () => performance.now(),
      pause: () => new Promise<boolean>((resolve) => setImmediate(resolve, true)),
    },
  );
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  rows.push({ name, bars: MINUTES, trades, cpu: seconds, unit: 's', to_limit: seconds / limit });
}

if (values.json) for (const row of rows) console.log(JSON.stringify(row));
else {
  const table = new Table({
    head: ['', 'bars', 'trades', 'CPU s', `of the limit of ${String(limit)} s`],
    style: { head: [] },
  });
  for (const { name, bars, trades, cpu, to_limit } of rows)
    table.push([name, bars, trades, cpu.toFixed(1), to_limit.toFixed(3)]);
  console.log(`Ten symbols, five years of minutes, ${String(cpus().length)} cores`);
  console.log(table.toString());
}

/** `npm run bench:engine`: bars a second of the engine, of what nothing can be faster than, and of its peers, in one run. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { BARS, asObjects, benchBars } from './bars.ts';
import { ownContenders, type Contender } from './contenders.ts';
import { median, timed } from './measure.ts';
import { peers } from './peers.ts';
import { inWorkerd } from './workerd.ts';

interface Figure {
  readonly name: string;
  readonly kind: Contender['kind'];
  readonly where: 'node' | 'workerd';
  readonly bars_per_second: number;
  readonly unit: 'bars/s';
  /** Of this figure to the floor of the same place, and to indicatorts in Node. */
  readonly to_floor: number;
  readonly to_indicatorts: number;
}

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
const runs = values.quick ? 7 : 15;
const bars = benchBars();
const kinds = new Map<string, Contender['kind']>();
const inNode = new Map<string, number>();
measure(ownContenders(bars));
const elsewhere = await inWorkerd(runs);
// Half a million objects on the heap slow down whoever makes garbage, so they come last.
measure(peers(asObjects(bars)));

const indicatorts = speed(inNode.get('indicatorts, SMA 20/50'));
const figures = [...figuresOf('node', inNode), ...figuresOf('workerd', elsewhere)];
if (values.json) for (const figure of figures) console.log(JSON.stringify(figure));
else print();

function measure(contenders: readonly Contender[]): void {
  for (const { name, kind, run } of contenders) {
    kinds.set(name, kind);
    inNode.set(name, median(timed(run, runs)));
  }
}

function speed(ms = NaN): number {
  return Math.round((BARS / ms) * 1000);
}

function figuresOf(where: Figure['where'], times: ReadonlyMap<string, number>): Figure[] {
  const floor = speed(times.get('floor: EMA and a fill check'));
  const ratio = (value: number, to: number) => Math.round((value / to) * 100) / 100;
  return [...times].map(([name, ms]) => ({
    name,
    kind: kinds.get(name) ?? 'peer',
    where,
    bars_per_second: speed(ms),
    unit: 'bars/s',
    to_floor: ratio(speed(ms), floor),
    to_indicatorts: ratio(speed(ms), indicatorts),
  }));
}

function print(): void {
  const table = new Table({
    head: ['', 'where', 'M bars/s', 'of the floor', 'times indicatorts'],
    style: { head: [] },
    colAligns: ['left', 'left', 'right', 'right', 'right'],
  });
  for (const figure of figures)
    table.push([
      figure.name,
      figure.where,
      (figure.bars_per_second / 1e6).toFixed(1),
      figure.to_floor.toFixed(2),
      figure.to_indicatorts.toFixed(2),
    ]);
  console.log(
    `${String(BARS)} minutes of BTCUSDT, medians of ${String(runs)} runs, ${String(cpus().length)} cores`,
  );
  console.log(table.toString());
}

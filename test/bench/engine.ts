/** `npm run bench:engine`: bars a second of the engine, of what nothing can be faster than, and of its peers, in one run. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { z } from 'zod';
import { BARS } from './bars.ts';
import { OWN, type Contender } from './contenders.ts';
import { median } from './measure.ts';
import { PEERS } from './peers.ts';
import { Workerd } from './workerd.ts';

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

const RUNS = 9;
const ALONE = fileURLToPath(new URL('alone.ts', import.meta.url).href);

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
/** What slows the machine down for a while meets all contenders alike where they take turns. */
const rounds = values.quick ? 1 : 5;
const samples = { node: new Map<string, number[]>(), workerd: new Map<string, number[]>() };
const workerd = await Workerd.prepare();
for (let round = 0; round < rounds; round++) {
  for (const { name } of [...OWN, ...PEERS]) add('node', name, alone(name));
  for (const { name } of OWN) add('workerd', name, await workerd.timed(name, RUNS));
}

const kinds = new Map([...OWN, ...PEERS].map(({ name, kind }) => [name, kind]));
const indicatorts = speed('node', 'indicatorts, SMA 20/50');
const figures = [...figuresOf('node'), ...figuresOf('workerd')];
if (values.json) for (const figure of figures) console.log(JSON.stringify(figure));
else print();

/** Contenders that shared a process would share what its compiler knows of the code they have in common. */
function alone(name: string): number[] {
  const output = execFileSync(process.execPath, [ALONE, name, String(RUNS)], { encoding: 'utf8' });
  return z.array(z.number()).parse(JSON.parse(output));
}

function add(where: Figure['where'], name: string, times: readonly number[]): void {
  samples[where].set(name, [...(samples[where].get(name) ?? []), ...times]);
}

function speed(where: Figure['where'], name: string): number {
  return Math.round((BARS / median(samples[where].get(name) ?? [])) * 1000);
}

function figuresOf(where: Figure['where']): Figure[] {
  const floor = speed(where, 'floor: EMA and a fill check');
  const ratio = (value: number, to: number) => Math.round((value / to) * 100) / 100;
  return [...samples[where].keys()].map((name) => {
    const value = speed(where, name);
    return {
      name,
      kind: kinds.get(name) ?? 'peer',
      where,
      bars_per_second: value,
      unit: 'bars/s',
      to_floor: ratio(value, floor),
      to_indicatorts: ratio(value, indicatorts),
    };
  });
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
    `${String(BARS)} minutes of BTCUSDT, medians of ${String(RUNS * rounds)} runs, ${String(cpus().length)} cores`,
  );
  console.log(table.toString());
}

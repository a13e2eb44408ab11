/** `npm run bench:engine`: bars a second of the engine, of what nothing can be faster than, and of its peers, in one run. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { CONTENDERS } from './all.ts';
import { BARS } from './bars.ts';
import type { Contender } from './contenders.ts';
import { agreed, median, sample, type Found, type Sample } from './measure.ts';
import { Workerd } from './workerd.ts';

const PLACES = ['node', 'workerd'] as const;
type Place = (typeof PLACES)[number];

interface Figure {
  readonly name: string;
  readonly kind: Contender['kind'];
  readonly where: Place;
  readonly bars_per_second: number;
  readonly unit: 'bars/s';
  /** Of this figure to the floor and to indicatorts, both of the same place. */
  readonly to_floor: number;
  readonly to_indicatorts: number;
  /** Round trips in these bars; null of what does not trade. */
  readonly trades: number | null;
}

const ALONE = fileURLToPath(new URL('alone.ts', import.meta.url).href);
const FLOOR = 'floor: EMA and a fill check';
const INDICATORTS = 'indicatorts, SMA 20/50';
/** What all do that trade moving averages of 20 and 50 closes: so far their counts may be apart, since each begins and ends its way. */
const OUR_SMA = 'tpl_momentum 20/50';
const SMA_TOLERANCE = 0.005;
const NOTE = `Templates: from the bytes of stored months to curve and metrics, without R2 and the executor's heartbeats and slices, which bench:longest has.
Ratios are to the same place's figure. Trades: round trips, the same in each run and in both places.`;

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
/** What slows the machine down for a while meets all contenders alike where they take turns. */
const [rounds, runs, warmUpMs] = values.quick ? [1, 7, 500] : [5, 9, 1000];
const samples = new Map(
  PLACES.map((place) => [place, new Map<string, Sample[]>(CONTENDERS.map(({ name }) => [name, []]))]),
);
const workerd = await Workerd.prepare();
for (let round = 0; round < rounds; round++)
  for (const { name } of CONTENDERS) {
    samplesOf('node', name).push(alone(name));
    samplesOf('workerd', name).push(await workerd.timed(name, runs, warmUpMs));
  }

const found = new Map(CONTENDERS.map(({ name }) => [name, foundOf(name)]));
checkPeers();
const figures = PLACES.flatMap((place) => CONTENDERS.map((contender) => figureOf(place, contender)));
if (values.json) for (const figure of figures) console.log(JSON.stringify(figure));
else print();

/** Contenders that shared a process would share what its compiler knows of the code they have in common. */
function alone(name: string): Sample {
  const output = execFileSync(process.execPath, [ALONE, name, String(runs), String(warmUpMs)], {
    encoding: 'utf8',
  });
  return sample.parse(JSON.parse(output));
}

function samplesOf(place: Place, name: string): Sample[] {
  return samples.get(place)?.get(name) ?? [];
}

/** What a contender comes to, the same in both places, or one of them left something out. */
function foundOf(name: string): Found {
  try {
    return agreed(PLACES.flatMap((place) => samplesOf(place, name)).map((each) => each.found));
  } catch (error) {
    throw new Error(`${name} is not the same everywhere.`, { cause: error });
  }
}

/** Whether the peers trade as our template does, so that nobody is compared with something that does less. */
function checkPeers(): void {
  const ours = found.get(OUR_SMA)?.trades ?? 0;
  for (const { name, kind } of CONTENDERS) {
    const theirs = found.get(name)?.trades ?? 0;
    if (kind === 'peer' && Math.abs(theirs - ours) > SMA_TOLERANCE * ours)
      throw new Error(`${name} traded ${String(theirs)} times, ${OUR_SMA} ${String(ours)} times.`);
  }
}

function speed(place: Place, name: string): number {
  const times = samplesOf(place, name).flatMap((each) => each.times);
  return Math.round((BARS / median(times)) * 1000);
}

function figureOf(where: Place, { name, kind }: Contender): Figure {
  const value = speed(where, name);
  const ratio = (to: string) => Math.round((value / speed(where, to)) * 100) / 100;
  return {
    name,
    kind,
    where,
    bars_per_second: value,
    unit: 'bars/s',
    to_floor: ratio(FLOOR),
    to_indicatorts: ratio(INDICATORTS),
    trades: found.get(name)?.trades ?? null,
  };
}

function print(): void {
  const table = new Table({
    head: ['', 'where', 'M bars/s', 'of the floor', 'times indicatorts', 'trades'],
    style: { head: [] },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
  });
  for (const figure of figures)
    table.push([
      figure.name,
      figure.where,
      (figure.bars_per_second / 1e6).toFixed(1),
      figure.to_floor.toFixed(2),
      figure.to_indicatorts.toFixed(2),
      figure.trades === null ? '' : String(figure.trades),
    ]);
  console.log(
    `${String(BARS)} minutes of BTCUSDT, medians of ${String(runs * rounds)} runs, ${String(cpus().length)} cores`,
  );
  console.log(table.toString());
  console.log(NOTE);
}

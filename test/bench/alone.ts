/** `node test/bench/alone.ts NAME RUNS`: one contender in a process of its own. Prints the milliseconds of each run as JSON. */
import { benchBars } from './bars.ts';
import { OWN } from './contenders.ts';
import { timed } from './measure.ts';
import { PEERS } from './peers.ts';

const [name, runs] = process.argv.slice(2);
const contender = [...OWN, ...PEERS].find((each) => each.name === name);
if (contender === undefined) throw new Error(`There is no contender ${String(name)}.`);
console.log(JSON.stringify(timed(contender.prepare(benchBars()), Number(runs))));

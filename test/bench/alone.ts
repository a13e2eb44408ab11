/** `node test/bench/alone.ts NAME RUNS WARM_UP_MS`: one contender in a process of its own. Prints its {@link Sample} as JSON. */
import { contenderOf } from './all.ts';
import { benchBars } from './bars.ts';
import { timed } from './measure.ts';

const [name, runs, warmUpMs] = process.argv.slice(2);
console.log(JSON.stringify(timed(contenderOf(name).prepare(benchBars()), Number(runs), Number(warmUpMs))));

/** `node --expose-gc test/bench/memory.ts YEARS SYMBOLS FAST SLOW`: the most memory that is held during a {@link longRun}, in bytes. */
import { longRun } from './long-run.ts';

const [years = 1, symbols = 1, fast = 500, slow = 1000] = process.argv.slice(2).map(Number);
/** Every slice is looked at where they are few, and some of many. */
const FEW = 300;
const SOME = 25;
const READINGS = 3;
/**
 * Slices that double in size, up to 16 384 bars. Code that the compiler has made may hold the trades of the last one for a while,
 * here or there in a run: they must be few beside the rest, or the peak would be a matter of luck.
 */
const GROWING = 4;

let peak = 0;
let slices = 0;
let clock = 0;

/** Memory is swept beside the program: one reading, or a few, may count megabytes that nobody holds any more. */
async function look(): Promise<void> {
  let held = Infinity;
  for (let reading = 0; reading < READINGS; reading += 1) {
    if (globalThis.gc === undefined) throw new Error('Start it with --expose-gc.');
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    held = Math.min(held, heapUsed + arrayBuffers);
  }
  peak = Math.max(peak, held);
}

await longRun(
  { years, symbols, fast, slow },
  {
    // A clock that makes the same slices in every run: ever larger ones, then all of one size.
    now: () => (clock += slices < GROWING ? 1 : 10),
    pause: async () => {
      slices += 1;
      if (slices < FEW || slices % SOME === 0) await look();
      return true;
    },
  },
);
console.log(String(peak));

/** `node --expose-gc test/bench/memory.ts YEARS SYMBOLS FAST SLOW`: the most memory that is held during a {@link longRun}, in bytes. */
import { longRun } from './long-run.ts';

const [years = 1, symbols = 1, fast = 500, slow = 1000] = process.argv.slice(2).map(Number);
/** Every other day, where slices are that short. */
const LOOKS_A_YEAR = 200;

let peak = 0;
/** The progress at the last look. */
let seen = 0;

function look(): void {
  if (globalThis.gc === undefined) throw new Error('Start it with --expose-gc.');
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  peak = Math.max(peak, heapUsed + arrayBuffers);
}

await longRun({ years, symbols, fast, slow }, (progress) => {
  if (progress >= seen + 1 / LOOKS_A_YEAR / years) {
    seen = progress;
    look();
  }
  return Promise.resolve(true);
});
console.log(String(peak));

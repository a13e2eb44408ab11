/** `node --expose-gc test/bench/memory.ts CASE YEARS`: the most memory that is held during a {@link longRun}, in bytes. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { syntheticSymbols } from '../../src/candles/synthetic-symbols.ts';
import type { TradeBatch } from '../../src/engine/trade-rows.ts';
import { calmThenWild } from './calm-then-wild.ts';
import { longRun, yearsFrom2020, type LongRun } from './long-run.ts';

type Case = (window: LongRun['window']) => LongRun;

const momentum =
  (fast: number, slow: number, symbols: number): Case =>
  (window) => ({
    template: { template_id: 'tpl_momentum', params: { fast, slow } },
    symbols: syntheticSymbols().slice(0, symbols),
    window,
  });

const CASES: Readonly<Record<string, Case>> = {
  'hardly any trades': momentum(500, 1000, 1),
  'trades all the time': momentum(1, 2, 1),
  'ten symbols': momentum(500, 1000, 10),
  'ten symbols that trade all the time': momentum(1, 2, 10),
  'a dense grid, calm but for the last month': (window) => ({
    template: {
      template_id: 'tpl_grid',
      params: { grid_levels: 500, lower_price: '97.51', upper_price: '102.5' },
    },
    symbols: ['BTCUSDT'],
    window,
    bucket: calmThenWild('BTCUSDT', window),
  }),
};

/** Every slice is looked at where they are few, and some of many. */
const FEW = 100;
const SOME = 25;
const READINGS = 3;
/** A reading so far above all before is doubted, and repeated so often. */
const JUMP = 1.01;
const READINGS_OF_A_JUMP = 20;
const PAUSE_MS = 5;

const [name = '', years = '1'] = process.argv.slice(2);
const run = CASES[name];
if (run === undefined) throw new Error(`CASE is one of: ${Object.keys(CASES).join('; ')}.`);

let peak = 0;
let slices = 0;
/** What is not written yet is held. */
let batch: TradeBatch | null = null;

/**
 * Memory is swept beside the program: one reading, or a few, may count a month that nobody holds any more. What is held is in each of
 * them, so the least is nearest to it.
 */
async function look(): Promise<void> {
  let held = Infinity;
  for (let reading = 0; reading < READINGS; reading += 1) held = Math.min(held, await bytesHeld());
  for (let reading = READINGS; held > JUMP * peak && reading < READINGS_OF_A_JUMP; reading += 1) {
    await setTimeout(PAUSE_MS);
    held = Math.min(held, await bytesHeld());
  }
  peak = Math.max(peak, held);
}

async function bytesHeld(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('Start it with --expose-gc.');
  globalThis.gc();
  await setImmediate();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

await longRun(
  run(yearsFrom2020(Number(years))),
  {
    add: (trades) => {
      batch = trades;
    },
    drain: () => {
      for (const rows of batch?.json() ?? []) new TextEncoder().encode(rows);
      batch = null;
      return Promise.resolve();
    },
  },
  {
    // By a clock that stands still, as a Worker's does while it computes, every slice seems short: the next is larger, up to the most.
    now: () => 0,
    pause: async () => {
      slices += 1;
      if (slices < FEW || slices % SOME === 0) await look();
      return true;
    },
  },
);
console.log(String(peak));

/**
 * `node --expose-gc test/bench/memory.ts YEARS SYMBOLS FAST SLOW`: the most memory that is held during a backtest of so many years
 * of minutes, in bytes. Momentum over few bars trades all the time, over many hardly ever.
 */
import { simulate } from '../../src/executor/simulate.ts';
import { syntheticSymbols } from '../../src/candles/synthetic-symbols.ts';

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

const outcome = await simulate(
  {
    template_id: 'tpl_momentum',
    params: { fast, slow },
    symbols: syntheticSymbols().slice(0, symbols),
    timeframe: '1m',
    start: '2020-01-01T00:00:00Z',
    end: `${String(2019 + years)}-12-31T23:59:00Z`,
    capital: '10000',
    leverage: 1,
    fee_model: 'fixed_bps',
    fee_bps: '0.01',
  },
  { bucket: { get: () => Promise.resolve(null), head: () => Promise.resolve(null) }, synthetic: true },
  {
    add: (trades) => {
      for (const _ of trades);
    },
    drain: () => Promise.resolve(),
  },
  {
    now: () => performance.now(),
    pause: (progress) => {
      if (progress >= seen + 1 / LOOKS_A_YEAR / years) {
        seen = progress;
        look();
      }
      return Promise.resolve(true);
    },
  },
);
if (outcome.kind !== 'done') throw new Error(`The run is ${outcome.kind}.`);
console.log(String(peak));

/** `node --expose-gc test/bench/memory.ts YEARS`: the most memory that is held during a run of so many years of minutes, in bytes. */
import { DEFAULT_SPEC } from '../../src/candles/bars.ts';
import { monthsBetween } from '../../src/candles/months.ts';
import { syntheticMonth } from '../../src/candles/synthetic.ts';
import { startRun } from '../../src/engine/run.ts';

const years = Number(process.argv[2] ?? '1');
const start = '2020-01-01T00:00:00Z';
const end = `${String(2019 + years)}-12-31T23:59:00Z`;
const run = startRun(
  {
    template_id: 'tpl_momentum',
    params: { fast: 500, slow: 1000 },
    symbols: ['BTCUSDT'],
    timeframe: '1m',
    start,
    end,
    capital: '10000',
    leverage: 1,
    fee_model: 'fixed_bps',
    fee_bps: '5',
  },
  [DEFAULT_SPEC],
);

let peak = 0;
for (const month of monthsBetween(Date.parse(start) / 1000, Date.parse(end) / 1000)) {
  const bars = syntheticMonth('BTCUSDT', '1m', month);
  run.feed(0, bars);
  if (globalThis.gc === undefined) throw new Error('Start it with --expose-gc.');
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  peak = Math.max(peak, heapUsed + arrayBuffers);
}
console.log(String(peak));

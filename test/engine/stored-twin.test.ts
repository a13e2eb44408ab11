import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { simulate } from '../../src/executor/simulate.ts';
import type { JobConfig } from '../../src/schemas/job.ts';
import type { Trade } from '../../src/schemas/result.ts';
import { bytes, line, loaded } from '../candles/support.ts';
import { naive } from './naive/index.ts';
import { DAY, NEW_YEAR, job, pseudoRandom, randomRows, tradesIn, type Row } from './support.ts';

/** Whatever is stored, a run through bucket, feeds and slices publishes what a naive implementation does on plain rows. */

const HOUR = 3600;
const HOURS = 24 * 100;
const RUNS = 40;
const SECONDS = { '1h': HOUR, '4h': 4 * HOUR, '1d': DAY } as const;
type Length = keyof typeof SECONDS;
const LENGTHS: Length[] = ['1h', '4h', '1d'];

function monthOf(time: number): string {
  return new Date(time * 1000).toISOString().slice(0, 7);
}

/** Coarse rows by the words of their definition. */
function coarse(rows: readonly Row[], seconds: number): Row[] {
  const groups = Map.groupBy(rows, ({ time }) => time - (time % seconds));
  return [...groups].map(([time, all]) => {
    const traded = all.filter(({ volume = 1 }) => volume > 0);
    const used = traded.length > 0 ? traded : all;
    return {
      time,
      open: used[0]?.open ?? NaN,
      high: Math.max(...used.map(({ high }) => high)),
      low: Math.min(...used.map(({ low }) => low)),
      close: used.at(-1)?.close ?? NaN,
      volume: used.reduce((sum, { volume = 1 }) => sum + volume, 0),
    };
  });
}

function dump(rows: readonly Row[]): Uint8Array {
  return bytes(
    rows
      .map(({ time, open, high, low, close, volume = 1 }) =>
        line(time, [open, high, low, close].map((price) => price.toFixed(2)).join(','), volume.toFixed(4)),
      )
      .join('\n'),
  );
}

/** The same with prices of its own in each timeframe, so that it shows which was read. */
function distinct(rows: readonly Row[], length: Length): Row[] {
  const shift = { '1h': 0, '4h': 0.11, '1d': 0.23 }[length];
  const moved = (price: number) => Number((price + shift).toFixed(2));
  return rows.map((row) => ({
    ...row,
    open: moved(row.open),
    high: moved(row.high),
    low: moved(row.low),
    close: moved(row.close),
  }));
}

let symbols = 0;

/** Stores random months of random timeframes, and gives what a run on bars of `wanted` has to see of them. */
async function world(seed: number, wanted: Length): Promise<{ symbol: string; rows: Row[] }> {
  const random = pseudoRandom(seed);
  const symbol = `TWIN${String(++symbols)}`;
  let fine = randomRows(seed, HOURS, HOUR);
  // Some long gaps.
  for (let gap = Math.floor(random() * 4); gap > 0; gap -= 1) {
    const from = NEW_YEAR + Math.floor(random() * HOURS) * HOUR;
    const to = from + Math.floor(random() * 20 * 24) * HOUR;
    fine = fine.filter(({ time }) => time < from || time >= to);
  }
  const stored = new Map<Length, Row[]>();
  const rows: Row[] = [];
  for (const [, month] of Map.groupBy(fine, ({ time }) => monthOf(time))) {
    const held = LENGTHS.filter(() => random() < 0.5);
    for (const length of held)
      stored.set(length, [
        ...(stored.get(length) ?? []),
        ...distinct(coarse(month, SECONDS[length]), length),
      ]);
    const source = held.filter((length) => SECONDS[wanted] % SECONDS[length] === 0).at(-1);
    if (source !== undefined)
      rows.push(...coarse(distinct(coarse(month, SECONDS[source]), source), SECONDS[wanted]));
  }
  for (const [length, all] of stored) await loaded({ symbol, timeframe: length }, dump(all));
  return { symbol, rows };
}

async function simulated(config: JobConfig, seed: number) {
  const random = pseudoRandom(seed);
  const trades: Trade[] = [];
  let clock = 0;
  const outcome = await simulate(
    config,
    { bucket: env.CANDLES, synthetic: false },
    { add: (batch) => void trades.push(...tradesIn(batch)), drain: () => Promise.resolve() },
    { now: () => (clock += random() * 40), pause: () => Promise.resolve(true) },
  );
  return { outcome, trades };
}

const chosen = fc.constantFrom(
  { template_id: 'tpl_breakout', params: { lookback: 5 } } as const,
  { template_id: 'tpl_breakout', params: { lookback: 40 } } as const,
  { template_id: 'tpl_momentum', params: { fast: 2, slow: 60 } } as const,
  { template_id: 'tpl_momentum', params: { fast: 1, slow: 3 } } as const,
  { template_id: 'tpl_meanrev', params: { lookback: 25, entry_z: '1', exit_z: '0.1' } } as const,
  { template_id: 'tpl_dca', params: { every_bars: 7, order_quote: '500', take_profit: '0.01' } } as const,
  { template_id: 'tpl_grid', params: { grid_levels: 20, lower_price: '94', upper_price: '106' } } as const,
);

it('stored months, mixed and with gaps, give what a naive implementation computes', async () => {
  let trades = 0;
  await fc.assert(
    fc.asyncProperty(
      chosen,
      fc.constantFrom(...LENGTHS),
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: HOURS * 4 }),
      fc.integer({ min: 1, max: HOURS * 4 }),
      fc.constantFrom(1, 3),
      fc.constantFrom(
        { fee_model: 'tiered_maker_taker' } as const,
        { fee_model: 'fixed_bps', fee_bps: '7.3' } as const,
      ),
      fc.constantFrom('20000', '3000000'),
      async (template, timeframe, seed, count, from, length, leverage, fees, capital) => {
        const seeds = Array.from(
          { length: template.template_id === 'tpl_grid' ? 1 : count },
          (_, index) => seed + 7 * index,
        );
        const worlds = await Promise.all(seeds.map((each) => world(each, timeframe)));
        const start = NEW_YEAR + from * 900;
        const end = start + length * 900;
        const config = job(template, {
          symbols: worlds.map(({ symbol }) => symbol),
          timeframe,
          start: new Date(start * 1000).toISOString().replace('.000', ''),
          end: new Date(end * 1000).toISOString().replace('.000', ''),
          capital,
          leverage,
          ...fees,
        });
        const rows = worlds.map((one) => one.rows.filter(({ time }) => time <= end));
        const { outcome, trades: found } = await simulated(config, seed);
        if (!rows.every((all) => all.some(({ time }) => time >= start))) {
          expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'DATA_UNAVAILABLE' } });
          return;
        }
        let expected: ReturnType<typeof naive>;
        try {
          expected = naive(config, rows);
        } catch {
          expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'TEMPLATE_ERROR' } });
          return;
        }
        if (outcome.kind !== 'done') expect.fail(`the run is ${outcome.kind}`);
        expect(found.map(({ id }) => id)).toEqual(found.map((_, index) => index + 1));
        expect(found.map(({ id: _, side: __, ...trade }) => trade)).toEqual(expected.trades);
        expect(outcome.result.equity_curve).toEqual(expected.equity_curve);
        trades += found.length;
      },
    ),
    { seed: 20_261_128, numRuns: RUNS },
  );
  expect(trades).toBeGreaterThan(RUNS);
});

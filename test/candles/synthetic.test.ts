import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { aggregateBars } from '../../src/candles/aggregate.ts';
import type { BarChunk } from '../../src/candles/bars.ts';
import { monthsBetween } from '../../src/candles/months.ts';
import { syntheticMonth } from '../../src/candles/synthetic.ts';
import { syntheticSpec } from '../../src/candles/synthetic-symbols.ts';
import { DAY } from '../../src/candles/synthetic-path.ts';
import { TIMEFRAME_SECONDS, timeframe } from '../../src/schemas/primitives.ts';
import { MINUTE, at, chunks, opened } from './support.ts';

const SYMBOLS = [
  'BTCUSDT',
  'ETHUSDT',
  'SOLUSDT',
  'BNBUSDT',
  'XRPUSDT',
  'ADAUSDT',
  'DOGEUSDT',
  'AVAXUSDT',
  'LINKUSDT',
  'LTCUSDT',
];
const YEAR_2025 = [...monthsBetween(at('2025-01-01T00:00:00Z'), at('2025-12-31T23:59:00Z'))];

async function checksum({ time, open, high, low, close, volume }: BarChunk): Promise<string> {
  const bytes = await new Blob([time, open, high, low, close, volume]).arrayBuffer();
  const digest = new DataView(await crypto.subtle.digest('SHA-256', bytes));
  return digest.getBigUint64(0).toString(16).padStart(16, '0');
}

test.each([
  ['BTCUSDT', '2025-01', '9288e85f675f9e9d'],
  ['DOGEUSDT', '2020-02', '1d33c69a5ca4e14d'],
  ['XRPUSDT', '1970-01', '57ceacda1f49ba4a'],
])('%s of %s is the same on every machine', async (symbol, month, expected) => {
  expect(await checksum(syntheticMonth(symbol, '1m', month))).toBe(expected);
});

test.each(timeframe.options)('is known to be traded in every bar of %s', (length) => {
  expect(syntheticMonth('BTCUSDT', length, '2025-01').isTraded).toBe(true);
});

describe.each(SYMBOLS)('%s', (symbol) => {
  test.each(['1970-01', '2019-12', '2024-02', '2025-07', '2106-01'])(
    'has every minute of %s, with sound prices',
    (month) => {
      const { length, time, open, high, low, close, volume } = syntheticMonth(symbol, '1m', month);
      const start = at(`${month}-01T00:00:00Z`);
      const bad: number[] = [];
      for (let row = 0; row < length; row++) {
        const [o = NaN, h = NaN, l = NaN, c = NaN] = [open[row], high[row], low[row], close[row]];
        const sound = l > 0 && l <= Math.min(o, c) && h >= Math.max(o, c) && (volume[row] ?? 0) > 0;
        const continues = row === 0 || o === close[row - 1];
        if (!sound || !continues || time[row] !== start + row * MINUTE) bad.push(row);
      }
      expect(bad).toEqual([]);
      expect(length * MINUTE).toBe((month === '2024-02' ? 29 : 31) * DAY);
    },
  );

  test('a month opens where the one before closed', () => {
    const months = [...monthsBetween(at('2023-11-01T00:00:00Z'), at('2025-06-30T00:00:00Z'))];
    const ends = months.map((month) => syntheticMonth(symbol, '1d', month));
    for (const [index, month] of ends.entries()) {
      const before = ends[index - 1];
      if (before) expect(month.open[0]).toBe(before.close.at(-1));
    }
  });

  test('volumes are multiples of the step, prices have room above the tick', () => {
    const step = Number(syntheticSpec(symbol)?.step);
    const { volume, low } = syntheticMonth(symbol, '1m', '2025-03');
    expect(volume.every((amount) => Math.abs(amount / step - Math.round(amount / step)) < 1e-3)).toBe(true);
    expect(Math.min(...syntheticMonth(symbol, '1d', '2025-03').low)).toBeGreaterThan(1000);
    expect(new Set(low).size).toBeGreaterThan(100);
  });
});

test.each(timeframe.options)('candles of %s are aggregates of the minutes', async (coarse) => {
  const minutes = syntheticMonth('ETHUSDT', '1m', '2024-02');
  const expected = coarse === '1m' ? minutes : aggregateBars(minutes, TIMEFRAME_SECONDS[coarse]);
  const month = syntheticMonth('ETHUSDT', coarse, '2024-02');
  expect(month.length).toBe((29 * DAY) / TIMEFRAME_SECONDS[coarse]);
  expect(await checksum(month)).toBe(await checksum(expected));
});

test('symbols, months and hours differ', async () => {
  const sums = await Promise.all(
    SYMBOLS.flatMap((symbol) =>
      ['2025-01', '2025-03'].map((month) => checksum(syntheticMonth(symbol, '1m', month))),
    ),
  );
  expect(new Set(sums).size).toBe(20);
});

test('BTCUSDT crosses the range of 60 to 72 thousand back and forth in every month of 2025', () => {
  const line = (index: number) => 6_000_000 + (index * 1_200_000) / 19;
  for (const month of YEAR_2025) {
    const { open, close, high, low } = syntheticMonth('BTCUSDT', '1h', month);
    expect(Math.min(...low)).toBeGreaterThan(5_900_000);
    expect(Math.max(...high)).toBeLessThan(7_450_000);
    let crossings = 0;
    for (let row = 0; row < open.length; row++) {
      for (let index = 0; index < 20; index++) {
        const [from = NaN, to = NaN] = [open[row], close[row]];
        if (from < line(index) !== to < line(index)) crossings++;
      }
    }
    expect(crossings).toBeGreaterThan(100);
  }
});

test('an unknown symbol is not generated', () => {
  expect(syntheticSpec('PEPEUSDT')).toBeNull();
  expect(() => syntheticMonth('PEPEUSDT', '1m', '2025-01')).toThrow('PEPEUSDT');
});

test('a series streams months, clips them and stores nothing', async () => {
  const series = await opened('BTCUSDT', '4h', { synthetic: true });
  expect(series).toMatchObject({
    symbol: 'BTCUSDT',
    origin: 'synthetic',
    spec: { tick: '0.01', step: '0.00001' },
  });
  const found = await chunks(series, at('2025-01-31T16:00:01Z'), at('2025-03-01T00:00:00Z'));
  expect(found.map((month) => month.length)).toEqual([1, 168, 1]);
  expect(found.map((month) => month.time[0])).toEqual(
    ['2025-01-31T20:00:00Z', '2025-02-01T00:00:00Z', '2025-03-01T00:00:00Z'].map(at),
  );
  expect(await chunks(series, -DAY, -1)).toEqual([]);
  const last = await chunks(series, at('2106-01-31T20:00:00Z'), 0xffff_ffff);
  expect(last.map((month) => [...month.time])).toEqual([[at('2106-01-31T20:00:00Z')]]);
  expect(await chunks(series, 14_401, 28_799)).toEqual([]);
  expect((await env.CANDLES.list()).objects).toEqual([]);
});

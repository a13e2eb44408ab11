import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Series } from '../../src/candles/series.ts';
import {
  HOUR,
  at,
  bytes,
  chunks,
  dumpOf,
  freshSymbol,
  line,
  loaded,
  opened,
  rows,
  times,
} from './support.ts';

/** Bars before a window, which warm up. */

const DAY = 24 * HOUR;
const JAN = at('2025-01-01T00:00:00Z');
const FEB = at('2025-02-01T00:00:00Z');
const JUN = at('2025-06-01T00:00:00Z');
const LATER = at('2030-01-01T00:00:00Z');

async function openTimes(series: Series, from: number, to: number, warmup: number): Promise<number[]> {
  return (await chunks(series, from, to, warmup)).flatMap((chunk) => [...chunk.time]);
}

/** The months that are read while something is done, in their order. */
async function monthsReadBy(work: () => Promise<unknown>): Promise<string[]> {
  const get = vi.spyOn(env.CANDLES, 'get');
  try {
    await work();
    return get.mock.calls.map(([key]) => /\d{4}-\d{2}/.exec(key)?.[0] ?? key);
  } finally {
    get.mockRestore();
  }
}

test('are the last that are stored, however far back', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([...times(JAN, 3, HOUR), FEB, JUN, JUN + HOUR]));
  const series = await opened(symbol, '1h');
  expect(await openTimes(series, JUN, JUN, 0)).toEqual([JUN]);
  expect(await openTimes(series, JUN, JUN, 2)).toEqual([JAN + 2 * HOUR, FEB, JUN]);
  expect(await openTimes(series, JUN + 1, JUN + HOUR, 2)).toEqual([FEB, JUN, JUN + HOUR]);
  expect(await openTimes(series, JUN, LATER, 99)).toEqual([...times(JAN, 3, HOUR), FEB, JUN, JUN + HOUR]);
  expect(await openTimes(series, JAN, JAN, 99)).toEqual([JAN]);
});

test('have volume, others do not count', async () => {
  const symbol = freshSymbol();
  const volumes = ['1', '0', '2', '0', '0', '0.5', '3'];
  const text = volumes.map((volume, hour) => line(JAN + hour * HOUR, undefined, volume));
  await loaded({ symbol, timeframe: '1h' }, bytes(text.join('\n')));
  const series = await opened(symbol, '1h');
  const found = await chunks(series, JAN + 6 * HOUR, LATER, 2);
  expect(found.map((chunk) => [...chunk.volume])).toEqual([[2, 0.5], [3]]);
  // They hold no month.
  expect(found[0]?.volume.buffer.byteLength).toBe(2 * Float64Array.BYTES_PER_ELEMENT);
});

test('are made of finer ones where those are stored', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf(times(JAN, 72, HOUR)));
  await loaded({ symbol, timeframe: '1d' }, dumpOf([JUN]));
  expect(await openTimes(await opened(symbol, '1d'), JUN, JUN, 2)).toEqual([JAN + DAY, JAN + 2 * DAY, JUN]);
});

test('are not looked for in more months than hold them, nor where the window is empty', async () => {
  const symbol = freshSymbol();
  await loaded(
    { symbol, timeframe: '1h' },
    dumpOf([...times(JAN, 3, HOUR), ...times(FEB, 3, HOUR), ...times(JUN, 3, HOUR)]),
  );
  const series = await opened(symbol, '1h');
  const read = (from: number, to: number, warmup: number) =>
    monthsReadBy(() => chunks(series, from, to, warmup));
  expect(await read(JUN + 2 * HOUR, LATER, 0)).toEqual(['2025-06']);
  // The month in which the window begins is read once where it has all of them.
  expect(await read(JUN + 2 * HOUR, LATER, 2)).toEqual(['2025-06']);
  expect(await read(JUN, LATER, 3)).toEqual(['2025-02', '2025-06']);
  expect(await read(JUN, LATER, 4)).toEqual(['2025-02', '2025-01', '2025-06']);
  expect(await read(JUN + 3 * HOUR, LATER, 9)).toEqual([]);
  expect(await read(FEB + 3 * HOUR, JUN - HOUR, 9)).toEqual([]);
});

test('of generated candles are as many as are wanted, wherever the window begins', async () => {
  const series = await opened('BTCUSDT', '4h', { synthetic: true });
  expect(await openTimes(series, JAN, JAN, 3)).toEqual(times(JAN - 12 * HOUR, 4, 4 * HOUR));
  expect(await openTimes(series, JAN + 1, JAN + 4 * HOUR, 3)).toEqual(times(JAN - 8 * HOUR, 4, 4 * HOUR));
  expect(await openTimes(series, 4 * HOUR, 4 * HOUR, 3)).toEqual([0, 4 * HOUR]);
});

test('of any stored bars are the last with volume, and the window is as it is without them', async () => {
  const day = fc.option(fc.constantFrom('0', '1'), { freq: 2 });
  const days = fc
    .array(day, { minLength: 150, maxLength: 150 })
    .filter((all) => all.some((each) => each !== null));
  await fc.assert(
    fc.asyncProperty(
      days,
      fc.nat(160),
      fc.nat(160),
      fc.nat(60),
      fc.nat(2),
      async (all, first, count, warmup, hours) => {
        const symbol = freshSymbol();
        const text = all.flatMap((volume, index) =>
          volume === null ? [] : [line(JAN + index * DAY, undefined, volume)],
        );
        await loaded({ symbol, timeframe: '1d' }, bytes(text.join('\n')));
        const series = await opened(symbol, '1d');
        const [from, to] = [JAN + first * DAY - hours * HOUR, JAN + (first + count) * DAY];
        const stored = (await chunks(series)).flatMap(rows);
        const inside = stored.filter(([time = NaN]) => time >= from && time <= to);
        const traded = stored.filter(([time = NaN, , , , , volume]) => time < from && volume === 1);
        const expected =
          inside.length === 0 ? [] : [...traded.slice(Math.max(0, traded.length - warmup)), ...inside];
        expect((await chunks(series, from, to, warmup)).flatMap(rows)).toEqual(expected);
      },
    ),
    { seed: 20_261_128, numRuns: 60 },
  );
});

import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { aggregateBars } from '../../src/candles/aggregate.ts';
import { openSeries } from '../../src/candles/series.ts';
import {
  ALL,
  HOUR,
  MINUTE,
  at,
  barsOf,
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

const JAN = at('2025-01-01T00:00:00Z');
const FEB = at('2025-02-01T00:00:00Z');
const MAR = at('2025-03-01T00:00:00Z');
const APR = at('2025-04-01T00:00:00Z');

test('streams one chunk a month, clipped to a window with both ends in it', async () => {
  const symbol = freshSymbol();
  const stored = [JAN, FEB - HOUR, FEB, FEB + HOUR, MAR];
  await loaded({ symbol, timeframe: '1h' }, dumpOf(stored));
  const series = await opened(symbol, '1h');
  const timesOf = async (from: number, to: number) =>
    (await chunks(series, from, to)).map((month) => [...month.time]);
  expect(series).toMatchObject({ symbol, origin: 'stored' });
  expect(await timesOf(0, 0xffff_ffff)).toEqual([[JAN, FEB - HOUR], [FEB, FEB + HOUR], [MAR]]);
  expect(await timesOf(FEB - HOUR, FEB)).toEqual([[FEB - HOUR], [FEB]]);
  expect(await timesOf(FEB - HOUR + 1, FEB + HOUR - 1)).toEqual([[FEB]]);
  expect(await timesOf(JAN + 1, FEB - HOUR - 1)).toEqual([]);
  expect(await timesOf(MAR + 1, 0xffff_ffff)).toEqual([]);
  expect(await timesOf(FEB, JAN)).toEqual([]);
});

test('has nothing for a symbol that is neither stored nor generated', async () => {
  expect(await openSeries(env.CANDLES, freshSymbol(), '1h', { window: ALL, synthetic: true })).toBeNull();
  expect(await openSeries(env.CANDLES, 'LTCUSDT', '1h', { window: ALL, synthetic: false })).toBeNull();
});

test('aggregates the coarsest finer candles that are stored', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1m' }, dumpOf([JAN], '10.00'));
  await loaded({ symbol, timeframe: '15m' }, dumpOf([JAN, JAN + 15 * MINUTE], '15.00'));
  await loaded({ symbol, timeframe: '4h' }, dumpOf([JAN], '40.00'));
  const opens = async (timeframe: '1m' | '5m' | '15m' | '1h' | '4h' | '1d') =>
    (await chunks(await opened(symbol, timeframe))).flatMap((month) => [...month.open]);
  expect(await opens('1m')).toEqual([1000]);
  expect(await opens('5m')).toEqual([1000]);
  expect(await opens('15m')).toEqual([1500, 1500]);
  expect(await opens('1h')).toEqual([1500]);
  expect(await opens('4h')).toEqual([4000]);
  expect(await opens('1d')).toEqual([4000]);
});

test('takes each month from the coarsest usable timeframe that has it', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1m' }, dumpOf([JAN, FEB, FEB + MINUTE, MAR, APR], '10.00'));
  await loaded({ symbol, timeframe: '15m' }, dumpOf([FEB + HOUR, MAR + HOUR], '15.00'));
  await loaded({ symbol, timeframe: '1h' }, dumpOf([MAR + 2 * HOUR], '60.00'));
  await loaded({ symbol, timeframe: '4h' }, dumpOf([APR], '40.00'));
  const series = await opened(symbol, '1h');
  const found = (await chunks(series)).map((month) => rows(month).map((row) => row.slice(0, 2)));
  expect(found).toEqual([[[JAN, 1000]], [[FEB + HOUR, 1500]], [[MAR + 2 * HOUR, 6000]], [[APR, 1000]]]);
});

test('mixes only timeframes of the spec of the coarsest that has a month of the window', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h', spec: { step: '0.5' } }, dumpOf([JAN], '60.00'));
  await loaded({ symbol, timeframe: '15m', spec: { step: '0.00001' } }, dumpOf([FEB], '15.00'));
  // The same spec in another spelling.
  await loaded(
    { symbol, timeframe: '5m', spec: { tick: '0.010', step: '0.50', min_notional: '5.0' } },
    dumpOf([FEB, MAR], '5.00'),
  );
  const other = { tick: '0.02', step: '0.00001' };
  await loaded({ symbol, timeframe: '1m', spec: other }, dumpOf([APR], '1.00'));
  const of = async (from: number, to: number) => {
    const series = await opened(symbol, '1h', { window: { from, to } });
    const opens = (await chunks(series)).flatMap((month) => [...month.open]);
    return { opens, tick: series.spec.tick, step: series.spec.step, leftOut: series.leftOut };
  };
  const hourly = { opens: [6000, 500, 500], tick: '0.01', step: '0.5' };
  expect(await of(JAN, FEB)).toEqual({ ...hourly, leftOut: [] });
  expect(await of(JAN, APR)).toEqual({ ...hourly, leftOut: ['1m'] });
  expect(await of(FEB, FEB)).toEqual({ opens: [1500], tick: '0.01', step: '0.00001', leftOut: [] });
  expect(await of(FEB, APR)).toEqual({ opens: [1500], tick: '0.01', step: '0.00001', leftOut: ['5m', '1m'] });
  expect(await of(APR, APR)).toEqual({ opens: [50], tick: '0.02', step: '0.00001', leftOut: [] });
  // Nothing of the window is stored.
  expect(await of(APR + 40 * 24 * HOUR, APR + 50 * 24 * HOUR)).toEqual({ ...hourly, leftOut: [] });
});

test.each([
  ['each of which has a traded minute', [0, 1, 2, 0], true],
  ['one of which has none', [1, 2, 0, 0], false],
])('knows whether coarse bars are traded, %s', (_, volumes, isTraded) => {
  const minutes = barsOf(volumes.map((volume, minute) => [JAN + minute * MINUTE, 10, 10, 10, 10, volume]));
  expect(aggregateBars(minutes, 2 * MINUTE)).toMatchObject({ length: 2, isTraded });
});

test('does not split coarser candles into finer ones', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN]));
  expect(await openSeries(env.CANDLES, symbol, '15m', { window: ALL, synthetic: true })).toBeNull();
});

test('a coarse bar at the end of the window is whole', async () => {
  const symbol = freshSymbol();
  const text = times(JAN, 120, MINUTE).map((time, index) =>
    line(time, `10.00,${String(20 + index)}.00,9.00,10.00`),
  );
  await loaded({ symbol, timeframe: '1m', spec: { step: '0.5' } }, bytes(text.join('\n')));
  const series = await opened(symbol, '1h');
  expect(series.spec).toEqual({ tick: '0.01', step: '0.5', min_notional: '5' });
  const found = await chunks(series, JAN + HOUR, JAN + HOUR);
  expect(found.flatMap(rows)).toEqual([[JAN + HOUR, 1000, 13_900, 900, 1000, 90]]);
});

test('stored candles of any timeframe come before generated ones', async () => {
  expect((await opened('ADAUSDT', '1h', { synthetic: true })).origin).toBe('synthetic');
  await loaded({ symbol: 'ADAUSDT', timeframe: '1h' }, dumpOf([JAN]));
  expect((await opened('ADAUSDT', '1h', { synthetic: true })).origin).toBe('stored');
  expect((await opened('ADAUSDT', '1d', { synthetic: true })).origin).toBe('stored');
  expect(await openSeries(env.CANDLES, 'ADAUSDT', '1m', { window: ALL, synthetic: true })).toBeNull();
});

test('a coarse bar has the first open, the extremes, the last close and the sum of volumes', () => {
  const finer = barsOf([
    [JAN, 10, 14, 9, 11, 0.5],
    [JAN + 60, 11, 12, 7, 8, 0.25],
    [JAN + 240, 8, 9, 8, 9, 1],
    // a gap, and a coarse bar that has only its last minute
    [JAN + 899, 20, 22, 19, 21, 2],
  ]);
  expect(rows(aggregateBars(finer, 300))).toEqual([
    [JAN, 10, 14, 7, 9, 1.75],
    [JAN + 600, 20, 22, 19, 21, 2],
  ]);
  expect(rows(aggregateBars(barsOf([]), 300))).toEqual([]);
});

test('prices at which nothing traded count only where nothing else did', () => {
  const stale = (time: number, price: number) => [time, price, price, price, price, 0];
  const finer = barsOf([
    stale(JAN, 5),
    [JAN + 60, 10, 12, 9, 11, 1],
    stale(JAN + 120, 50),
    [JAN + 300, 11, 12, 10, 12, 3],
    stale(JAN + 540, 1),
    stale(JAN + 600, 7),
    stale(JAN + 660, 8),
    stale(JAN + 720, 6),
  ]);
  expect(rows(aggregateBars(finer, 300))).toEqual([
    [JAN, 10, 12, 9, 11, 1],
    [JAN + 300, 11, 12, 10, 12, 3],
    [JAN + 600, 7, 8, 6, 6, 0],
  ]);
});

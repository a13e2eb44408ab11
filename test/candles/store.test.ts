import { env } from 'cloudflare:workers';
import { tableFromIPC } from '@uwdata/flechette';
import { expect, test } from 'vitest';
import { decodeBars, encodeBars } from '../../src/candles/arrow.ts';
import { listCandles } from '../../src/candles/list.ts';
import { type Manifest, readManifest, writeManifest } from '../../src/candles/manifest.ts';
import {
  HOUR,
  MINUTE,
  at,
  barsOf,
  chunks,
  dumpOf,
  freshSymbol,
  loaded,
  opened,
  rows,
  times,
} from './support.ts';

const JAN = at('2025-01-01T00:00:00Z');
const TABLE = [
  [0xffff_ff00, 1, 0x7fff_ffff, 1, 2, 0],
  [0xffff_ff3c, 3, 4, 3, 4, 0.1],
  [0xffff_ff78, 5, 6, 5, 6, 1e-8],
];

test('bars come back from a file as views of its bytes', () => {
  const bytes = encodeBars(barsOf(TABLE), '0.01').slice().buffer;
  const bars = decodeBars(bytes);
  expect(bars.length).toBe(3);
  expect(rows(bars)).toEqual(TABLE);
  const { length: _, isTraded: __, ...columns } = bars;
  for (const column of Object.values(columns)) expect(column.buffer).toBe(bytes);
});

test('a file says what its columns are', () => {
  const { schema } = tableFromIPC(encodeBars(barsOf(TABLE), '0.05'));
  expect(schema.fields.map(({ name }) => name)).toEqual([
    'open_time',
    'open',
    'high',
    'low',
    'close',
    'volume',
  ]);
  expect(schema.metadata).toEqual(
    new Map([
      ['tick', '0.05'],
      ['open_time_unit', 'seconds since the epoch'],
      ['price_unit', 'ticks'],
      ['silent_bars', '1'],
    ]),
  );
});

test('whether every bar of a file has volume is known without looking at them', () => {
  const traded = TABLE.map((row) => [...row.slice(0, 5), 1e-8]);
  const isTraded = (bytes: Uint8Array) => decodeBars(bytes.slice().buffer).isTraded;
  expect(isTraded(encodeBars(barsOf(traded), '0.01'))).toBe(true);
  expect(isTraded(encodeBars(barsOf(TABLE), '0.01'))).toBe(false);
  const before = String.fromCharCode(...encodeBars(barsOf(traded), '0.01')).replaceAll(
    'silent_bars',
    'silent_past',
  );
  // Of a file that does not say so, it is not assumed.
  expect(isTraded(Uint8Array.from(before, (character) => character.charCodeAt(0)))).toBe(false);
});

test('a file of something else is an error', () => {
  const bytes = encodeBars(barsOf(TABLE), '0.01');
  const renamed = String.fromCharCode(...bytes).replaceAll('volume', 'volumn');
  const { buffer } = Uint8Array.from(renamed, (character) => character.charCodeAt(0));
  expect(() => decodeBars(buffer)).toThrow('no column volume');
  expect(() => decodeBars(new ArrayBuffer(64))).toThrow();
});

test('a month whose object is gone is an error and not a gap', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN]));
  const series = await opened(symbol, '1h');
  const { objects } = await env.CANDLES.list({ prefix: `candles/${symbol}/1h/2025-01-` });
  await env.CANDLES.delete(objects.map(({ key }) => key));
  await expect(chunks(series)).rejects.toThrow('gone from the bucket');
});

function manifestOf(bars: number): Manifest {
  return {
    spec: { tick: '0.01', step: '0.1', min_notional: '5' },
    months: [{ month: '2025-01', key: 'x', bars, first: JAN, last: JAN }],
    retired: [],
  };
}

test('a manifest is replaced only by who read its latest version', async () => {
  const key = `candles/${freshSymbol()}/1h/manifest.json`;
  const bucket = env.CANDLES;
  expect(await readManifest(bucket, key)).toBeNull();
  expect(await writeManifest(bucket, key, manifestOf(1), 'an-etag-of-nothing')).toBe(false);
  expect(await readManifest(bucket, key)).toBeNull();
  expect(await writeManifest(bucket, key, manifestOf(2), null)).toBe(true);
  expect(await writeManifest(bucket, key, manifestOf(3), null)).toBe(false);
  const second = await readManifest(bucket, key);
  expect(second?.manifest).toEqual(manifestOf(2));
  expect(await writeManifest(bucket, key, manifestOf(4), second?.etag ?? '')).toBe(true);
  expect(await writeManifest(bucket, key, manifestOf(5), second?.etag ?? '')).toBe(false);
  expect((await readManifest(bucket, key))?.manifest).toEqual(manifestOf(4));
});

test('of first writes at the same time one wins', async () => {
  const key = `candles/${freshSymbol()}/1h/manifest.json`;
  const won = await Promise.all(
    [1, 2, 3, 4].map((bars) => writeManifest(env.CANDLES, key, manifestOf(bars), null)),
  );
  expect(won.filter(Boolean)).toHaveLength(1);
  expect((await readManifest(env.CANDLES, key))?.manifest).toEqual(manifestOf(won.indexOf(true) + 1));
});

test('lists what is stored by symbol and timeframe, over more than one page of keys', async () => {
  const [one, other] = [`A${freshSymbol()}`, `B${freshSymbol()}`];
  await loaded({ symbol: other, timeframe: '1d' }, dumpOf([JAN]));
  await loaded({ symbol: one, timeframe: '4h' }, dumpOf(times(JAN, 2, 4 * HOUR)));
  await loaded({ symbol: one, timeframe: '15m' }, dumpOf([JAN - 15 * MINUTE, JAN, JAN + HOUR]));
  const between = Array.from(
    { length: 1100 },
    (_, index) => `candles/${one}/4h/2025-01-${String(index)}.arrow`,
  );
  await Promise.all(between.map((key) => env.CANDLES.put(key, '')));
  await env.CANDLES.put(`candles/${one}/2h/manifest.json`, 'not a timeframe of ours');
  const ours = (await listCandles(env.CANDLES)).filter(({ symbol }) => [one, other].includes(symbol));
  const stored = { source: 'stored' };
  expect(ours).toEqual([
    {
      symbol: one,
      timeframe: '15m',
      from: '2024-12-31T23:45:00Z',
      to: '2025-01-01T01:00:00Z',
      bars: 3,
      missing: 3,
      ...stored,
    },
    {
      symbol: one,
      timeframe: '4h',
      from: '2025-01-01T00:00:00Z',
      to: '2025-01-01T04:00:00Z',
      bars: 2,
      missing: 0,
      ...stored,
    },
    {
      symbol: other,
      timeframe: '1d',
      from: '2025-01-01T00:00:00Z',
      to: '2025-01-01T00:00:00Z',
      bars: 1,
      missing: 0,
      ...stored,
    },
  ]);
});

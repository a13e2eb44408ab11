import { createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { importCandles } from '../../src/candles/import.ts';
import { sweepCandles } from '../../src/candles/sweep.ts';
import worker from '../../src/index.ts';
import { at, chunks, dumpOf, freshSymbol, keysOf, loaded, occasion, opened, storedOpens } from './support.ts';

const JAN = at('2025-01-01T00:00:00Z');
const FEB = at('2025-02-01T00:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What a queue consumer may take, and with it an attempt at a job. */
const RUN_MS = 15 * 60_000;

beforeEach(async () => {
  const { objects } = await env.CANDLES.list();
  await env.CANDLES.delete(objects.map(({ key }) => key));
});

/** What the cron trigger of this moment starts; gives the lines it logs, without their times. */
async function sweptAt(now: number): Promise<unknown[]> {
  const lines: unknown[] = [];
  const keep = (line: string) => {
    lines.push({ ...JSON.parse(line), at: '' });
  };
  const log = vi.spyOn(console, 'log').mockImplementation(keep);
  const error = vi.spyOn(console, 'error').mockImplementation(keep);
  onTestFinished(() => {
    log.mockRestore();
    error.mockRestore();
  });
  await worker.scheduled(createScheduledController({ scheduledTime: now }), env);
  log.mockRestore();
  error.mockRestore();
  return lines;
}

test('what a manifest names stays, however old', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, FEB]));
  await loaded({ symbol, timeframe: '1d' }, dumpOf([JAN]));
  const before = await keysOf(symbol);
  expect(await sweptAt(Date.now() + 1000 * DAY_MS)).toMatchObject([
    { event: 'candles_swept', objects: 5, removed: 0, removed_bytes: 0, complete: true },
  ]);
  expect(await keysOf(symbol)).toEqual(before);
  expect(await storedOpens(symbol, '1h')).toHaveLength(2);
});

test('a run reads what it opened while it lasts, and later that is removed', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, FEB], '10.00'));
  const series = await opened(symbol, '1h');
  const [january = '', february = ''] = await keysOf(symbol);
  const { size = NaN } = (await env.CANDLES.head(january)) ?? {};
  const replacedAt = Date.now() + 30 * DAY_MS;
  await importCandles(env.CANDLES, { symbol, timeframe: '1h' }, dumpOf([JAN], '20.00'), occasion(replacedAt));
  for (const passed of [0, RUN_MS, DAY_MS - 1]) {
    expect(await sweptAt(replacedAt + passed)).toMatchObject([{ objects: 4, removed: 0 }]);
    expect((await chunks(series)).flatMap(({ open }) => [...open])).toEqual([1000, 1000]);
  }
  expect(await sweptAt(replacedAt + DAY_MS)).toMatchObject([
    { objects: 4, removed: 1, removed_bytes: size, complete: true },
  ]);
  expect(await keysOf(symbol)).not.toContain(january);
  expect(await keysOf(symbol)).toContain(february);
  expect(await storedOpens(symbol, '1h')).toEqual([
    [JAN, 2000],
    [FEB, 1000],
  ]);
});

test('what is replaced every hour does not pile up', async () => {
  const symbol = freshSymbol();
  const target = { symbol, timeframe: '1h' } as const;
  const start = Date.now() + DAY_MS;
  for (let hour = 0; hour < 30; hour++) {
    const dump = dumpOf([JAN], `${String(10 + hour)}.00`);
    await importCandles(env.CANDLES, target, dump, occasion(start + hour * HOUR_MS));
  }
  // Replaced at 1 to 29 hours; those of the last day, 6 to 29 hours, may still be read.
  expect(await sweptAt(start + 29.5 * HOUR_MS)).toMatchObject([{ objects: 31, removed: 5 }]);
  expect(await sweptAt(start + 54 * HOUR_MS)).toMatchObject([{ objects: 26, removed: 24 }]);
  expect(await storedOpens(symbol, '1h')).toEqual([[JAN, 3900]]);
  await importCandles(env.CANDLES, target, dumpOf([JAN], '9.00'), occasion(start + 54 * HOUR_MS));
  const manifest = await env.CANDLES.get(`candles/${symbol}/1h/manifest.json`);
  expect(await manifest?.json()).toMatchObject({ retired: [{ at: start + 54 * HOUR_MS }] });
});

/** A bucket on which `before` happens ahead of the next call of a method on a key that ends so. */
function interrupted(method: 'put' | 'delete', end: string, before: () => Promise<unknown>): R2Bucket {
  let isDone = false;
  return new Proxy(env.CANDLES, {
    get(bucket, name) {
      const value: unknown = Reflect.get(bucket, name);
      if (typeof value !== 'function') return value;
      return async (...words: unknown[]) => {
        if (name === method && !isDone && String(words[0]).endsWith(end)) {
          isDone = true;
          await before();
        }
        const result: unknown = await Reflect.apply(value, bucket, words);
        return result;
      };
    },
  });
}

test('what an import has stored and not yet named stays', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN], '10.00'));
  const bucket = interrupted('put', 'manifest.json', async () => {
    expect(await sweptAt(Date.now())).toMatchObject([{ objects: 4, removed: 0 }]);
  });
  await importCandles(bucket, { symbol, timeframe: '1h' }, dumpOf([JAN, FEB], '20.00'), occasion());
  expect(await storedOpens(symbol, '1h')).toEqual([
    [JAN, 2000],
    [FEB, 2000],
  ]);
});

test('what an import left that never ended is removed, also where it was the first', async () => {
  const symbol = freshSymbol();
  const importing = () => {
    const bucket = interrupted('put', 'manifest.json', () => Promise.reject(new Error('it broke off')));
    return importCandles(bucket, { symbol, timeframe: '1h' }, dumpOf([JAN, FEB]), occasion());
  };
  await expect(importing()).rejects.toThrow('it broke off');
  expect(await keysOf(symbol)).toHaveLength(2);
  expect(await sweptAt(Date.now() + DAY_MS - HOUR_MS)).toMatchObject([{ removed: 0 }]);
  expect(await sweptAt(Date.now() + DAY_MS)).toMatchObject([{ removed: 2 }]);
  expect(await keysOf(symbol)).toEqual([]);
});

test('an import of the very bars that a sweep is about to remove keeps them', async () => {
  const symbol = freshSymbol();
  const target = { symbol, timeframe: '1h' } as const;
  await loaded(target, dumpOf([JAN], '10.00'));
  await loaded(target, dumpOf([JAN], '20.00'));
  const bucket = interrupted('delete', '.arrow', () => loaded(target, dumpOf([JAN], '10.00')));
  const { removed } = await sweepCandles(bucket, Date.now() + 2 * DAY_MS);
  expect(removed).toBe(1);
  expect(await storedOpens(symbol, '1h')).toEqual([[JAN, 1000]]);
});

test('nothing but months of candles is removed', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN]));
  const others = [
    'results/bt_1.json',
    'candles.txt',
    `candles/${symbol}/1h/notes.txt`,
    `candles/${symbol}/1h/2025-01.arrow`,
    `candles/${symbol}/2h/2025-01-0123456789abcdef.arrow`,
    `candles/${symbol.toLowerCase()}/1h/2025-01-0123456789abcdef.arrow`,
    `other/candles/${symbol}/1h/2025-01-0123456789abcdef.arrow`,
  ];
  const month = `candles/${symbol}/1h/2025-01-0123456789abcdef.arrow`;
  await Promise.all([...others, month].map((key) => env.CANDLES.put(key, 'x')));
  expect(await sweptAt(Date.now() + 1000 * DAY_MS)).toMatchObject([{ removed: 1, removed_bytes: 1 }]);
  const left = (await env.CANDLES.list()).objects.map(({ key }) => key);
  expect(left).toEqual(expect.arrayContaining(others));
  expect(left).not.toContain(month);
  expect(await storedOpens(symbol, '1h')).toHaveLength(1);
});

test('a damaged manifest is told of, and keeps what lies beside it; others are swept', async () => {
  const [bad, good] = [freshSymbol(), freshSymbol()];
  const months = [bad, good].map((symbol) => `candles/${symbol}/1h/2025-01-0123456789abcdef.arrow`);
  await Promise.all(months.map((key) => env.CANDLES.put(key, 'x')));
  await env.CANDLES.put(`candles/${bad}/1h/manifest.json`, '{"months":');
  expect(await sweptAt(Date.now() + 2 * DAY_MS)).toMatchObject([
    { level: 'error', event: 'manifest_unreadable', key: `candles/${bad}/1h/manifest.json` },
    { level: 'info', event: 'candles_swept', removed: 1 },
  ]);
  expect(await keysOf(bad)).toHaveLength(2);
  expect(await keysOf(good)).toEqual([]);
});

test('a sweep ends at its limits, and the next one goes on there', async () => {
  const symbols = [freshSymbol(), freshSymbol(), freshSymbol()];
  for (const symbol of symbols) {
    await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, FEB], '10.00'));
    await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, FEB], '20.00'));
  }
  const later = Date.now() + 2 * DAY_MS;
  const limits = { pageObjects: 2, operations: 6 };
  const sweeps = [];
  for (let invocation = 0; invocation < 4; invocation++)
    sweeps.push(await sweepCandles(env.CANDLES, later, limits));
  expect(sweeps.map(({ objects, complete }) => [objects, complete])).toEqual([
    [4, false],
    [4, false],
    [4, false],
    [3, true],
  ]);
  expect(sweeps.reduce((sum, { removed }) => sum + removed, 0)).toBe(6);
  for (const symbol of symbols) expect(await keysOf(symbol)).toHaveLength(3);
  // From the beginning again.
  expect(await sweepCandles(env.CANDLES, later)).toMatchObject({ objects: 9, complete: true });
});

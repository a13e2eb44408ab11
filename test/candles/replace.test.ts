import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { importCandles, specQuery } from '../../src/candles/import.ts';
import { ManifestContention } from '../../src/candles/replace.ts';
import { crowdedBucket } from '../support/candles.ts';
import {
  HOUR,
  at,
  chunks,
  dumpOf,
  freshSymbol,
  keysOf,
  loaded,
  occasion,
  opened,
  refused,
  storedOpens,
  times,
} from './support.ts';

const JAN = at('2025-01-01T00:00:00Z');
const FEB = at('2025-02-01T00:00:00Z');
const DAY = 24 * HOUR;

test('replaces the bars of its span and leaves the others of the month', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf(times(JAN, 6, HOUR), '10.00'));
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN + 2 * HOUR, JAN + 4 * HOUR], '20.00'));
  expect(await storedOpens(symbol, '1h')).toEqual([
    [JAN, 1000],
    [JAN + HOUR, 1000],
    [JAN + 2 * HOUR, 2000],
    [JAN + 4 * HOUR, 2000],
    [JAN + 5 * HOUR, 1000],
  ]);
});

test('replaces whole months within its span, also those it has no bars of', async () => {
  const symbol = freshSymbol();
  const march = at('2025-03-31T23:00:00Z');
  const april = at('2025-04-01T00:00:00Z');
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, JAN + DAY, FEB, FEB + HOUR, march, april], '10.00'));
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN + DAY, march - DAY], '20.00'));
  expect(await storedOpens(symbol, '1h')).toEqual([
    [JAN, 1000],
    [JAN + DAY, 2000],
    [march - DAY, 2000],
    [march, 1000],
    [april, 1000],
  ]);
});

test('replaces a month whole that the dump reaches through, from its first day to its last', async () => {
  const symbol = freshSymbol();
  const end = FEB - HOUR;
  const all = [JAN - HOUR, JAN, JAN + HOUR, JAN + 2 * DAY, end - HOUR, end, FEB];
  await loaded({ symbol, timeframe: '1h' }, dumpOf(all, '10.00'));
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN + DAY - HOUR, FEB - DAY], '20.00'));
  expect(await storedOpens(symbol, '1h')).toEqual([
    [JAN - HOUR, 1000],
    [JAN + DAY - HOUR, 2000],
    [FEB - DAY, 2000],
    [FEB, 1000],
  ]);
});

test.each([
  ['its second day', [JAN + DAY, FEB - HOUR], [JAN]],
  ['short of its last day', [JAN, FEB - DAY - HOUR], [FEB - HOUR]],
])('replaces no more than its span where the dump begins or ends at %s', async (_, dump, staying) => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, FEB - HOUR], '10.00'));
  await loaded({ symbol, timeframe: '1h' }, dumpOf(dump, '20.00'));
  const opens = new Map(await storedOpens(symbol, '1h'));
  expect([...opens].filter(([, open]) => open === 1000).map(([time]) => time)).toEqual(staying);
});

test('of a dump of many months the outermost are replaced whole too', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, FEB, FEB + 28 * DAY - HOUR], '10.00'));
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN + HOUR, FEB + 27 * DAY], '20.00'));
  expect(await storedOpens(symbol, '1h')).toEqual([
    [JAN + HOUR, 2000],
    [FEB + 27 * DAY, 2000],
  ]);
});

test('a month whose object was lost is mended by loading it again', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, FEB]));
  const [lost = ''] = await keysOf(symbol);
  await env.CANDLES.delete(lost);
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, FEB]));
  expect(await storedOpens(symbol, '1h')).toHaveLength(2);
});

test('loading the same dump again changes nothing and adds no object', async () => {
  const symbol = freshSymbol();
  const dump = dumpOf([...times(FEB - 2 * HOUR, 4, HOUR)]);
  const first = await loaded({ symbol, timeframe: '1h' }, dump);
  const keys = () => keysOf(symbol);
  const before = await keys();
  expect(before).toEqual([
    expect.stringMatching(/\/1h\/2025-01-[0-9a-f]{16}-[0-9a-f]{8}\.arrow$/),
    expect.stringMatching(/\/1h\/2025-02-[0-9a-f]{16}-[0-9a-f]{8}\.arrow$/),
    `candles/${symbol}/1h/manifest.json`,
  ]);
  expect(await loaded({ symbol, timeframe: '1h' }, dump)).toEqual(first);
  expect(await keys()).toEqual(before);
  expect(await storedOpens(symbol, '1h')).toHaveLength(4);
});

test('keeps the months of imports that run at the same time', async () => {
  const symbol = freshSymbol();
  const firsts = ['2025-01', '2025-02', '2025-03', '2025-04', '2025-05'].map((month) =>
    at(`${month}-01T00:00:00Z`),
  );
  await Promise.all(firsts.map((first) => loaded({ symbol, timeframe: '1h' }, dumpOf([first]))));
  expect(await storedOpens(symbol, '1h')).toEqual(firsts.map((first) => [first, 1000]));
});

test('keeps the bars of imports of one month that run at the same time', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf(times(JAN, 3, HOUR), '10.00'));
  await Promise.all([
    loaded({ symbol, timeframe: '1h' }, dumpOf([JAN], '20.00')),
    loaded({ symbol, timeframe: '1h' }, dumpOf([JAN + HOUR], '30.00')),
    loaded({ symbol, timeframe: '1h' }, dumpOf([JAN + 2 * HOUR], '40.00')),
  ]);
  expect(await storedOpens(symbol, '1h')).toEqual([
    [JAN, 2000],
    [JAN + HOUR, 3000],
    [JAN + 2 * HOUR, 4000],
  ]);
});

test('an import that others keep coming before gives up and leaves what is stored', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN], '10.00'));
  const { bucket, refusals } = crowdedBucket();
  const importing = async () =>
    importCandles(bucket, { symbol, timeframe: '1h' }, dumpOf([JAN], '20.00'), occasion());
  await expect(importing()).rejects.toThrow(ManifestContention);
  expect(refusals()).toBe(10);
  expect(await storedOpens(symbol, '1h')).toEqual([[JAN, 1000]]);
});

test('a series goes on reading what was stored when it was opened', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, FEB], '10.00'));
  const series = await opened(symbol, '1h');
  const opens: number[] = [];
  for await (const month of series.bars(JAN, FEB)) {
    opens.push(...month.open);
    await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, FEB], '20.00'));
  }
  expect(opens).toEqual([1000, 1000]);
  expect((await chunks(await opened(symbol, '1h'))).flatMap((month) => [...month.open])).toEqual([
    2000, 2000,
  ]);
});

test('keeps the spec of the symbol until an import changes it', async () => {
  const symbol = freshSymbol();
  const specAfter = async (spec: Record<string, string>) => {
    await loaded({ symbol, timeframe: '1h', spec: specQuery.parse(spec) }, dumpOf([JAN]));
    return (await opened(symbol, '1h')).spec;
  };
  expect(await specAfter({})).toEqual({ tick: '0.01', step: '0.00001', min_notional: '5' });
  expect(await specAfter({ step: '0.1' })).toEqual({ tick: '0.01', step: '0.1', min_notional: '5' });
  expect(await specAfter({ min_notional: '10' })).toEqual({ tick: '0.01', step: '0.1', min_notional: '10' });
  expect(await specAfter({ tick: '0.0010' })).toEqual({ tick: '0.001', step: '0.1', min_notional: '10' });
  expect(await storedOpens(symbol, '1h')).toEqual([[JAN, 10_000]]);
  expect(await specAfter({})).toMatchObject({ tick: '0.001' });
});

test('refuses another tick while bars of the old one would stay', async () => {
  const symbol = freshSymbol();
  await loaded({ symbol, timeframe: '1h' }, dumpOf([JAN, FEB]));
  const spec = { tick: '0.001' };
  for (const dump of [dumpOf([JAN]), dumpOf([FEB]), dumpOf([FEB + HOUR])]) {
    const { line, message } = await refused({ symbol, timeframe: '1h', spec }, dump);
    expect(line).toBeNull();
    expect(message).toMatch(/tick 0\.01, not 0\.001.*\?tick=0\.01,/);
  }
  expect(await storedOpens(symbol, '1h')).toEqual([
    [JAN, 1000],
    [FEB, 1000],
  ]);
  await loaded({ symbol, timeframe: '1h', spec }, dumpOf([JAN, FEB + HOUR]));
  expect(await storedOpens(symbol, '1h')).toEqual([
    [JAN, 10_000],
    [FEB + HOUR, 10_000],
  ]);
});

test.each([{ tick: '0' }, { tick: '-1' }, { step: '1e-5' }, { min_notional: '' }, { lot: '1' }])(
  'the query refuses %j',
  (query) => {
    expect(specQuery.safeParse(query).success).toBe(false);
  },
);

test('a symbol keeps its tick, step and smallest notional in another timeframe, unless it is told others', async () => {
  const symbol = freshSymbol();
  const spec = { tick: '0.0001', step: '0.1', min_notional: '1' };
  await loaded({ symbol, timeframe: '1h', spec }, dumpOf([at('2025-01-01T00:00:00Z')], '16.1200'));
  await loaded({ symbol, timeframe: '1m' }, dumpOf([at('2025-02-01T00:00:00Z')], '16.1234'));
  expect((await opened(symbol, '1m')).spec).toEqual(spec);
  await loaded(
    { symbol, timeframe: '5m', spec: { step: '0.5' } },
    dumpOf([at('2025-02-01T00:00:00Z')], '16.1234'),
  );
  expect(
    (
      await opened(symbol, '5m', {
        window: { from: at('2025-02-01T00:00:00Z'), to: at('2025-02-01T00:00:00Z') },
      })
    ).spec,
  ).toEqual({ ...spec, step: '0.5' });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aggregateBars } from '../../src/candles/aggregate.ts';
import { clipBars, concatBars } from '../../src/candles/columns.ts';
import { monthOf } from '../../src/candles/months.ts';
import { TIMEFRAME_SECONDS } from '../../src/schemas/primitives.ts';
import { HOUR, at, barsOf, bytes, chunks, freshSymbol, line, loaded, opened, rows } from './support.ts';

/** So that hours of two months are met, and days that the border parts. */
const START = at('2025-01-30T00:00:00Z');
const HOURS = 96;
const END = START + HOURS * HOUR;

/** A bar as a test has it: prices in ticks of 0.01, volume in halves, so that every sum of volumes is exact. */
const bar = fc
  .record({
    prices: fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 1, max: 2000 }))),
    open: fc.nat({ max: 3 }),
    close: fc.nat({ max: 3 }),
    halves: fc.oneof(fc.constant(0), fc.nat({ max: 9 })),
  })
  .map(({ prices, open, close, halves }) => [
    prices[open] ?? NaN,
    Math.max(...prices),
    Math.min(...prices),
    prices[close] ?? NaN,
    halves / 2,
  ]);

/** Hours in order, some absent: rows as `rows` gives them. */
const series = fc
  .array(fc.option(bar, { freq: 3 }), { minLength: HOURS, maxLength: HOURS })
  .map((hours) => hours.flatMap((each, index) => (each === null ? [] : [[START + index * HOUR, ...each]])))
  .filter((found) => found.length > 0);

/** Places at which something is cut, in hours. */
const cuts = fc.uniqueArray(fc.integer({ min: 1, max: HOURS - 1 }), { maxLength: 6 });

/** The parts of a table between the cuts; none of them empty. */
function partsOf(table: readonly number[][], hours: readonly number[]): number[][][] {
  const borders = [START, ...hours.toSorted((a, b) => a - b).map((hour) => START + hour * HOUR), END];
  return borders
    .map((from, index) => table.filter(([time = NaN]) => time >= from && time < (borders[index + 1] ?? from)))
    .filter((part) => part.length > 0);
}

function dumpOf(table: readonly number[][]): Uint8Array {
  return bytes(
    table
      .map(([time = NaN, open = NaN, high = NaN, low = NaN, close = NaN, volume = NaN]) =>
        line(
          time,
          [open, high, low, close].map((ticks) => (ticks / 100).toFixed(2)).join(','),
          String(volume),
        ),
      )
      .join('\n'),
  );
}

async function storedOf(symbol: string, timeframe: '1h' | '4h' | '1d'): Promise<number[][]> {
  return (await chunks(await opened(symbol, timeframe))).flatMap(rows);
}

/** Coarse bars by the words of their definition, one at a time. */
function naively(table: readonly number[][], seconds: number): number[][] {
  const stamps = [...new Set(table.map(([time = NaN]) => Math.floor(time / seconds) * seconds))];
  return stamps.map((stamp) => {
    const within = table.filter(([time = NaN]) => time >= stamp && time < stamp + seconds);
    const traded = within.filter(([, , , , , volume = 0]) => volume > 0);
    const counted = traded.length > 0 ? traded : within;
    const column = (index: number) => counted.map((row) => row[index] ?? NaN);
    return [
      stamp,
      column(1)[0] ?? NaN,
      Math.max(...column(2)),
      Math.min(...column(3)),
      column(4).at(-1) ?? NaN,
      column(5).reduce((sum, volume) => sum + volume, 0),
    ];
  });
}

test('aggregation is what its definition says, of any division at coarse borders', () => {
  fc.assert(
    fc.property(series, cuts, fc.constantFrom(4 * HOUR, 24 * HOUR), (table, hours, seconds) => {
      const whole = rows(aggregateBars(barsOf(table), seconds));
      expect(whole).toEqual(naively(table, seconds));
      const borders = hours.map((hour) => Math.ceil((hour * HOUR) / seconds) * (seconds / HOUR));
      const parts = partsOf(table, borders).map((part) => aggregateBars(barsOf(part), seconds));
      expect(rows(concatBars(parts))).toEqual(whole);
    }),
    { numRuns: 200 },
  );
});

test('aggregation commutes with aggregation', () => {
  fc.assert(
    fc.property(series, (table) => {
      const days = aggregateBars(aggregateBars(barsOf(table), 4 * HOUR), 24 * HOUR);
      expect(rows(days)).toEqual(naively(table, 24 * HOUR));
    }),
    { numRuns: 200 },
  );
});

test('aggregation commutes with import: coarse bars made of stored ones are those stored when made before', async () => {
  await fc.assert(
    fc.asyncProperty(
      series,
      cuts,
      fc.constantFrom('4h' as const, '1d' as const),
      async (table, hours, timeframe) => {
        const [fine, coarse] = [freshSymbol(), freshSymbol()];
        for (const part of partsOf(table, hours))
          await loaded({ symbol: fine, timeframe: '1h' }, dumpOf(part));
        const made = rows(aggregateBars(barsOf(table), TIMEFRAME_SECONDS[timeframe]));
        await loaded({ symbol: coarse, timeframe }, dumpOf(made));
        expect(await storedOf(fine, timeframe)).toEqual(await storedOf(coarse, timeframe));
        // Of any part of the window too.
        const [from, to] = [START + 7 * HOUR, START + 61 * HOUR];
        const clipped = clipBars(barsOf(made), from, to);
        expect((await chunks(await opened(fine, timeframe), from, to)).flatMap(rows)).toEqual(rows(clipped));
      },
    ),
    { numRuns: 15 },
  );
});

test('importing in any division into dumps, in any order, stores the same, and gaps are counted', async () => {
  await fc.assert(
    fc.asyncProperty(
      series,
      cuts,
      fc.array(fc.nat(), { minLength: 7, maxLength: 7 }),
      async (table, hours, ranks) => {
        const [whole, divided] = [freshSymbol(), freshSymbol()];
        const summary = await loaded({ symbol: whole, timeframe: '1h' }, dumpOf(table));
        const [first = NaN, last = NaN] = [table[0]?.[0], table.at(-1)?.[0]];
        let absent = 0;
        for (let time = first; time <= last; time += HOUR)
          if (!table.some(([stamp]) => stamp === time)) absent++;
        expect([summary.bars, summary.missing]).toEqual([table.length, absent]);
        const parts = partsOf(table, hours).map((part, index) => ({ part, rank: ranks[index] ?? 0 }));
        parts.sort((a, b) => a.rank - b.rank);
        for (const { part } of parts) await loaded({ symbol: divided, timeframe: '1h' }, dumpOf(part));
        const stored = await chunks(await opened(divided, '1h'));
        expect(stored.flatMap(rows)).toEqual(table);
        expect(stored.map(({ time }) => monthOf(time[0] ?? 0))).toEqual([
          ...new Set(table.map(([time = NaN]) => monthOf(time))),
        ]);
        expect(await storedOf(whole, '1h')).toEqual(table);
      },
    ),
    { numRuns: 15 },
  );
});

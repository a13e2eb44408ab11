import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SPEC } from '../../src/candles/bars.ts';
import { formatFixed, formatMoney, formatSafe } from '../../src/engine/decimal.ts';
import { exactOf, minus, plus, type Exact } from '../../src/engine/exact.ts';
import { feeOf, fillFee, scheduleOfBps } from '../../src/engine/fees.ts';
import { InstantWriter } from '../../src/engine/instants.ts';
import {
  affordableSteps,
  allInSize,
  exactNotional,
  fillNotional,
  formatQuantity,
  isBelowMinNotional,
  marketOf,
  notionalOf,
  weightWithFee,
} from '../../src/engine/market.ts';
import { decimal, instant, money as naiveMoney, round } from './naive/numbers.ts';
import { pseudoRandom } from './support.ts';

/** On both sides of the bounds of floating point, numbers and integers of any size agree. */

const LARGEST = 2n ** 53n - 1n;
const OPTIONS = { seed: 20_261_124, numRuns: 3000 };

/** Integers of every length, many of them within a hair of a power of two, among these 2^53. */
const integers = (bits: number) =>
  fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) }),
    fc.bigInt({ min: 0n, max: 10n ** 12n }),
    fc
      .tuple(fc.integer({ min: 2, max: bits }), fc.bigInt({ min: -3n, max: 3n }))
      .map(([power, off]) => 2n ** BigInt(power) + off),
    fc.bigInt({ min: -3n, max: 3n }).map((off) => LARGEST + off),
  );
const signed = fc.tuple(integers(60), fc.boolean()).map(([size, isNegative]) => (isNegative ? -size : size));
const ticks = fc.oneof(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 10_000_000 }));

/** Of a number and of a bigint alike; where the form is wrong, the value is one that nothing equals. */
function valueOf(exact: Exact): bigint | string {
  const value = BigInt(exact);
  const isSafe = value <= LARGEST && value >= -LARGEST;
  return isSafe === (typeof exact === 'number') ? value : `${String(value)} as a ${typeof exact}`;
}

describe('exact integers', () => {
  it('are added and subtracted whatever their size', () => {
    fc.assert(
      fc.property(signed, signed, (a, b) => {
        expect(valueOf(plus(exactOf(a), exactOf(b)))).toBe(a + b);
        expect(valueOf(minus(exactOf(a), exactOf(b)))).toBe(a - b);
      }),
      OPTIONS,
    );
  });

  it('are numbers up to 2^53 − 1 and bigints from 2^53 on', () => {
    expect([exactOf(LARGEST), exactOf(-LARGEST)]).toEqual([Number(LARGEST), -Number(LARGEST)]);
    expect([exactOf(LARGEST + 1n), exactOf(-LARGEST - 1n)]).toEqual([2n ** 53n, -(2n ** 53n)]);
    expect(plus(Number(LARGEST), 2)).toBe(2n ** 53n + 1n);
    expect(minus(2n ** 53n, 1)).toBe(Number(LARGEST));
  });
});

describe.for([
  DEFAULT_SPEC,
  { tick: '0.5', step: '0.001', min_notional: '10' },
  { tick: '0.0001', step: '0.00005', min_notional: '0.00000001' },
  { tick: '0.000123', step: '0.0000037', min_notional: '90071992.54740992' },
  { tick: '900000', step: '7000', min_notional: '0' },
])('a fill at a tick of $tick and a step of $step', (spec) => {
  const market = marketOf(spec);

  it('moves what integers of any size give', () => {
    fc.assert(
      fc.property(ticks, integers(60), (price, steps) => {
        expect(valueOf(fillNotional(market, price, exactOf(steps)))).toBe(notionalOf(market, price, steps));
        expect(formatQuantity(market, exactOf(steps))).toBe(naiveMoney(steps * market.step));
      }),
      OPTIONS,
    );
  });

  it('is under the minimum notional exactly where integers of any size say so', () => {
    const least = decimal(spec.min_notional) * 10n ** 8n;
    const nearMinimum = fc
      .tuple(ticks, fc.bigInt({ min: -2n, max: 2n }))
      .map(([price, off]) => [price, least / (BigInt(price) * market.unit) + off] as const);
    fc.assert(
      fc.property(fc.oneof(nearMinimum, fc.tuple(ticks, integers(60))), ([price, steps]) => {
        const isSmall = steps <= 0n || exactNotional(market, price, steps) < least;
        expect(isBelowMinNotional(market, price, exactOf(steps))).toBe(isSmall);
      }),
      OPTIONS,
    );
  });

  it.for([1, 3, 20])('buys with everything, at leverage %i, what integers of any size give', (leverage) => {
    const times = BigInt(leverage);
    fc.assert(
      fc.property(ticks, integers(60), fc.integer({ min: 0, max: 1000 }), (price, any, bps) => {
        const rates = scheduleOfBps('0', String(bps))().rates(0);
        const weight = weightWithFee(price, times * rates.taker);
        const steps = (wallet: bigint) =>
          wallet <= 0n ? 0n : (wallet * times * 10n ** 20n) / (market.unit * weight);
        // What just pays for a whole number of steps, and a unit more or less.
        const just = (steps(any) * market.unit * weight) / (times * 10n ** 20n);
        for (const wallet of [any, just, just + 1n]) {
          expect(valueOf(allInSize(market, exactOf(wallet), price, rates, leverage))).toBe(steps(wallet));
          expect(affordableSteps(market, wallet * times, weight)).toBe(steps(wallet));
        }
      }),
      OPTIONS,
    );
  });
});

it('a fee is what integers of any size give, halves included', () => {
  const bps = fc.oneof(
    fc.constantFrom('5', '10', '0', '1000'),
    fc
      .tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 99_999_999 }))
      .map((parts) => parts.join('.')),
  );
  // At 5 basis points every odd thousand of units has a fee that ends in a half.
  const halves = integers(50).map((value) => (2n * value + 1n) * 1000n);
  fc.assert(
    fc.property(fc.oneof(integers(60), halves), bps, (notional, rate) => {
      const rates = scheduleOfBps(rate, '0')().rates(0);
      const expected = round(notional * rates.maker, 10n ** 12n);
      expect(valueOf(fillFee(exactOf(notional), rates, 'maker'))).toBe(expected);
      expect(feeOf(notional, rates.maker)).toBe(expected);
    }),
    OPTIONS,
  );
});

describe('what is written', () => {
  it('is the same of numbers and of integers of any size', () => {
    fc.assert(
      fc.property(signed, fc.integer({ min: 0, max: 8 }), (value, digits) => {
        const size = (value < 0n ? -value : value).toString().padStart(digits + 1, '0');
        const point = size.length - digits;
        const text = `${value < 0n ? '-' : ''}${size.slice(0, point)}${digits > 0 ? '.' : ''}${size.slice(point)}`;
        expect(formatFixed(value, digits)).toBe(text);
        expect(formatFixed(exactOf(value), digits)).toBe(text);
        expect(formatMoney(exactOf(value))).toBe(naiveMoney(value));
      }),
      OPTIONS,
    );
    expect(formatSafe(Number.MAX_SAFE_INTEGER, 8)).toBe('90071992.54740991');
  });

  it('is the instant that a Date writes, on whatever day and in whatever order', () => {
    const random = pseudoRandom(3);
    const writer = new InstantWriter();
    for (let time = 0; time < 2 ** 32; time += Math.floor(random() * 2_000_000))
      for (const other of [time, time + 1, time - (time % 60), time - (time % 86_400), Math.floor(time / 2)])
        expect(writer.write(other)).toBe(instant(other));
  });
});

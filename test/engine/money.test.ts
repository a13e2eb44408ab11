import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  UNIT,
  certainFloor,
  divideHalfUp,
  formatFixed,
  formatMoney,
  parseDecimal,
} from '../../src/engine/decimal.ts';
import { RATE_UNIT, feeOf, scheduleOf, scheduleOfBps } from '../../src/engine/fees.ts';
import {
  affordableSteps,
  formatPrice,
  marketOf,
  notionalOf,
  weightWithFee,
} from '../../src/engine/market.ts';
import { expectedBars } from '../../src/engine/window.ts';
import { momentumJob } from './support.ts';

const spec = (tick: string, step = '0.00001') => marketOf({ tick, step, min_notional: '5' });

describe('decimals', () => {
  it.for([
    ['0', 0n],
    ['1', 100_000_000n],
    ['0.00000001', 1n],
    ['999999999999999.12345678', 99_999_999_999_999_912_345_678n],
  ] as const)('%s is read exactly', ([text, value]) => {
    expect(parseDecimal(text)).toBe(value);
    expect(formatMoney(value)).toBe(text);
  });

  it.for(['', '-1', '1e3', '.5', '1.', '0.000000001', 'NaN', ' 1'])('%o is refused', (text) => {
    expect(() => parseDecimal(text)).toThrow(RangeError);
  });

  it('round halves away from zero', () => {
    expect([14n, 15n, 16n, -14n, -15n, -16n].map((value) => divideHalfUp(value, 10n))).toEqual([
      1n,
      2n,
      2n,
      -1n,
      -2n,
      -2n,
    ]);
  });

  it('are written with a sign only where there is something to sign', () => {
    expect([formatFixed(-5n, 2), formatFixed(0n, 2), formatFixed(-12345n, 2), formatFixed(7n, 0)]).toEqual([
      '-0.05',
      '0.00',
      '-123.45',
      '7',
    ]);
    expect([formatMoney(-150_000_000n), formatMoney(0n)]).toEqual(['-1.5', '0']);
  });
});

describe('fees', () => {
  it('are rounded half up to 8 decimals', () => {
    const { maker, taker } = scheduleOfBps('5', '4.9')().rates(0);
    expect(maker).toBe((RATE_UNIT * 5n) / 10_000n);
    // 0.00001 of 1000 units of 10^-8 is 0.5 of a unit; a little less rounds down.
    expect(feeOf(1000n, maker)).toBe(1n);
    expect(feeOf(1000n, taker)).toBe(0n);
    expect(feeOf(3000n, maker)).toBe(2n);
  });

  it.for([
    ['none', '0'],
    ['fixed_bps', '12.5'],
    ['match_exchange', '10'],
  ] as const)('of %s are %s bps on both sides', ([fee_model, bps]) => {
    const config = momentumJob(1, 2, { fee_model, ...(fee_model === 'fixed_bps' ? { fee_bps: bps } : {}) });
    expect(scheduleOf(config)().rates(0)).toEqual(scheduleOfBps(bps, bps)().rates(0));
  });
});

describe('quotients that floating point is trusted with', () => {
  /** Many of them within a hair of an integer, where rounding would show. */
  const numerators = fc.oneof(
    fc.bigInt({ min: 0n, max: 10n ** 20n }),
    fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.bigInt({ min: -2n, max: 2n }))
      .map(([n, off]) => n * 2000n + 1000n + off),
  );

  it('give the fee that integers give', () => {
    fc.assert(
      fc.property(
        numerators.filter((notional) => notional >= 0n),
        fc.bigInt({ min: 0n, max: RATE_UNIT / 10n }),
        fc.boolean(),
        (notional, any, isPlain) => {
          const rate = isPlain ? (RATE_UNIT * 5n) / 10_000n : any;
          expect(feeOf(notional, rate)).toBe(divideHalfUp(notional * rate, RATE_UNIT));
        },
      ),
      { seed: 1, numRuns: 5000 },
    );
  });

  it('give the quantity that integers give', () => {
    const market = spec('0.01', '0.00001');
    fc.assert(
      fc.property(numerators, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (money, ticks) => {
        const weight = weightWithFee(ticks, 500_000_000n);
        const exact = money <= 0n ? 0n : (money * UNIT * RATE_UNIT) / (market.tick * market.step * weight);
        expect(affordableSteps(market, money, weight)).toBe(exact);
      }),
      { seed: 1, numRuns: 5000 },
    );
  });

  it('are no integers where rounding might have carried them over one', () => {
    expect(certainFloor(3.5)).toBe(3n);
    for (const doubtful of [3, 3.0001, 3.9999, 1e11 + 0.5, -0.5, NaN, Infinity])
      expect(certainFloor(doubtful)).toBeNull();
  });
});

describe('a market', () => {
  it('rounds what a fill moves half up to 8 decimals where tick and step are finer', () => {
    // 0.0001 × 0.00005 is half a unit of 10^-8.
    expect([1, 2, 3].map((ticks) => notionalOf(spec('0.0001', '0.00005'), ticks, 1n))).toEqual([1n, 1n, 2n]);
  });

  it('writes prices with the decimals of its tick', () => {
    expect(formatPrice(spec('0.01'), 10_050)).toBe('100.50');
    expect(formatPrice(spec('0.50000000'), 3)).toBe('1.5');
    expect(formatPrice(spec('5'), 3)).toBe('15');
    expect(formatPrice(spec('0.00000001'), 3)).toBe('0.00000003');
  });

  it('floors the quantity that money pays for, fee included', () => {
    const steps = (money: string) =>
      affordableSteps(
        spec('0.01', '0.001'),
        parseDecimal(money),
        weightWithFee(10_000, scheduleOfBps('0', '100')().rates(0).taker),
      );
    expect(steps('1010')).toBe(10_000n);
    expect(steps('1009.99999999')).toBe(9_999n);
    expect(steps('0')).toBe(0n);
  });

  it('is refused without a tick or a step', () => {
    expect(() => spec('0')).toThrow(RangeError);
    expect(() => spec('0.01', '0.0')).toThrow(RangeError);
  });
});

describe('a window', () => {
  it.for([
    [0, 300, 6],
    [1, 300, 5],
    [1, 299, 4],
    [61, 62, 0],
  ] as const)('from %i to %i has %i bars of a minute', ([start, end, bars]) => {
    expect(expectedBars({ start, end, timeframe: 60 })).toBe(bars);
  });
});

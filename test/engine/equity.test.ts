import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNIT, divideHalfUp } from '../../src/engine/decimal.ts';
import { centsOf, type Equity } from '../../src/engine/equity.ts';
import { exactOf } from '../../src/engine/exact.ts';

const CENT = UNIT / 100n;

const part = fc.record({
  // Halves of a cent and their neighbours, of any size, and whatever else.
  whole: fc
    .tuple(fc.bigInt({ min: 1n, max: 10n ** 18n }), fc.constantFrom(0n, CENT / 2n - 1n, CENT / 2n, CENT - 1n))
    .map(([cents, more]) => exactOf(cents * CENT + more)),
  rest: fc.oneof(
    fc.constantFrom(0, 1, Number(UNIT) - 1, Number(UNIT) / 2),
    fc.nat({ max: Number(UNIT) - 1 }),
  ),
});

function exactly(parts: readonly Equity[]): bigint {
  const sum = parts.reduce((total, { whole, rest }) => total + BigInt(whole) * UNIT + BigInt(rest), 0n);
  return divideHalfUp(sum, CENT * UNIT);
}

describe('equity in cents', () => {
  it('is the sum of the parts, rounded once, whatever their sizes', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        expect(BigInt(centsOf(parts))).toBe(exactly(parts));
      }),
      { seed: 20_261_128, numRuns: 2000 },
    );
  });

  it('is rounded up where only the rests together make the half', () => {
    const almost = { whole: Number(CENT / 2n) - 1, rest: Number(UNIT) / 2 };
    expect(centsOf([almost])).toBe(0);
    expect(centsOf([almost, { whole: 0, rest: Number(UNIT) / 2 }])).toBe(1);
  });
});

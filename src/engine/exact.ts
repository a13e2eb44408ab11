const LARGEST = Number.MAX_SAFE_INTEGER;

/**
 * An integer, exact whatever its size: a number up to 2^53 − 1 on either side of zero, a bigint beyond. Numbers are some ten
 * times faster, and money counted in 10^-8 is one up to 90 million.
 */
export type Exact = number | bigint;

/**
 * Whether what floating point made of one sum or of a product of safe factors is the true integer. Rounding keeps order: had the
 * true one, or a part of the product, been beyond the largest safe integer, the rounded one would be too.
 */
export function isExact(value: number): boolean {
  return value <= LARGEST && value >= -LARGEST;
}

/** The same integer in its form as an {@link Exact}. */
export function exactOf(value: bigint): Exact {
  return value <= LARGEST && value >= -LARGEST ? Number(value) : value;
}

/** The number nearest to it, which is itself unless it is a bigint. */
export function nearest(value: Exact): number {
  return typeof value === 'number' ? value : Number(value);
}

/** `a + b`. */
export function plus(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (isExact(sum)) return sum;
  }
  return wideSum(a, b);
}

/** `a − b`. */
export function minus(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (isExact(difference)) return difference;
  }
  return wideSum(a, -b);
}

/** Apart, since the compiler puts only what is short where it is called, and this is seldom needed. */
function wideSum(a: Exact, b: Exact): Exact {
  return exactOf(BigInt(a) + BigInt(b));
}

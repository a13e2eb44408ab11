import { describe, expect, test } from 'vitest';
import { NOTHING_SPENT, rounded, spend, type Spending } from '../../src/account/budget.ts';

const MINUTE = 29_000_000;
const NOW = MINUTE * 60_000 + 20_000;
const fresh = (used: number, reserveUsed = 0): Spending => ({ minute: MINUTE, used, reserveUsed });
const request = (weight: number, reserve = false) => ({ weight, reserve });
/** A quarter, and one cancel at least. */
const reserveOf = (limit: number) => Math.max(5, Math.floor(limit / 4));

test('spends from a full budget', () => {
  expect(spend(NOTHING_SPENT, request(20), 100, NOW)).toEqual({
    admitted: true,
    spending: fresh(20),
    state: { used: 20, limit: 100, remaining: 80, resetSeconds: 40 },
  });
});

test('adds up within a minute', () => {
  expect(spend(fresh(20), request(5), 100, NOW).spending).toEqual(fresh(25));
});

test('admits what just fits, and no more', () => {
  const last = spend(fresh(95), request(5), 100, NOW);
  expect(last).toMatchObject({ admitted: true, state: { used: 100, remaining: 0 } });
  expect(spend(last.spending, request(1), 100, NOW)).toEqual({
    admitted: false,
    spending: fresh(100),
    state: { used: 100, limit: 100, remaining: 0, resetSeconds: 40 },
  });
});

test('takes nothing for a request that is turned away, so that a lighter one may follow', () => {
  const heavy = spend(fresh(90), request(20), 100, NOW);
  expect(heavy).toMatchObject({ admitted: false, spending: fresh(90), state: { remaining: 10 } });
  expect(spend(heavy.spending, request(10), 100, NOW).admitted).toBe(true);
});

test('admits a request without weight from a budget that is gone', () => {
  expect(spend(fresh(100), request(0), 100, NOW).admitted).toBe(true);
});

describe('the reserve', () => {
  test('is left alone while the budget lasts', () => {
    expect(spend(fresh(90), request(5, true), 100, NOW).spending).toEqual(fresh(95));
  });

  test('carries a cancel once the budget cannot', () => {
    expect(spend(fresh(98), request(5, true), 100, NOW)).toEqual({
      admitted: true,
      spending: fresh(98, 5),
      state: { used: 103, limit: 100, remaining: 2, resetSeconds: 40 },
    });
  });

  test('is a quarter of the budget, and then gone too', () => {
    let spending = fresh(100);
    const admitted: boolean[] = [];
    for (let time = 0; time < 6; time++) {
      const next = spend(spending, request(5, true), 100, NOW);
      admitted.push(next.admitted);
      spending = next.spending;
    }
    expect(admitted).toEqual([true, true, true, true, true, false]);
    expect(spending).toEqual(fresh(100, 25));
  });

  test('is a quarter rounded down', () => {
    expect(spend(fresh(40, 5), request(5, true), 40, NOW).admitted).toBe(true);
    expect(spend(fresh(39, 5), request(5, true), 39, NOW).admitted).toBe(false);
  });

  test.each([1, 4, 5, 19, 20, 23])('of a budget of %d is one cancel', (limit) => {
    const first = spend(fresh(limit), request(5, true), limit, NOW);
    expect(first).toMatchObject({ admitted: true, spending: fresh(limit, 5) });
    expect(spend(first.spending, request(5, true), limit, NOW).admitted).toBe(false);
  });

  test('is not for other requests', () => {
    expect(spend(fresh(100), request(1), 100, NOW).admitted).toBe(false);
  });
});

describe('a minute', () => {
  test('begins at the full minute, with the whole budget and the whole reserve', () => {
    const end = (MINUTE + 1) * 60_000;
    expect(spend(fresh(100, 25), request(1), 100, end - 1)).toMatchObject({
      admitted: false,
      state: { resetSeconds: 1 },
    });
    expect(spend(fresh(100, 25), request(1), 100, end)).toEqual({
      admitted: true,
      spending: { minute: MINUTE + 1, used: 1, reserveUsed: 0 },
      state: { used: 1, limit: 100, remaining: 99, resetSeconds: 60 },
    });
  });

  test.each([
    [0, 60],
    [1, 60],
    [1000, 59],
    [58_999, 2],
    [59_000, 1],
    [59_999, 1],
  ])('that is %d ms old renews the budget in %d whole seconds', (age, seconds) => {
    const { state } = spend(NOTHING_SPENT, request(1), 100, MINUTE * 60_000 + age);
    expect(state.resetSeconds).toBe(seconds);
  });
});

test('counts what was spent against a limit that was lowered since', () => {
  expect(spend(fresh(80), request(1), 40, NOW)).toMatchObject({
    admitted: false,
    state: { used: 80, limit: 40, remaining: 0 },
  });
});

describe('what is kept on disk', () => {
  test.each([1, 2, 7, 8, 9, 40, 100, 1200, 1_000_000])('of a budget of %d never forgets weight', (limit) => {
    const amounts = Array.from({ length: 41 }, (_, part) => Math.floor((limit * part) / 20));
    for (const used of amounts) {
      const kept = rounded(fresh(used, Math.min(used, reserveOf(limit))), limit);
      expect(kept.used).toBeGreaterThanOrEqual(used);
      expect(kept.reserveUsed).toBeGreaterThanOrEqual(Math.min(used, reserveOf(limit)));
      expect(kept.minute).toBe(MINUTE);
    }
  });

  test.each([1, 2, 7, 8, 9, 40, 100, 1200])('of a budget of %d takes few values a minute', (limit) => {
    const kept = new Set<string>();
    for (let used = 0; used <= limit; used++) kept.add(JSON.stringify(rounded(fresh(used), limit)));
    for (let used = 0; used <= reserveOf(limit); used++) {
      kept.add(JSON.stringify(rounded(fresh(limit, used), limit)));
    }
    expect(kept.size).toBeLessThanOrEqual(64 + 16 + 2);
  });

  test.each([8, 40, 100, 1200])(
    'of a budget of %d never takes more than the budget and its reserve',
    (limit) => {
      for (let used = 0; used <= limit; used++) {
        const kept = rounded(fresh(used, Math.floor(used / 4)), limit);
        expect(kept.used).toBeLessThanOrEqual(limit);
        expect(kept.reserveUsed).toBeLessThanOrEqual(reserveOf(limit));
      }
    },
  );

  test('of nothing is nothing', () => {
    expect(rounded(fresh(0), 1200)).toEqual(fresh(0));
  });
});

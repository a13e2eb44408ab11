import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { ROOT } from '../../src/local/paths.ts';

const LIMIT = 64 * 1024 * 1024;

/** Bytes held at most during a backtest of so many years of minutes. */
function peak(years: number, symbols: number, fast: number, slow: number): number {
  const script = `${ROOT}test/bench/memory.ts`;
  const numbers = [years, symbols, fast, slow].map(String);
  return Number(execFileSync(process.execPath, ['--expose-gc', script, ...numbers], { encoding: 'utf8' }));
}

it.each([
  ['that hardly trades', 1, 500, 1000],
  ['that trades all the time', 1, 1, 2],
  ['on ten symbols', 10, 500, 1000],
])(
  'five years of minutes %s take hardly more memory than one, and both less than half of an isolate',
  (_, ...run) => {
    const [one, five] = [peak(1, ...run), peak(5, ...run)];
    expect(one).toBeGreaterThan(1e6);
    expect(five).toBeLessThan(1.1 * one);
    expect(five).toBeLessThan(LIMIT);
  },
);

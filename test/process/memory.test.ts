import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { ROOT } from '../../src/local/paths.ts';

const LIMIT = 64 * 1024 * 1024;

/** Bytes held at most during a backtest of so many years of minutes. */
function peak(name: string, years: number): number {
  const script = `${ROOT}test/bench/memory.ts`;
  const output = execFileSync(process.execPath, ['--expose-gc', script, name, String(years)], {
    encoding: 'utf8',
  });
  return Number(output);
}

it.each([
  'hardly any trades',
  'trades all the time',
  'ten symbols',
  'ten symbols that trade all the time',
  'a dense grid, calm but for the last month',
])(
  'five years of minutes, %s, take hardly more memory than one, and both less than half of an isolate',
  (name) => {
    const [one, five] = [peak(name, 1), peak(name, 5)];
    expect(one).toBeGreaterThan(1e6);
    expect(five).toBeLessThan(1.1 * one);
    expect(five).toBeLessThan(LIMIT);
  },
);

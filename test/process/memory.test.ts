import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { ROOT } from '../../src/local/paths.ts';

/** Bytes held at most during a run over so many years of minutes, a month at a time. */
function peak(years: number): number {
  const script = `${ROOT}test/bench/memory.ts`;
  return Number(execFileSync(process.execPath, ['--expose-gc', script, String(years)], { encoding: 'utf8' }));
}

it('five years of minutes take hardly more memory than one, and both less than half of an isolate', () => {
  const [one, five] = [peak(1), peak(5)];
  expect(one).toBeGreaterThan(1e6);
  expect(five).toBeLessThan(1.1 * one);
  expect(five).toBeLessThan(64 * 1024 * 1024);
});

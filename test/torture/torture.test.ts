import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { mintKey } from '../support/client.ts';
import { anHourAhead, freezeClock } from '../support/clock.ts';
import { histories, type Action } from './action.ts';
import { newsOf } from './answers.ts';
import { drain } from './drain.ts';
import { History } from './history.ts';
import { INVARIANTS } from './invariants.ts';
import { FailingPlatform } from './platform.ts';
import { Tally } from './tally.ts';

/**
 * Random histories of an account, its jobs and its workers, over the real Durable Objects: calls one after the other and at once,
 * a platform that fails, objects that die, a clock that jumps. After every step the invariants are held, at the end of each
 * history everything is brought to its end. A failing one is shrunk, and printed with the command that replays it.
 */

const NOW = anHourAhead();
const { seed: firstSeed, path, steps: wanted, shrink } = inject('torture');
const HISTORIES_A_SEED = 10;
const SEEDS_A_LINE = 10;
const dispatched = z.object({ job_id: z.string() });

const tally = new Tally();
let drained = 0;
let current: History | null = null;
// The service writes a line a request.
const print = console.log.bind(console);
const platform = new FailingPlatform(env.DISPATCH, {
  sent: (body) => current?.book.messages.push(dispatched.parse(body).job_id),
  told: (job) => current?.book.tellings.push(newsOf(job)),
});
const [workerA, workerB, stranger] = await Promise.all([mintKey(['worker']), mintKey(['worker']), mintKey()]);

beforeAll(() => {
  freezeClock(NOW);
  for (const level of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockReturnValue(undefined);
});
afterAll(() => {
  platform.restore();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function live(actions: readonly Action[]): Promise<void> {
  vi.setSystemTime(NOW);
  const cast = { trader: await mintKey(), workers: [workerA, workerB], stranger };
  current = await History.begin(cast, platform, tally, NOW);
  for (const action of actions) await current.step(action);
  const before = tally.steps;
  await drain(current);
  drained += tally.steps - before;
}

async function endure(seed: number): Promise<void> {
  const outcome = await fc.check(fc.asyncProperty(histories, live), {
    seed,
    numRuns: HISTORIES_A_SEED,
    // Else the first histories are short ones.
    unbiased: true,
    ...(path === null ? {} : { path }),
    endOnFailure: path !== null || !shrink,
  });
  if (!outcome.failed) return;
  const shrunk = outcome.counterexample?.[0] ?? [];
  const report = [
    outcome.errorInstance instanceof Error ? outcome.errorInstance.message : String(outcome.errorInstance),
    `after ${String(tally.steps)} steps, those of shrinking included; the shortest history of ${String(outcome.numShrinks)} shrinks:`,
    ...shrunk.map((action) => `  ${JSON.stringify(action)}`),
    `replay: TORTURE_SEED=${String(outcome.seed)} TORTURE_PATH=${outcome.counterexamplePath ?? ''} npm run torture`,
  ];
  throw new Error(report.join('\n'), { cause: outcome.errorInstance });
}

function progress(began: number): string {
  const seconds = Math.round((performance.now() - began) / 1000);
  return `${String(tally.steps)} steps in ${String(seconds)} s`;
}

it('holds every invariant', { timeout: 3_600_000 }, async () => {
  const seeds: number[] = [];
  const began = performance.now();
  for (let seed = firstSeed; tally.steps < wanted; seed++) {
    seeds.push(seed);
    await endure(seed);
    if (path !== null) break;
    if (seeds.length % SEEDS_A_LINE === 0) print(`${progress(began)}, up to seed ${String(seed)}`);
  }
  print(
    [
      `${progress(began)}; ${String(drained)} of them brought histories to their end`,
      `seeds ${String(seeds[0])} to ${String(seeds.at(-1))}, ${String(HISTORIES_A_SEED)} histories each`,
      `by kind: ${tally.toString()}`,
      'after every step:',
      ...Object.entries(INVARIANTS).map(([name, promise]) => `  ${name}: ${promise}`),
    ].join('\n'),
  );
  expect(tally.steps).toBeGreaterThanOrEqual(path === null ? wanted : 1);
});

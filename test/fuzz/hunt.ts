import fc from 'fast-check';
import type { FuzzPlan } from './plan.ts';
import { failureReport } from './report.ts';

/** Shrinking stops after so many tries: each is a request. */
const SHRINKS = 300;

/**
 * Fires generated things, one after the other. The first with faults is made as small as can be, and thrown as a report.
 * @param fire gives the faults of one.
 */
export async function hunt<Thing extends object>(
  what: NonNullable<FuzzPlan['only']>['what'],
  things: fc.Arbitrary<Thing>,
  { seed, only }: FuzzPlan,
  count: number,
  fire: (thing: Thing) => Promise<string[]>,
): Promise<void> {
  const held = fc.asyncProperty(fc.limitShrink(things, SHRINKS), async (thing) => {
    const faults = await fire(thing).catch((error: unknown) => [String(error)]);
    if (faults.length > 0) throw new Error(failureReport(what, seed, thing, faults));
  });
  const examples = only === null ? {} : { examples: [[JSON.parse(only.json)] satisfies [Thing]] };
  const outcome = await fc.check(held, { seed, numRuns: only === null ? count : 1, ...examples });
  if (outcome.failed) throw outcome.errorInstance;
}

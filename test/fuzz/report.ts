import type { FuzzPlan } from './plan.ts';
import type { Tally } from './tally.ts';

/** What is told of a failure: what is wrong, and the one command that shows it again. */
export function failureReport(
  what: NonNullable<FuzzPlan['only']>['what'],
  seed: number,
  found: object,
  faults: readonly string[],
): string {
  const json = JSON.stringify(found);
  return [
    ...faults.slice(0, 10),
    `found with the seed ${String(seed)}: ${json}`,
    `replay: FUZZ_${what.toUpperCase()}=${quoted(json)} npm run fuzz`,
  ].join('\n');
}

/** What is told of a run that found nothing. */
export function figures(what: string, count: number, began: number, seed: number, tally: Tally): string {
  const seconds = Math.round((performance.now() - began) / 1000);
  const title = `${String(count)} ${what} in ${String(seconds)} s, seed ${String(seed)}`;
  return [title, ...tally.lines()].join('\n');
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

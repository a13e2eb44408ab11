/** `npm run storm`: cancel, complete and fail race for each of 2 000 jobs of a real service; then every job is audited. */
import { besiege } from '../command.ts';
import { inWords } from '../checks/violation.ts';
import type { StormFigures } from './figures.ts';
import { STORM_VARS, storm } from './storm.ts';

/** Progress is told so often. */
const EVERY = 100;
const LIMIT_MS = 30 * 60_000;

await besiege({
  count: { flag: '--jobs', usual: 2000, most: 10_000 },
  vars: STORM_VARS,
  maxRunningJobs: 5,
  limitMs: LIMIT_MS,
  run: (stage, jobs, seed, tell) =>
    storm(stage, jobs, seed, (over) => {
      if (over % EVERY === 0) tell(`${String(over)} of ${String(jobs)} races are over`);
    }),
  report,
});

function report({ jobs, won, contended, watched, requests, counts }: StormFigures): string[] {
  const share = (count: number) => `${String(count)} (${((100 * count) / jobs).toFixed(1)} %)`;
  return [
    `${String(jobs)} jobs, each fought over; ${String(watched)} were watched meanwhile; ${String(requests)} requests in the races`,
    `won by cancel ${share(won.cancel)}, complete ${share(won.complete)}, fail ${share(won.fail)}`,
    `all three were under way before the first answer in ${share(contended)}`,
    inWords(counts),
  ];
}

import { describe, it } from 'vitest';
import { countByKind } from '../siege/checks/violation.ts';
import { KILL_VARS, kill } from '../siege/kill/kill.ts';
import { STORM_VARS, storm } from '../siege/storm/storm.ts';
import { Stage } from './stage.ts';

/** With it the first kill comes when five clients have just submitted backtests that take seconds: it finds something to interrupt. */
const SEED = 20261124;
const NOTHING = { violations: [], counts: countByKind([]), void: null };

// Side by side: a service that starts has the machine to itself half of the time.
describe.concurrent('The service under siege', () => {
  it('ends each job once when cancel, complete and fail race', async ({ expect, onTestFinished }) => {
    const stage = await Stage.open(STORM_VARS, 5);
    onTestFinished(async () => {
      expect(await stage.close()).toEqual([]);
    });
    expect(await storm(stage, 80, SEED)).toMatchObject({ ...NOTHING, jobs: 80 });
  });

  it('keeps what it has promised to clients when it is killed while they use it', async ({
    expect,
    onTestFinished,
  }) => {
    const stage = await Stage.open(KILL_VARS, 2);
    onTestFinished(async () => {
      expect(await stage.close()).toEqual([]);
    });
    const figures = await kill(stage, 2, SEED);
    expect(figures).toMatchObject(NOTHING);
    expect(figures.created).toBeGreaterThan(5);
  });
});

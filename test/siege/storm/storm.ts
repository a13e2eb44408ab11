import { PipaiClient } from '../../../src/client/index.ts';
import type { Stage } from '../../process/stage.ts';
import { audit } from '../audit.ts';
import { checkRace } from '../checks/check-race.ts';
import { inLanes } from '../lanes.ts';
import { Random } from '../random.ts';
import { fight, type Arena } from './fight.ts';
import { stormFigures, type StormFigures } from './figures.ts';
import { Line } from './line.ts';
import { planRace } from './plan.ts';

const WORKERS = 4;
const TRADERS = 3;
/** Races at a time. */
const LANES = 12;

/** The variables of a service for a storm: no lease lapses, however slow this machine is. */
export const STORM_VARS = { EXECUTOR: 'external', LEASE_MS: '3600000' };

/**
 * Has cancel, complete and fail race for so many jobs, and then audits each of them.
 * @param seed of what is asked, when and by whom; what wins is up to the service and the machine.
 * @param tell hears how many races are over.
 * @throws PipaiError where a job cannot be created, or there is no list.
 */
export async function storm(
  stage: Stage,
  jobs: number,
  seed: number,
  tell: (over: number) => void = () => undefined,
): Promise<StormFigures> {
  const arena = await arenaOf(stage);
  const random = new Random(seed);
  const plans = Array.from({ length: jobs }, () => planRace(random, WORKERS, TRADERS));
  let over = 0;
  const races = await inLanes(plans, LANES, async (plan, index) => {
    const race = await fight(arena, plan, index);
    tell(++over);
    return race;
  });
  const { aftermath, strangers } = await audit(
    stage.trader,
    races.map((race) => race.id),
  );
  const violations = races.flatMap((race) => checkRace(race, aftermath(race.id)));
  return stormFigures(races, [...violations, ...strangers]);
}

async function arenaOf(stage: Stage): Promise<Arena> {
  const { url, credentials } = stage;
  const lines = async (count: number, mint: () => ReturnType<Stage['mintKey']>) =>
    (await Promise.all(Array.from({ length: count }, mint))).map((key) => new Line(url, key));
  return {
    workers: await lines(WORKERS, () => stage.mintKey(['worker'])),
    traders: await lines(TRADERS, () => stage.mintKey()),
    client: new PipaiClient({
      url,
      apiKey: credentials.api_key,
      apiSecret: credentials.api_secret,
      maxRetries: 0,
    }),
  };
}

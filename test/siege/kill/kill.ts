import { setTimeout as delay } from 'node:timers/promises';
import { PipaiError } from '../../../src/client/index.ts';
import type { Stage } from '../../process/stage.ts';
import { audit } from '../audit.ts';
import { checkPromise, type Promised } from '../checks/promise.ts';
import type { Violation } from '../checks/violation.ts';
import { inLanes } from '../lanes.ts';
import { Random } from '../random.ts';
import { killFigures, type KillFigures, type Restart } from './figures.ts';
import { cancelKeyOf, Load, type Entry } from './load.ts';
import { planKills, type Kill } from './plan.ts';
import { watchRecovery } from './watch-recovery.ts';

const CLIENTS = 5;
const LANES = 8;
const MAX_ATTEMPTS = 3;
/** How long the clients may take to see the end of their last jobs. */
const END_WITHIN_MS = 90_000;

/** The variables of a service that is to be killed: with the usual lease of 30 s each recovery would take as long. */
export const KILL_VARS = { LEASE_MS: '2000', MAX_ATTEMPTS: String(MAX_ATTEMPTS) };

/**
 * Kills a service so many times while clients use it, starts it again on its store each time, and then looks whether it has
 * kept what it told them.
 * @param seed of the moments, and of what each client does.
 * @param tell hears of each restart.
 * @throws PipaiError where the service cannot be asked in the end.
 */
export async function kill(
  stage: Stage,
  kills: number,
  seed: number,
  tell: (restart: Restart, number: number) => void = () => undefined,
): Promise<KillFigures> {
  const random = new Random(seed);
  const plan = planKills(random, kills);
  const load = new Load(stage.url, stage.credentials, CLIENTS, random);
  const restarts: Restart[] = [];
  await delay(plan[0]?.afterMs);
  for (const [index, { when }] of plan.entries()) {
    const restart = await crash(stage, load, when, plan[index + 1]);
    restarts.push(restart);
    tell(restart, index + 1);
  }
  await load.stop(END_WITHIN_MS);
  return killFigures(restarts, load.entries, load.attempts, await violationsOf(stage, load));
}

/** Kills the service, and watches it come back until it is time for the next kill. */
async function crash(stage: Stage, load: Load, when: Kill['when'], next: Kill | undefined): Promise<Restart> {
  const open = load.open();
  await stage.crash();
  const began = performance.now();
  if (next?.when === 'startup') {
    await delay(next.afterMs);
    return { when, upMs: null, recovery: null };
  }
  await stage.ready();
  const upMs = Math.round(performance.now() - began);
  const get = (id: string) => load.client.get(id);
  if (next?.when === 'recovery') {
    const [recovery] = await Promise.all([watchRecovery(get, open, next.afterMs), delay(next.afterMs)]);
    return { when, upMs, recovery };
  }
  const recovery = await watchRecovery(get, open, END_WITHIN_MS);
  await delay(next?.afterMs);
  return { when, upMs, recovery };
}

async function violationsOf(stage: Stage, load: Load): Promise<Violation[]> {
  const ids = load.entries.flatMap(({ created }) => (created === null ? [] : [created.id]));
  const { aftermath, strangers } = await audit(stage.trader, ids);
  const found = await inLanes(load.entries, LANES, async (entry) => {
    const promised = await askAgain(load, entry);
    return promised === null ? [] : checkPromise(promised, aftermath(promised.created.id), MAX_ATTEMPTS);
  });
  const gaveUp = load.entries.flatMap(({ gaveUp, created, key }): Violation[] =>
    gaveUp === null
      ? []
      : [{ kind: 'server_error', job: created?.id ?? key, text: `Its client gave up: ${gaveUp}` }],
  );
  return [...found.flat(), ...strangers, ...gaveUp];
}

/** Makes a client's requests again; null where it never got to know a job. */
async function askAgain({ client }: Load, entry: Entry): Promise<Promised | null> {
  const { key: idempotencyKey, errand, created, cancelled, refusedAs, waited, events } = entry;
  if (created === null) return null;
  const reason = errand.then === 'cancel' ? idempotencyKey : null;
  return {
    created,
    cancelled,
    refusedAs,
    waited,
    reason,
    watched: errand.then === 'watch' ? events : null,
    createdAgain: await unlessRefused(client.create(errand.backtest, { idempotencyKey })),
    cancelledAgain:
      cancelled === null || reason === null
        ? null
        : await unlessRefused(client.cancel(created.id, { reason, idempotencyKey: cancelKeyOf(reason) })),
  };
}

async function unlessRefused<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof PipaiError && error.status !== null && error.status < 500) return null;
    throw error;
  }
}

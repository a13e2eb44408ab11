import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { exchange, mintKey } from '../support/client.ts';
import type { Exchange } from '../support/contract.ts';
import { ALL, castAround, forged, type Cast } from '../support/forgeries.ts';
import { accountStub, createJob, jobStub, startJob } from '../support/jobs.ts';
import { existingObjects } from '../support/objects.ts';
import { SIGNED_ROUTES } from '../support/signed-routes.ts';
import { changesBetween, codeOf, type State } from './checkers.ts';
import { fraudFaults } from './fraud-checkers.ts';
import { forgeryOf, frauds, REPLAYS, routeOf, type Attempt } from './generators/forgeries.ts';
import { beginQuietly, endQuietly, print, tick } from './quiet.ts';
import { failureReport, figures } from './report.ts';
import { stateOf } from './state.ts';
import { Tally } from './tally.ts';
import { watchedBindings } from './watched-bindings.ts';

/** Forged, replayed, stale and cross-account requests over every signed route: none is let in, none changes anything. */

const WINDOW_MS = Number(env.SIGNATURE_WINDOW_MS);
const { seed, forgeries, only } = inject('fuzz');
/** Between two looks at what is stored. */
const BATCH = 250;

const { bindings, reached } = watchedBindings(env);
const tally = new Tally();
let cast: Cast;
/** A create that was accepted, as it was sent. */
let accepted: Awaited<ReturnType<typeof forged>>;

beforeAll(async () => {
  beginQuietly();
  const owner = await mintKey(ALL);
  const { id } = await createJob(owner);
  const { lease } = await startJob(owner, id);
  cast = await castAround(owner, id, lease);
});
afterAll(endQuietly);

/** Everything there is: which objects exist, and what these hold. */
async function look(): Promise<State> {
  const { owner, stranger, job } = cast;
  const objects = { owner: accountStub(owner), stranger: accountStub(stranger), job: jobStub(job) };
  return new Map([...(await stateOf(objects, [])), ['objects', await existingObjects()]]);
}

/** Sends a request, and tells what it reached. */
async function watched({ target, init }: Awaited<ReturnType<typeof forged>>) {
  const before = reached.length;
  const answer = await exchange(target, init, bindings);
  return { answer, parts: reached.slice(before) };
}

async function requestOf(attempt: Attempt, now: number): Promise<Awaited<ReturnType<typeof forged>>> {
  if (attempt.fraud !== 'replayed') {
    return await forged(routeOf(attempt), cast, forgeryOf(attempt, cast, now, WINDOW_MS));
  }
  const headers = new Headers(accepted.init.headers);
  REPLAYS[attempt.way]?.(headers);
  return { ...accepted, init: { ...accepted.init, headers } };
}

/** Accepts a create anew while its signature may still be tried: the clock goes on. */
async function acceptCreate(): Promise<void> {
  const [create] = SIGNED_ROUTES;
  if (create === undefined) throw new Error('There are no signed routes.');
  accepted = await forged(create, cast);
  const { status }: Exchange = (await watched(accepted)).answer;
  if (status !== create.status) throw new Error(`The create was answered ${String(status)}.`);
}

async function makeBatch(attempts: readonly Attempt[]): Promise<void> {
  tick();
  await acceptCreate();
  const before = await look();
  for (const attempt of attempts) {
    const { answer, parts } = await watched(await requestOf(attempt, tick()));
    tally.count({
      fraud: attempt.fraud,
      route: attempt.route,
      status: String(answer.status),
      code: String(codeOf(answer)),
      'parts reached': `${attempt.fraud}: ${[...new Set(parts)].join(' and ') || 'nothing'}`,
    });
    const faults = fraudFaults(attempt, answer, parts);
    if (faults.length > 0) throw new Error(failureReport('attempt', seed, attempt, faults));
  }
  const changes = changesBetween(before, await look());
  if (changes.length > 0) throw new Error(failureReport('attempt', seed, attempts, changes));
}

it.skipIf(only !== null && only.what !== 'attempt')(
  'lets nobody in who may not',
  { timeout: 3_600_000 },
  async () => {
    const attempts = only === null ? fc.sample(frauds, { seed, numRuns: forgeries }) : chosen(only.json);
    const began = performance.now();
    for (let from = 0; from < attempts.length; from += BATCH)
      await makeBatch(attempts.slice(from, from + BATCH));
    print(figures('forgeries', attempts.length, began, seed, tally));
    if (only !== null) return;
    expect(tally.values('route').sort()).toEqual(SIGNED_ROUTES.map(({ name }) => name).sort());
  },
);

/** The attempt, or all of a batch, that a report named. */
function chosen(json: string): Attempt[] {
  return z
    .custom<Attempt | Attempt[]>()
    .transform((given) => [given].flat())
    .parse(JSON.parse(json));
}

it.each(SIGNED_ROUTES)('counts what a right request reaches: $name', async (route) => {
  tick();
  const { answer, parts } = await watched(await forged(route, cast));
  expect(answer.status).not.toBe(401);
  expect(parts).toContain('ACCOUNT');
});

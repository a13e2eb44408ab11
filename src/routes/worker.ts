import { Hono } from 'hono';
import { sha256 } from '../digest.ts';
import type { AppEnv } from '../http/context.ts';
import { actorOf } from '../http/actor.ts';
import { check, jsonBody } from '../http/input.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { jobObject } from '../http/objects.ts';
import { rawJson, renderJob } from '../http/render.ts';
import { signed } from '../http/signed.ts';
import { handOver, storeWhole } from '../results/bucket.ts';
import { retrying } from '../rpc.ts';
import { toInstant } from '../schemas/primitives.ts';
import { completeJob, failJob, heartbeat, startJob } from '../schemas/requests.ts';
import { jobRefused } from './job-refusal.ts';

const COMPLETE_LIMIT = 8 * 1024 * 1024;
const WORKER = { permission: 'worker', weight: 0 } as const;
const CHANGE = { ...WORKER, changes: true };

/** What machines outside do with jobs: the protocol the embedded executor speaks over RPC. */
export const worker = new Hono<AppEnv>();

worker.post('/:id/start', ...signed(CHANGE), async (c) => {
  check(startJob, jsonBody(c));
  const [lease, by] = [crypto.randomUUID(), actorOf(c)];
  const outcome = await retrying(async () => await jobObject(c, c.req.param('id')).start(lease, by));
  if (!outcome.ok) throw jobRefused(outcome);
  const { attempt, leaseExpiresAt, job } = outcome.value;
  const head = JSON.stringify({ lease, attempt, lease_expires_at: toInstant(leaseExpiresAt) });
  return rawJson(`${head.slice(0, -1)},"job":${renderJob(job, null)}}`);
});

worker.post('/:id/heartbeat', ...signed(WORKER), async (c) => {
  const beat = check(heartbeat, jsonBody(c));
  const outcome = await retrying(async () => await jobObject(c, c.req.param('id')).heartbeat(beat, true));
  if (!outcome.ok) throw jobRefused(outcome);
  const answer = outcome.value;
  return c.json(
    answer.continue
      ? { continue: true, lease_expires_at: toInstant(answer.leaseExpiresAt) }
      : { continue: false, status: answer.status },
  );
});

worker.post('/:id/complete', ...signed({ ...CHANGE, bodyLimit: COMPLETE_LIMIT }), async (c) => {
  const reported = check(completeJob, jsonBody(c));
  const id = c.req.param('id');
  // Before anything is stored: a made-up id reaches no object.
  jobObject(c, id);
  const { lease, result } = reported;
  const text = JSON.stringify(result);
  const bytes = new TextEncoder().encode(text);
  const stored = await storeWhole(c.env.RESULTS, id, bytes);
  const by = actorOf(c);
  const report = {
    lease,
    result: stored,
    metrics: JSON.stringify(result.metrics),
    digest: await sha256(bytes),
  };
  const outcome = await handOver(c.env.RESULTS, stored, () =>
    retrying(async () => await jobObject(c, id).complete(report, by)),
  );
  if (!outcome.ok) throw jobRefused(outcome);
  return rawJson(renderJob(outcome.value.job, text));
});

worker.post('/:id/fail', ...signed(CHANGE), async (c) => {
  const report = check(failJob, jsonBody(c));
  const by = actorOf(c);
  const outcome = await retrying(async () => await jobObject(c, c.req.param('id')).fail(report, by));
  if (!outcome.ok) throw jobRefused(outcome);
  return rawJson(renderJob(outcome.value, null));
});

for (const action of ['start', 'heartbeat', 'complete', 'fail']) {
  worker.all(`/:id/${action}`, methodNotAllowed('POST'));
}

import { Hono, type Context } from 'hono';
import { CANCEL_WEIGHT } from '../account/budget.ts';
import { sha256 } from '../digest.ts';
import { ApiError, unavailable } from '../errors.ts';
import type { AppEnv } from '../http/context.ts';
import { decodeCursor, encodeCursor } from '../schemas/cursor.ts';
import { both, check, checkQuery, invalidParameter, jsonBody, toDetails } from '../http/input.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { actorOf } from '../http/actor.ts';
import { accountObject, jobObject } from '../http/objects.ts';
import { rawJson, renderAuditRow, renderJob, renderListedJob } from '../http/render.ts';
import { wholeJob } from '../http/whole-job.ts';
import { signed } from '../http/signed.ts';
import { STREAM_TIMES } from '../live/event-stream.ts';
import { preference, waitSeconds } from '../live/prefer.ts';
import { untilFinal } from '../live/wait.ts';
import { watchJob } from '../live/watch-job.ts';
import { retrying } from '../rpc.ts';
import { parseCreateJob, type JobConfig } from '../schemas/job.ts';
import { cancelJob, idempotencyKey, listQuery } from '../schemas/requests.ts';
import { eventRoutes } from './events.ts';
import { idempotencyConflict, jobRefused } from './job-refusal.ts';
import { presentPage } from './present-page.ts';

const REPLAYED = { 'Idempotency-Replayed': 'true' };
const CANCEL = { permission: 'trade', weight: CANCEL_WEIGHT, reserve: true, changes: true } as const;

/** What traders do with jobs: create, list, get, audit, cancel. */
export const jobs = new Hono<AppEnv>();

jobs.post('/', ...signed({ permission: 'trade', weight: 20 }), async (c) => {
  const [key, config] = both(
    () => clientKey(c),
    () => resolvedConfig(c),
  );
  const order = {
    accountId: c.get('apiKey').accountId,
    templateId: config.template_id,
    config: JSON.stringify(config),
    signature: c.get('signature'),
    arrival: crypto.randomUUID(),
    idempotency: key === null ? null : { key, body: await sha256(c.get('body')) },
  };
  const outcome = await retrying(async () => await accountObject(c, order.accountId).createJob(order));
  if (!outcome.ok) {
    switch (outcome.code) {
      case 'IDEMPOTENCY_CONFLICT':
        throw idempotencyConflict();
      case 'REPLAYED_REQUEST':
        throw new ApiError(
          'REPLAYED_REQUEST',
          'This request was accepted before; sign a new one for another job.',
        );
      case 'UNAVAILABLE':
        throw unavailable('The job could not be created.');
    }
  }
  const { job, replayed } = outcome.value;
  const location = { Location: `/v1/backtest/jobs/${job.id}` };
  return rawJson(renderJob(job, null), 201, replayed ? { ...location, ...REPLAYED } : location);
});

jobs.get('/', ...signed({ permission: 'read', weight: 5 }), async (c) => {
  const query = checkQuery(listQuery, c);
  const page = await presentPage(c, {
    status: query.status ?? null,
    templateId: query.template_id ?? null,
    from: query.from === undefined ? null : Date.parse(query.from),
    to: query.to === undefined ? null : Date.parse(query.to),
    before: query.cursor === undefined ? null : decodeCursor(query.cursor),
    limit: query.limit,
  });
  const data = page.jobs.map(renderListedJob).join(',');
  const next = page.next === null ? null : encodeCursor(page.next);
  return rawJson(`{"data":[${data}],"next_cursor":${JSON.stringify(next)}}`);
});

jobs.all('/', methodNotAllowed('GET', 'POST'));

jobs.get('/:id', ...signed({ permission: 'read', weight: 2 }), async (c) => {
  const id = c.req.param('id');
  const wait = preferredWait(c);
  if (wait !== null) await untilFinal(await watchJob(c, id), wait * 1000);
  const found = await retrying(async () => await jobObject(c, id).get(c.get('apiKey').accountId));
  if (!found.ok) throw jobRefused(found);
  const { job, result } = found.value;
  const applied = wait === null ? {} : { 'Preference-Applied': `wait=${String(wait)}` };
  return await wholeJob(c, job, result, applied);
});

jobs.all('/:id', methodNotAllowed('GET'));

jobs.post('/:id/cancel', ...signed(CANCEL), async (c) => {
  const [key, { reason }] = both(
    () => clientKey(c),
    () => check(cancelJob, jsonBody(c)),
  );
  const wish = {
    ...actorOf(c),
    reason: reason ?? null,
    idempotency: key === null ? null : { key, body: await sha256(c.get('body')) },
  };
  const outcome = await retrying(async () => await jobObject(c, c.req.param('id')).cancel(wish));
  if (!outcome.ok) throw jobRefused(outcome);
  const { job, replayed } = outcome.value;
  return rawJson(renderJob(job, null), 200, replayed ? REPLAYED : {});
});

jobs.all('/:id/cancel', methodNotAllowed('POST'));

jobs.get('/:id/audit', ...signed({ permission: 'read', weight: 2 }), async (c) => {
  const rows = await retrying(
    async () => await jobObject(c, c.req.param('id')).audit(c.get('apiKey').accountId),
  );
  if (!rows.ok) throw jobRefused(rows);
  return c.json({ data: rows.value.map(renderAuditRow) });
});

jobs.all('/:id/audit', methodNotAllowed('GET'));

jobs.route('/', eventRoutes(STREAM_TIMES));

/** The client's `Idempotency-Key`, or null without one. */
function clientKey(c: Context<AppEnv>): string | null {
  const header = c.req.header('Idempotency-Key');
  return header === undefined ? null : check(idempotencyKey, header, ['Idempotency-Key']);
}

/** The seconds of the client's `Prefer: wait=N`, or null where it prefers no waiting. */
function preferredWait(c: Context<AppEnv>): number | null {
  const wait = preference(c.req.header('Prefer') ?? '', 'wait');
  return wait === null ? null : check(waitSeconds, wait, ['Prefer']);
}

/** The body of a create, checked and resolved. */
function resolvedConfig(c: Context<AppEnv>): JobConfig {
  const parsed = parseCreateJob(jsonBody(c), Date.now());
  if (!parsed.ok) throw invalidParameter(toDetails(parsed.issues));
  return parsed.config;
}

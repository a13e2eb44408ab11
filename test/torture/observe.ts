import { runInDurableObject } from 'cloudflare:test';
import { z } from 'zod';
import type { Credentials } from '../support/client.ts';
import { accountStub, jobStub } from '../support/jobs.ts';
import { resultName } from './answers.ts';
import type { View } from './model/world.ts';
import type { Seen, SeenJob, SeenObject } from './seen.ts';

/**
 * Reads what lies in storage. Not over HTTP: a request would do what is due, and what is done late or never would not be seen.
 */

const status = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']);
const time = z.number().nullable();
const json = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .nullable();
const view = {
  status,
  progress: z.number(),
  started_at: time,
  finished_at: time,
  error: json,
  metrics: json,
};
const accountRow = z.object({
  id: z.string(),
  config: json,
  version: z.number(),
  dispatched_at: time,
  ...view,
});
const jobRow = z.object({
  attempt: z.number(),
  lease: z.string().nullable(),
  lease_expires_at: time,
  version: z.number(),
  published: z.number(),
  ...view,
});
const auditRow = z.object({
  at: z.number(),
  from_status: status,
  to_status: status,
  actor: z.string(),
  reason: z.string().nullable(),
});
const tagged = z.object({ capital: z.coerce.number() });
const failed = z.object({ code: z.string() }).nullable();

/** What an account and its jobs have stored. */
export async function observe(who: Credentials, slots: number): Promise<Seen> {
  const account = await runInDurableObject(accountStub(who), async (_, { storage }) => ({
    rows: storage.sql.exec('SELECT * FROM job ORDER BY seq').toArray(),
    alarm: await storage.getAlarm(),
  }));
  const jobs = await Promise.all(account.rows.map(seenJob));
  return { now: Date.now(), jobs, alarm: account.alarm, slots };
}

async function seenJob(stored: unknown): Promise<SeenJob> {
  const row = accountRow.parse(stored);
  const { id, version } = row;
  return {
    id,
    tag: tagged.parse(row.config).capital,
    account: { ...viewOf(row), version, dispatchedAt: row.dispatched_at },
    // To look into an object that may not exist would make it exist.
    object: version === 0 ? null : await seenObject(id),
  };
}

async function seenObject(id: string): Promise<SeenObject | null> {
  const stored = await runInDurableObject(jobStub(id), async (_, { storage }) => {
    const exists = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'job'").toArray().length > 0;
    if (!exists) return null;
    return {
      job: storage.sql.exec('SELECT * FROM job').toArray()[0],
      trail: storage.sql.exec('SELECT * FROM audit ORDER BY seq').toArray(),
      alarm: await storage.getAlarm(),
    };
  });
  if (stored?.job === undefined) return null;
  const row = jobRow.parse(stored.job);
  return {
    ...viewOf(row),
    attempts: row.attempt,
    lease: row.lease,
    leaseUntil: row.lease_expires_at,
    told: row.published >= row.version,
    trail: z
      .array(auditRow)
      .parse(stored.trail)
      .map(({ at, from_status: from, to_status: to, actor, reason }) => ({ at, from, to, actor, reason })),
    alarm: stored.alarm,
  };
}

function viewOf(row: z.infer<z.ZodObject<typeof view>>): View {
  return {
    status: row.status,
    progress: row.progress,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    error: failed.parse(row.error)?.code ?? null,
    result: resultName(row.metrics),
  };
}

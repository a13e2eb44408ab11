import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { encodeJobId } from '../../src/job/job-id.ts';
import { call, hmac, mintKey, type Credentials } from '../support/client.ts';
import { anHourAhead, freezeClock, instant } from '../support/clock.ts';
import { accountStub, auditOf, createJob, getJob, GRID_JOB, jobAnswer, listJobs } from '../support/jobs.ts';
import { existingObjects } from '../support/objects.ts';

const NOW = anHourAhead();
/** Longer than a create may take before the alarm takes it over. */
const ABANDONED_MS = 10_000;
const CONFIG = { ...GRID_JOB, leverage: 1, fee_model: 'fixed_bps', fee_bps: '5' };

interface Abandoned {
  id: string;
  /** The job as it is to be seen once its creation was finished. */
  job: object;
}

/** Leaves an account as a create does whose process died after noting the job, and before the job object was asked. */
async function abandonCreate(who: Credentials, age = ABANDONED_MS, key?: string): Promise<Abandoned> {
  const id = encodeJobId(env.BACKTEST_JOB.newUniqueId());
  const body = await digest(JSON.stringify(GRID_JOB));
  const noted = Date.now() - age;
  await runInDurableObject(accountStub(who), async (_, { storage }) => {
    storage.sql.exec(
      `INSERT INTO job (id, account_id, template_id, config, submitted_at, signature, arrival, status, progress, version)
       VALUES (?, ?, 'tpl_grid', ?, ?, ?, 'lost', 'queued', 0, 0)`,
      id,
      who.accountId,
      JSON.stringify(CONFIG),
      noted,
      await hmac(who.apiSecret, id),
    );
    if (key !== undefined) {
      const expires = noted + 86_400_000;
      storage.sql.exec(
        'INSERT INTO idempotency (key, body, job_id, expires_at) VALUES (?, ?, ?, ?)',
        key,
        body,
        id,
        expires,
      );
    }
    // Far off: the tests say when it rings.
    await storage.setAlarm(Date.now() + 3_600_000);
  });
  const job = {
    id,
    status: 'queued',
    config: CONFIG,
    submitted_at: instant(noted),
    started_at: null,
    finished_at: null,
    progress: 0,
    result: null,
    error: null,
  };
  return { id, job };
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function ring(who: Credentials): Promise<void> {
  expect(await runDurableObjectAlarm(accountStub(who))).toBe(true);
}

async function setAlarm(who: Credentials): Promise<void> {
  await runInDurableObject(accountStub(who), (_, { storage }) => storage.setAlarm(Date.now() + 3_600_000));
}

async function alarmOf(who: Credentials): Promise<number | null> {
  return await runInDurableObject(accountStub(who), (_, { storage }) => storage.getAlarm());
}

async function versionsOf(who: Credentials): Promise<unknown> {
  return await runInDurableObject(accountStub(who), (_, { storage }) =>
    storage.sql.exec('SELECT id, version FROM job ORDER BY seq').toArray(),
  );
}

beforeEach(() => {
  freezeClock(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

test('a job whose creator died is neither listed nor there until its creation is finished', async () => {
  const who = await mintKey();
  const { id } = await abandonCreate(who);
  expect((await listJobs(who)).data).toEqual([]);
  expect((await call(who, 'GET', `/v1/backtest/jobs/${id}`)).status).toBe(404);
});

test('the alarm finishes a creation whose creator died', async () => {
  const who = await mintKey();
  const { id, job } = await abandonCreate(who);
  const before = await existingObjects();
  await ring(who);
  expect(await existingObjects()).toHaveLength(before.length + 1);
  expect((await listJobs(who)).data).toEqual([job]);
  expect(await getJob(who, id)).toEqual(job);
  expect(await auditOf(who, id)).toEqual([]);
  expect(await alarmOf(who)).toBeNull();
});

test('the alarm finishes a creation though the account was evicted in between', async () => {
  const who = await mintKey();
  const { id, job } = await abandonCreate(who);
  await evictDurableObject(accountStub(who));
  await ring(who);
  await evictDurableObject(accountStub(who));
  expect((await listJobs(who)).data).toEqual([job]);
  expect(await getJob(who, id)).toEqual(job);
});

test('a creation is finished once, however often the alarm rings', async () => {
  const who = await mintKey();
  const { id, job } = await abandonCreate(who);
  await ring(who);
  const after = await existingObjects();
  for (let time = 0; time < 2; time++) {
    await setAlarm(who);
    await ring(who);
  }
  expect(await existingObjects()).toEqual(after);
  expect((await listJobs(who)).data).toEqual([job]);
  expect(await versionsOf(who)).toEqual([{ id, version: 1 }]);
});

test('finishing a creation again takes back nothing that happened to the job since', async () => {
  const who = await mintKey();
  const { id } = await abandonCreate(who);
  await ring(who);
  expect((await call(who, 'POST', `/v1/backtest/jobs/${id}/cancel`)).status).toBe(200);
  const cancelled = await getJob(who, id);
  // As if the account had died before it noted that the job exists.
  await runInDurableObject(accountStub(who), (_, { storage }) => {
    storage.sql.exec("UPDATE job SET status = 'queued', finished_at = NULL, version = 0 WHERE id = ?", id);
  });
  await setAlarm(who);
  await ring(who);
  expect(cancelled.status).toBe('cancelled');
  expect(await getJob(who, id)).toEqual(cancelled);
  expect((await listJobs(who)).data).toEqual([cancelled]);
  expect(await auditOf(who, id)).toHaveLength(1);
});

test('a creation that may still be under way is left alone, and looked after later', async () => {
  const who = await mintKey();
  const { job } = await abandonCreate(who, 1000);
  await ring(who);
  expect((await listJobs(who)).data).toEqual([]);
  expect(await alarmOf(who)).toBe(NOW + 4000);
  vi.setSystemTime(NOW + 4000);
  await ring(who);
  expect((await listJobs(who)).data).toEqual([job]);
});

test('several creations are finished beside jobs that stand', async () => {
  const who = await mintKey();
  const standing = await createJob(who);
  const abandoned = [await abandonCreate(who), await abandonCreate(who, ABANDONED_MS / 2)];
  await ring(who);
  const expected = [standing, ...abandoned.map(({ job }) => job)].reverse();
  expect((await listJobs(who)).data).toEqual(expected);
});

test('a client that repeats its create with the same Idempotency-Key finishes it', async () => {
  const who = await mintKey();
  const { id, job } = await abandonCreate(who, ABANDONED_MS, 'key');
  const headers = { 'Idempotency-Key': 'key' };
  const again = await call(who, 'POST', '/v1/backtest/jobs', GRID_JOB, { headers });
  expect([again.status, again.headers.get('Idempotency-Replayed')]).toEqual([201, 'true']);
  expect(jobAnswer.parse(again.json)).toEqual(job);
  expect(await getJob(who, id)).toEqual(job);
  expect((await listJobs(who)).data).toEqual([job]);
  await ring(who);
  expect((await listJobs(who)).data).toEqual([job]);
});

test('a create sets the alarm before its job exists, so that its death would be noticed', async () => {
  const who = await mintKey();
  await createJob(who);
  const alarm = await alarmOf(who);
  expect(alarm).toBe(NOW + 5000);
  await ring(who);
  expect(await alarmOf(who)).toBeNull();
  expect((await listJobs(who)).data).toHaveLength(1);
});

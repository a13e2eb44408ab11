import { beforeAll, describe, expect, test } from 'vitest';
import { call, mintKey, type Credentials } from '../support/client.ts';
import { codeOf } from '../support/matchers.ts';
import { auditOf, createJob, getJob, startJob } from '../support/jobs.ts';
import { complete, createRunning, fail, heartbeat } from '../support/worker.ts';
import { SIGNED_ROUTES } from '../support/signed-routes.ts';

/** What somebody can do who has stolen a worker key, and knows the id of another account's job. */

const SECRET_RESULT = { metrics: { sharpe: '7.654321' }, equity_curve: [], trades: [] };

let thief: Credentials;

beforeAll(async () => {
  thief = await mintKey(['worker']);
});

test('the routes of traders stay closed', async () => {
  const { id } = await createJob(await mintKey());
  for (const route of SIGNED_ROUTES.filter(({ permission }) => permission !== 'worker')) {
    const answer = await call(thief, route.method, route.target(id), route.body('none') ?? undefined);
    expect([route.name, answer.status, codeOf(answer)]).toEqual([route.name, 403, 'FORBIDDEN']);
  }
});

test('a queued job can be taken, and shows what it is to run', async () => {
  const owner = await mintKey();
  const job = await createJob(owner);
  const { lease, job: taken } = await startJob(thief, job.id);
  expect(taken.config).toEqual(job.config);
  expect((await complete(thief, job.id, lease)).status).toBe(200);
  // Whose key it was stays on record.
  expect((await auditOf(owner, job.id)).map(({ actor }) => actor)).toEqual([thief.apiKey, thief.apiKey]);
});

describe('nothing is told or changed', () => {
  test('of a job that another worker runs', async () => {
    const owner = await mintKey();
    const { job } = await createRunning(owner, await mintKey(['worker']));
    const before = await getJob(owner, job.id);
    expect(codeOf(await call(thief, 'POST', `/v1/worker/jobs/${job.id}/start`))).toBe('INVALID_STATE');
    for (const act of [complete, fail])
      expect(codeOf(await act(thief, job.id, 'guessed'))).toBe('STALE_LEASE');
    expect(codeOf(await heartbeat(thief, job.id, 'guessed', 1))).toBe('STALE_LEASE');
    expect(await getJob(owner, job.id)).toEqual(before);
  });

  test('of a job that is done, but that it is', async () => {
    const owner = await mintKey();
    const worker = await mintKey(['worker']);
    const { job, lease } = await createRunning(owner, worker);
    await complete(worker, job.id, lease, SECRET_RESULT);
    const before = await getJob(owner, job.id);
    expect(before.result).toMatchObject(SECRET_RESULT);

    const answers = [
      await call(thief, 'POST', `/v1/worker/jobs/${job.id}/start`),
      await complete(thief, job.id, 'guessed', SECRET_RESULT),
      await fail(thief, job.id, 'guessed'),
    ];
    expect(answers.map(codeOf)).toEqual(['INVALID_STATE', 'INVALID_STATE', 'INVALID_STATE']);
    const beat = await heartbeat(thief, job.id, 'guessed', 0);
    expect(beat.json).toEqual({ continue: false, status: 'done' });
    for (const { text } of [...answers, beat]) expect(text).not.toMatch(/7\.654321|tpl_grid|config/);
    expect(await getJob(owner, job.id)).toEqual(before);
  });
});

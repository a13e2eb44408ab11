import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { call, mintKey } from '../support/client.ts';
import { finalJob, queueOf } from '../support/executor.ts';
import { GRID_JOB, accountStub, createJob, listJobs } from '../support/jobs.ts';

it('a refused create leaves no object, no row and no message', async () => {
  const who = await mintKey();
  const sent = await runInDurableObject(accountStub(who), (account) => vi.spyOn(queueOf(account), 'send'));
  const before = (await listDurableObjectIds(env.BACKTEST_JOB)).length;

  for (const body of [
    '{',
    [],
    { ...GRID_JOB, capital: '0' },
    { ...GRID_JOB, symbols: [] },
    { ...GRID_JOB, x: 1 },
  ]) {
    expect((await call(who, 'POST', '/v1/backtest/jobs', body)).status).toBe(400);
  }

  expect((await listDurableObjectIds(env.BACKTEST_JOB)).length).toBe(before);
  expect((await listJobs(who)).data).toEqual([]);
  expect(sent).not.toHaveBeenCalled();

  // A right one leaves one of each: the counting counts.
  expect((await finalJob(who, await createJob(who))).status).toBe('done');
  expect((await listDurableObjectIds(env.BACKTEST_JOB)).length).toBe(before + 1);
  expect(sent).toHaveBeenCalledOnce();
  sent.mockRestore();
});

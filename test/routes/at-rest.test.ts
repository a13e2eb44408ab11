import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { administer, call, credentialsIn, mintKey } from '../support/client.ts';
import { GRID_JOB, accountStub, jobAnswer, jobStub } from '../support/jobs.ts';
import { complete, createRunning } from '../support/worker.ts';

/** Everything an object's database holds, as text. */
async function storedBy(stub: ReturnType<typeof accountStub> | ReturnType<typeof jobStub>): Promise<string> {
  return await runInDurableObject<DurableObject, string>(stub, (_, { storage }) => {
    const tables = storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
    const rows = tables
      .toArray()
      .filter(({ name }) => !name.startsWith('_cf_'))
      .flatMap(({ name }) => storage.sql.exec(`SELECT * FROM "${name}"`).toArray());
    return JSON.stringify(rows, (_key, value: unknown) =>
      value instanceof ArrayBuffer ? new TextDecoder().decode(value) : value,
    );
  });
}

test('no object stores a secret, whatever was done with it', async () => {
  const trader = await mintKey();
  const worker = await mintKey(['worker']);
  const rotation = `/v1/admin/keys/${trader.apiKey}/rotate`;
  const next = credentialsIn(await administer('POST', rotation, { grace_seconds: 3600 }));
  const keyed = (key: string) => ({ headers: { 'Idempotency-Key': key } });
  const created = await call(next, 'POST', '/v1/backtest/jobs', GRID_JOB, keyed('made'));
  const cancelled = jobAnswer.parse(created.json);
  await call(next, 'POST', `/v1/backtest/jobs/${cancelled.id}/cancel`, { reason: 'noted' }, keyed('undone'));
  const { job: done, lease } = await createRunning(trader, worker);
  await complete(worker, done.id, lease);

  const account = await storedBy(accountStub(trader));
  const jobs = [await storedBy(jobStub(cancelled.id)), await storedBy(jobStub(done.id))];
  // What is there to be found: the text of keys, which are no secrets.
  for (const { apiKey } of [trader, next]) expect(account).toContain(apiKey);
  expect(jobs[0]).toContain(next.apiKey);
  expect(jobs[1]).toContain(worker.apiKey);
  const secrets = [trader, worker, next].map(({ apiSecret }) => apiSecret);
  for (const stored of [account, await storedBy(accountStub(worker)), ...jobs]) {
    for (const secret of [...secrets, env.MASTER_KEY ?? '', env.ADMIN_TOKEN ?? '']) {
      expect(stored).not.toContain(secret);
    }
  }
});

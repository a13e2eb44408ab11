import { expect, test } from 'vitest';
import { call, mintKey } from '../support/client.ts';
import { createJob, getJob, startJob } from '../support/jobs.ts';

/** The largest result a worker outside may report: a body of 8 MiB, to the byte. */

const LIMIT = 8_388_608;
const who = await mintKey();
const worker = await mintKey(['worker']);

test('a completion of just the limit is taken, given back, and may be repeated', async () => {
  const job = await createJob(who);
  const { lease } = await startJob(worker, job.id);
  const trades = Array.from({ length: 75_500 }, (_, id) => ({ id, note: 'x'.repeat(88) }));
  const result = { metrics: { total_trades: trades.length }, equity_curve: [], trades };
  const body = JSON.stringify({ lease, result }).padEnd(LIMIT);
  expect(body.trimEnd().length).toBeGreaterThan(LIMIT - 100_000);
  expect(body).toHaveLength(LIMIT);

  const report = () => call(worker, 'POST', `/v1/worker/jobs/${job.id}/complete`, body);
  const first = await report();
  expect(first.status, first.text.slice(0, 1000)).toBe(200);
  const done = await getJob(who, job.id);
  expect(done).toMatchObject({ status: 'done', progress: 1 });
  // Compared as text: a difference would be too long to print.
  expect(JSON.stringify(done.result) === JSON.stringify({ ...result, warnings: [] })).toBe(true);
  const again = await report();
  expect(again.status).toBe(200);
  expect(again.text === first.text).toBe(true);
});

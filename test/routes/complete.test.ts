import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { call, mintKey } from '../support/client.ts';
import { createJob, EMPTY_RESULT, getJob, startJob } from '../support/jobs.ts';
import { blamed, textWith } from '../support/matchers.ts';
import { complete } from '../support/worker.ts';

/** What a worker outside may report: up to a body of 8 MiB, to the byte, whatever is in it. */

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

/** So many members with names of their own. */
function members(count: number, value: unknown): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${String(index)}`, value]));
}

test('as many metrics as there may be are taken', async () => {
  const job = await createJob(who);
  const { lease } = await startJob(worker, job.id);
  const metrics = members(64, '1');
  expect((await complete(worker, job.id, lease, { ...EMPTY_RESULT, metrics })).status).toBe(200);
  expect(await getJob(who, job.id)).toMatchObject({ result: { metrics } });
});

describe('of very much that is wrong little is told', () => {
  const refused = z.object({
    error: z.object({ details: z.array(z.object({ path: z.string(), message: z.string() })) }),
  });
  const scalar = 'must be a string, a number or null';
  const more = (listed: number) => `has more that does not fit; only the first ${String(listed)} are listed`;
  const name = 'x'.repeat(5_000_000);

  test.each<[string, object, object, number, [string, string]]>([
    ['metrics', { metrics: members(65, '1') }, {}, 1, ['result.metrics', 'must have at most 64 entries']],
    [
      'many metrics',
      { metrics: members(400_000, {}) },
      {},
      1,
      ['result.metrics', 'must have at most 64 entries'],
    ],
    ['values of metrics', { metrics: members(64, {}) }, {}, 21, ['result.metrics', more(20)]],
    ['fields of a trade', { trades: [members(400_000, {})] }, {}, 21, ['result.trades', more(20)]],
    [
      'warnings',
      { warnings: Array(400_000).fill({}) },
      {},
      1,
      ['result.warnings', 'must have at most 100 entries'],
    ],
    ['fields', {}, members(400_000, 1), 1001, ['', more(1000)]],
    ['names', { metrics: { [name]: {} } }, {}, 2, [`result.metrics.${'x'.repeat(100)}…`, scalar]],
  ])('%s', async (_, result, more, told, last) => {
    const { details } = await refusal({ ...EMPTY_RESULT, ...result }, more);
    expect(details).toHaveLength(told);
    expect(Object.values(details.at(-1) ?? {})).toEqual(last);
  });

  test('and it names the fields of a warning', async () => {
    const { details } = await refusal({ ...EMPTY_RESULT, warnings: [{ code: 'x', text: '' }] });
    expect(details).toEqual([
      { path: 'result.warnings.0.message', message: 'is required' },
      { path: 'result.warnings.0.text', message: 'is not a known field' },
    ]);
  });

  async function refusal(result: object, more: object = {}) {
    const job = await createJob(who);
    const { lease } = await startJob(worker, job.id);
    const body = { lease, result, ...more };
    const answer = await call(worker, 'POST', `/v1/worker/jobs/${job.id}/complete`, body);
    expect([answer.status, answer.text.length < 100_000]).toEqual([400, true]);
    expect(await getJob(who, job.id)).toMatchObject({ status: 'running' });
    return refused.parse(answer.json).error;
  }
});

test('a field of whatever name is kept', async () => {
  const job = await createJob(who);
  const { lease } = await startJob(worker, job.id);
  const names = '{"__proto__":"5","constructor":1,"toString":null}';
  const result = `{"metrics":${names},"equity_curve":[],"trades":[${names}],"warnings":[]}`;
  const body = `{"lease":"${lease}","result":${result}}`;
  const answer = await call(worker, 'POST', `/v1/worker/jobs/${job.id}/complete`, body);
  expect([answer.status, answer.text]).toEqual([200, textWith(result)]);
  expect((await call(who, 'GET', `/v1/backtest/jobs/${job.id}`)).text).toContain(result);
  const { text } = await call(who, 'GET', '/v1/backtest/jobs?limit=1');
  expect(text).toContain(`"result":{"metrics":${names}}`);
});

test.each(['metrics', 'trades'])('a field of whatever name is checked: %s', async (place) => {
  const job = await createJob(who);
  const { lease } = await startJob(worker, job.id);
  const wrong: unknown = JSON.parse('{"__proto__":{}}');
  const result = { ...EMPTY_RESULT, [place]: place === 'trades' ? [wrong] : wrong };
  const answer = await complete(worker, job.id, lease, result);
  expect(blamed(answer)).toEqual([`result.${place}${place === 'trades' ? '.0' : ''}.__proto__`]);
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { call, mintKey } from '../support/client.ts';
import { anHourAhead, freezeClock, instant } from '../support/clock.ts';
import { createJob, getJob, GRID_JOB, jobAnswer, listJobs } from '../support/jobs.ts';

const MOMENTUM_JOB = { ...GRID_JOB, template_id: 'tpl_momentum', params: { fast: 10, slow: 30 } };
const NOW = anHourAhead();

beforeEach(() => {
  freezeClock(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

test('answers 201 with the place of the job and exactly its fields, in order', async () => {
  const who = await mintKey();
  const answer = await call(who, 'POST', '/v1/backtest/jobs', GRID_JOB);
  const { id } = jobAnswer.parse(answer.json);
  expect(answer.status).toBe(201);
  expect(answer.headers.get('Location')).toBe(`/v1/backtest/jobs/${id}`);
  expect(answer.headers.get('Content-Type')).toBe('application/json');
  expect(answer.headers.has('Idempotency-Replayed')).toBe(false);
  expect(answer.text).toBe(
    JSON.stringify({
      id,
      status: 'queued',
      config: { ...GRID_JOB, leverage: 1, fee_model: 'fixed_bps', fee_bps: '5' },
      submitted_at: instant(NOW),
      started_at: null,
      finished_at: null,
      progress: 0,
      result: null,
      error: null,
    }),
  );
  expect((await call(who, 'GET', `/v1/backtest/jobs/${id}`)).text).toBe(answer.text);
});

test.each([
  ['defaults', {}, { leverage: 1, fee_model: 'fixed_bps', fee_bps: '5' }],
  ['a fee', { fee_bps: '7.25' }, { leverage: 1, fee_model: 'fixed_bps', fee_bps: '7.25' }],
  ['no fee', { fee_bps: '0' }, { leverage: 1, fee_model: 'fixed_bps', fee_bps: '0' }],
  ['the highest fee', { fee_bps: '1000' }, { leverage: 1, fee_model: 'fixed_bps', fee_bps: '1000' }],
  [
    'the fixed model named',
    { fee_model: 'fixed_bps' },
    { leverage: 1, fee_model: 'fixed_bps', fee_bps: '5' },
  ],
  ['the model none', { fee_model: 'none' }, { leverage: 1, fee_model: 'none' }],
  ['none with a fee', { fee_model: 'none', fee_bps: '5' }, { leverage: 1, fee_model: 'none' }],
  [
    'tiered with a fee',
    { fee_model: 'tiered_maker_taker', fee_bps: '9' },
    { leverage: 1, fee_model: 'tiered_maker_taker' },
  ],
  [
    'exchange with a fee',
    { fee_bps: '9', fee_model: 'match_exchange' },
    { leverage: 1, fee_model: 'match_exchange' },
  ],
  ['the least leverage', { leverage: 1 }, { leverage: 1, fee_model: 'fixed_bps', fee_bps: '5' }],
  ['the most leverage', { leverage: 20 }, { leverage: 20, fee_model: 'fixed_bps', fee_bps: '5' }],
])('resolves %s', async (_, given, resolved) => {
  const job = await createJob(await mintKey(), { ...GRID_JOB, ...given });
  expect(JSON.stringify(job.config)).toBe(JSON.stringify({ ...GRID_JOB, ...resolved }));
});

test('puts the configuration into the order of the contract, whatever order it was sent in', async () => {
  const full = { ...GRID_JOB, leverage: 3, fee_model: 'fixed_bps', fee_bps: '2' };
  const job = await createJob(await mintKey(), Object.fromEntries(Object.entries(full).reverse()));
  expect(JSON.stringify(job.config)).toBe(JSON.stringify(full));
});

test.each(['0.00000001', '1.50', '999999999999999.99999999', '100000000000000'])(
  'takes a capital of %s as it is written',
  async (capital) => {
    const job = await createJob(await mintKey(), { ...GRID_JOB, capital });
    expect(job.config).toMatchObject({ capital });
  },
);

test.each([
  ['two price lines', { grid_levels: 2, upper_price: '2', lower_price: '1' }],
  ['500 price lines', { grid_levels: 500, upper_price: '2', lower_price: '1' }],
  ['the narrowest band', { grid_levels: 2, upper_price: '60000.00000001', lower_price: '60000' }],
])('takes a grid of %s', async (_, params) => {
  const job = await createJob(await mintKey(), { ...GRID_JOB, params });
  expect(job.config).toMatchObject({ params });
});

test('takes ten symbols for a template that trades several', async () => {
  const symbols = Array.from({ length: 10 }, (_, index) => `COIN${String(index)}USDT`);
  const job = await createJob(await mintKey(), { ...MOMENTUM_JOB, symbols });
  expect(job.config).toMatchObject({ symbols });
});

test('takes symbols that nobody has candles of', async () => {
  const job = await createJob(await mintKey(), { ...GRID_JOB, symbols: ['X2'] });
  expect(job.config).toMatchObject({ symbols: ['X2'] });
});

test.each(['1m', '5m', '15m', '1h', '4h', '1d'])('takes the timeframe %s', async (timeframe) => {
  expect((await createJob(await mintKey(), { ...GRID_JOB, timeframe })).config).toMatchObject({ timeframe });
});

describe('the window', () => {
  test.each([
    ['one second', '2025-01-01T00:00:00Z', '2025-01-01T00:00:01Z'],
    ['exactly five years', '2020-01-01T00:00:00Z', '2025-01-01T00:00:00Z'],
    ['five years with two leap days', '2019-06-30T23:59:59Z', '2024-06-30T23:59:59Z'],
    ['five years from a leap day', '2020-02-29T12:00:00Z', '2025-03-01T12:00:00Z'],
    ['five years to a leap day', '2019-02-28T00:00:00Z', '2024-02-28T00:00:00Z'],
    ['up to now', instant(NOW - 86_400_000), instant(NOW)],
  ])('may span %s', async (_, start, end) => {
    expect((await createJob(await mintKey(), { ...GRID_JOB, start, end })).config).toMatchObject({
      start,
      end,
    });
  });
});

test('gives every job an id of its own and keeps each with its account', async () => {
  const [who, other] = [await mintKey(), await mintKey()];
  const jobs = await Promise.all(Array.from({ length: 5 }, () => createJobAt(who)));
  const theirs = await createJob(other);
  expect(new Set([...jobs, theirs].map(({ id }) => id)).size).toBe(6);
  expect((await listJobs(who)).data.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => id).sort());
  expect(await getJob(other, theirs.id)).toEqual(theirs);
});

let step = 0;

/** The same body once more, signed at another millisecond. */
async function createJobAt(who: Awaited<ReturnType<typeof mintKey>>) {
  step += 1;
  const timestamp = NOW + step;
  return jobAnswer.parse((await call(who, 'POST', '/v1/backtest/jobs', GRID_JOB, { timestamp })).json);
}

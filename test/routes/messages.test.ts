import { expect, test } from 'vitest';
import { z } from 'zod';
import { API } from '../support/api-document.ts';
import { administer, call, mintKey, type Answer } from '../support/client.ts';
import { GRID_JOB } from '../support/jobs.ts';
import { createRunning } from '../support/worker.ts';

/** What a person reads who sent what does not fit. */

const trader = await mintKey();
const worker = await mintKey(['worker']);
const { job, lease } = await createRunning(trader, worker);

const DECIMAL = 'must be a decimal string such as "0.05", with at most 15 integer and 8 fraction digits';
const INSTANT = 'must be an instant in UTC with second precision, such as 2026-04-29T10:15:00Z';
const { params } = GRID_JOB;
const DCA = { template_id: 'tpl_dca', params: { every_bars: 0, order_quote: '1' } };
const POINT = ['2025-01-01T00:00:00Z', '1'];

const refused = z.object({
  error: z.object({
    message: z.string(),
    details: z.array(z.object({ path: z.string(), message: z.string() })),
  }),
});

/** The details of a refusal, a line each. */
function told(answer: Answer): string[] {
  expect(answer.status).toBe(400);
  return refused.parse(answer.json).error.details.map(({ path, message }) => `${path} ${message}`);
}

test.each<[string, object]>([
  ['timeframe must be one of 1m, 5m, 15m, 1h, 4h, 1d', { timeframe: '2h' }],
  ['timeframe is required', { timeframe: undefined }],
  [
    'template_id must be one of tpl_grid, tpl_breakout, tpl_momentum, tpl_meanrev, tpl_dca',
    { template_id: 'x' },
  ],
  ['fee_model must be one of none, fixed_bps, tiered_maker_taker, match_exchange', { fee_model: 1 }],
  ['leverage must be a whole number from 1 to 20', { leverage: 21 }],
  ['leverage must be a whole number from 1 to 20', { leverage: '3' }],
  ['leverage must be a whole number from 1 to 20', { leverage: 0.5 }],
  ['leverage must be a whole number from 1 to 20', { leverage: 1e300 }],
  ['params.grid_levels must be a whole number from 2 to 500', { params: { ...params, grid_levels: 1 } }],
  ['params.grid_levels must be a whole number from 2 to 500', { params: { ...params, grid_levels: null } }],
  ['params.every_bars must be a whole number of at least 1', DCA],
  ['params must be an object', { params: [] }],
  ['symbols must be a list', { symbols: 'BTCUSDT' }],
  ['symbols.0 must be a string', { symbols: [1] }],
  [`capital ${DECIMAL}`, { capital: 10000 }],
  [`capital ${DECIMAL}`, { capital: '1e4' }],
  [`start ${INSTANT}`, { start: 0 }],
])('of a create: %s', async (line, change) => {
  expect(told(await call(trader, 'POST', '/v1/backtest/jobs', { ...GRID_JOB, ...change }))).toEqual([line]);
});

const REQUIRED = ['template_id', 'params', 'symbols', 'timeframe', 'start', 'end', 'capital'];

test.each([...REQUIRED.map((field) => ({ missing: [field] })), { missing: REQUIRED }])(
  'of a create without $missing: that each is required, once',
  async ({ missing }) => {
    const without = Object.fromEntries(missing.map((field) => [field, undefined]));
    for (const template of [{}, { template_id: 'tpl_momentum', params: { fast: 10, slow: 30 } }]) {
      const answer = await call(trader, 'POST', '/v1/backtest/jobs', {
        ...GRID_JOB,
        ...template,
        ...without,
      });
      expect(told(answer).sort()).toEqual(missing.map((field) => `${field} is required`).sort());
    }
  },
);

test.each([
  ['status must be one of queued, running, done, failed, cancelled', 'status=over'],
  ['template_id must be one of tpl_grid, tpl_breakout, tpl_momentum, tpl_meanrev, tpl_dca', 'template_id='],
  ['limit must be a whole number from 1 to 100', 'limit=0'],
])('of a list: %s', async (line, query) => {
  expect(told(await call(trader, 'GET', `/v1/backtest/jobs?${query}`))).toEqual([line]);
});

test.each(['=', '=1', '=&=', 'limit=5&='])(
  'of a list with a parameter that has no name: ?%s',
  async (query) => {
    const answer = await call(trader, 'GET', `/v1/backtest/jobs?${query}`);
    expect(told(answer)).toEqual(['query has a parameter without a name; take it out']);
    expect(refused.parse(answer.json).error.message).toBe('Not valid: query. See details.');
  },
);

test('of a list with a parameter that has no name and others that do not fit: all of them', async () => {
  expect(told(await call(trader, 'GET', '/v1/backtest/jobs?=1&limit=0&limit=0&x=1')).sort()).toEqual([
    'limit is given more than once',
    'limit must be a whole number from 1 to 100',
    'query has a parameter without a name; take it out',
    'x is not a known field',
  ]);
});

test.each<[string, string]>([
  ['GET', 'keys?account_id=desk&='],
  ['PUT', 'candles/BTCUSDT/1h?='],
])('of the operator, with a parameter that has no name: %s %s', async (method, where) => {
  const lines = told(await administer(method, `/v1/admin/${where}`));
  expect(lines).toEqual(['query has a parameter without a name; take it out']);
});

test('of a body with a field that has no name', async () => {
  const answer = await call(trader, 'POST', '/v1/backtest/jobs', { ...GRID_JOB, '': 1 });
  expect(told(answer)).toEqual([' has a field without a name; take it out']);
  expect(refused.parse(answer.json).error.message).toBe('The body does not fit. See details.');
});

test.each<[string, string, object]>([
  ['progress must be a number from 0 to 1', 'heartbeat', { progress: 1.5 }],
  ['progress must be a number from 0 to 1', 'heartbeat', { progress: '0.5' }],
  ['lease must have at least 1 character', 'heartbeat', { lease: '', progress: 0 }],
  ['lease must have at most 100 characters', 'heartbeat', { lease: 'x'.repeat(101), progress: 0 }],
  ['error must be an object', 'fail', { error: 'broken' }],
  ['result.equity_curve.0 must be a list', 'complete', { result: result({ equity_curve: [1] }) }],
  [
    'result.equity_curve.0 must have at most 2 entries',
    'complete',
    { result: result({ equity_curve: [[...POINT, 1]] }) },
  ],
  [
    'result.metrics.sharpe must be a string, a number or null',
    'complete',
    { result: result({ metrics: { sharpe: true } }) },
  ],
  [
    'result.metrics.sharpe must have at most 100 characters',
    'complete',
    { result: result({ metrics: { sharpe: '1'.repeat(101) } }) },
  ],
  [
    'result.metrics. has a name that must have at least 1 character',
    'complete',
    { result: result({ metrics: { '': 1 } }) },
  ],
])('of a worker: %s', async (line, action, body) => {
  const answer = await call(worker, 'POST', `/v1/worker/jobs/${job.id}/${action}`, { lease, ...body });
  expect(told(answer)).toEqual([line]);
});

function result(change: object) {
  return { metrics: {}, equity_curve: [], trades: [], ...change };
}

test.each<[string, string, string, object]>([
  ['permissions.0 must be one of read, trade, worker', 'POST', 'keys', { permissions: ['all'] }],
  ['permissions must have at least 1 entry', 'POST', 'keys', { permissions: [] }],
  [
    'label must have at most 100 characters',
    'POST',
    'keys',
    { permissions: ['read'], label: 'x'.repeat(101) },
  ],
])('of a new key: %s', async (line, method, where, body) => {
  const answer = await administer(method, `/v1/admin/${where}`, { account_id: 'desk', ...body });
  expect(told(answer)).toEqual([line]);
});

test.each<[string, string, object]>([
  ['weight_per_minute must be a whole number from 1 to 1000000', 'accounts/desk', { weight_per_minute: 0 }],
  ['max_running_jobs must be a whole number from 1 to 1000', 'accounts/desk', { max_running_jobs: '5' }],
  ['timeframe must be one of 1m, 5m, 15m, 1h, 4h, 1d', 'candles/BTCUSDT/2h', {}],
])('of the operator: %s', async (line, where, body) => {
  expect(told(await administer('PUT', `/v1/admin/${where}`, body))).toEqual([line]);
});

test.each(['{', '[]', '"text"'])(
  'of a body that is no object: what is wrong with it, once: %s',
  async (body) => {
    const answer = await call(trader, 'POST', '/v1/backtest/jobs', body);
    const { message, details } = refused.parse(answer.json).error;
    expect(message).toBe('The body does not fit. See details.');
    expect(details).toHaveLength(1);
    expect(details[0]?.message).toMatch(
      body === '{' ? /^The body is not valid JSON in UTF-8: [^.]+$/ : /^must be an object$/,
    );
  },
);

test('of very many wrong rows: the first ones, and that there are more', async () => {
  const report = (rows: number) =>
    call(worker, 'POST', `/v1/worker/jobs/${job.id}/complete`, {
      lease,
      result: result({ trades: Array(rows).fill(1) }),
    });
  const rows = Array.from({ length: 20 }, (_, row) => `result.trades.${String(row)} must be an object`);
  expect(told(await report(20))).toEqual(rows);
  const many = await report(21);
  expect(told(many)).toEqual([
    ...rows,
    'result.trades has more that does not fit; only the first 20 are listed',
  ]);
  expect(refused.parse(many.json).error.message).toMatch(
    /^Not valid: result\.trades\.0, .*\.9 and more\. See details\.$/,
  );
});

test('in the document are as the service tells them', () => {
  expect(JSON.stringify(API)).not.toMatch(/Invalid (input|option)|Too (small|big)/);
});

import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { call, mintKey, type Credentials } from '../support/client.ts';
import { anHourAhead, freezeClock, instant } from '../support/clock.ts';
import { accountStub, GRID_JOB, listJobs } from '../support/jobs.ts';
import { blamed, codeOf } from '../support/matchers.ts';
import { existingObjects } from '../support/objects.ts';

const NOW = anHourAhead();
const { params } = GRID_JOB;
const MOMENTUM = { template_id: 'tpl_momentum', params: { fast: 10, slow: 30 } };
const ELEVEN = Array.from({ length: 11 }, (_, index) => `COIN${String(index)}`);

/** What replaces fields of a right body, and the fields that are then to be blamed: those and no other. */
type Case = [name: string, change: object, blames: string[]];

const templates: Case[] = [
  ['no template', { template_id: undefined }, ['template_id']],
  ['an unknown template', { template_id: 'tpl_martingale' }, ['template_id']],
  ['a template in upper case', { template_id: 'TPL_GRID' }, ['template_id']],
  ['a template that is a number', { template_id: 1 }, ['template_id']],
  ['a template that every object has', { template_id: 'constructor' }, ['template_id']],
];

const parameters: Case[] = [
  ['no parameters', { params: undefined }, ['params']],
  ['parameters that are null', { params: null }, ['params']],
  ['parameters that are a list', { params: [] }, ['params']],
  ['parameters that are text', { params: '{}' }, ['params']],
  ['empty parameters', { params: {} }, ['params.grid_levels', 'params.lower_price', 'params.upper_price']],
  ['an unknown parameter', { params: { ...params, levels: 3 } }, ['params.levels']],
  ['one line', { params: { ...params, grid_levels: 1 } }, ['params.grid_levels']],
  ['501 lines', { params: { ...params, grid_levels: 501 } }, ['params.grid_levels']],
  ['a fraction of a line', { params: { ...params, grid_levels: 20.5 } }, ['params.grid_levels']],
  ['lines as text', { params: { ...params, grid_levels: '20' } }, ['params.grid_levels']],
  ['lines that are true', { params: { ...params, grid_levels: true } }, ['params.grid_levels']],
  ['a price that is a number', { params: { ...params, upper_price: 72000 } }, ['params.upper_price']],
  ['a price of 0', { params: { ...params, lower_price: '0' } }, ['params.lower_price']],
  ['a price that is no decimal', { params: { ...params, upper_price: 'high' } }, ['params.upper_price']],
  ['a price with an exponent', { params: { ...params, upper_price: '7.2e4' } }, ['params.upper_price']],
  ['a negative price', { params: { ...params, lower_price: '-1' } }, ['params.lower_price']],
  ['a band of no width', { params: { ...params, upper_price: '60000.00' } }, ['params.upper_price']],
  ['a band upside down', { params: { ...params, upper_price: '9' } }, ['params.upper_price']],
  [
    'a band upside down beside other faults',
    { params: { grid_levels: 'x', upper_price: '1', lower_price: '2', more: 1 } },
    ['params.grid_levels', 'params.more', 'params.upper_price'],
  ],
  [
    'momentum of the grid',
    { ...MOMENTUM, params },
    ['params.fast', 'params.grid_levels', 'params.lower_price', 'params.slow', 'params.upper_price'],
  ],
  ['averages of one length', { ...MOMENTUM, params: { fast: 10, slow: 10 } }, ['params.fast']],
  ['averages the wrong way round', { ...MOMENTUM, params: { fast: 11, slow: 10 } }, ['params.fast']],
  ['a window of 0', { ...MOMENTUM, params: { fast: 0, slow: 10 } }, ['params.fast']],
  ['a window of 1001', { ...MOMENTUM, params: { fast: 1, slow: 1001 } }, ['params.slow']],
  [
    'averages the wrong way round beside another fault',
    { ...MOMENTUM, params: { fast: 30, slow: 10, more: 1 } },
    ['params.fast', 'params.more'],
  ],
];

const symbols: Case[] = [
  ['no symbols', { symbols: undefined }, ['symbols']],
  ['an empty list of symbols', { symbols: [] }, ['symbols']],
  ['symbols as text', { symbols: 'BTCUSDT' }, ['symbols']],
  ['a symbol in lower case', { symbols: ['btcusdt'] }, ['symbols.0']],
  ['a symbol of one character', { symbols: ['B'] }, ['symbols.0']],
  ['a symbol of 21 characters', { symbols: ['B'.repeat(21)] }, ['symbols.0']],
  ['a symbol with a line break', { symbols: ['BTCUSDT\n'] }, ['symbols.0']],
  ['two symbols for the grid', { symbols: ['BTCUSDT', 'ETHUSDT'] }, ['symbols']],
  ['eleven symbols', { ...MOMENTUM, symbols: ELEVEN }, ['symbols']],
  ['a symbol twice', { ...MOMENTUM, symbols: ['BTCUSDT', 'ETHUSDT', 'BTCUSDT'] }, ['symbols']],
  [
    'some bad symbols among good ones',
    { ...MOMENTUM, symbols: ['BTCUSDT', 'eth', 'SOLUSDT', 4] },
    ['symbols.1', 'symbols.3'],
  ],
];

const instants = [
  undefined,
  null,
  1_735_689_600,
  '',
  '2024-12-31',
  '2024-12-31T00:00Z',
  '2024-12-31T00:00:00',
  '2024-12-31T00:00:00.000Z',
  '2024-12-31T00:00:00z',
  '2024-12-31T00:00:00+00:00',
  '2024-12-31 00:00:00Z',
  ' 2024-12-31T00:00:00Z',
  '2024-02-30T00:00:00Z',
  '2023-02-29T00:00:00Z',
  '2024-12-31T24:00:00Z',
  '2024-12-31T23:59:60Z',
  '+002024-12-31T00:00:00Z',
].flatMap<Case>((bad) => [
  [`a start of ${String(bad)}`, { start: bad }, ['start']],
  [`an end of ${String(bad)}`, { end: bad }, ['end']],
]);

const windows: Case[] = [
  ['a window of no length', { end: GRID_JOB.start }, ['end']],
  ['a window upside down', { end: '2024-12-31T23:59:59Z' }, ['end']],
  ['five years and a second', { start: '2020-01-01T00:00:00Z', end: '2025-01-01T00:00:01Z' }, ['end']],
  [
    'five years and a second with leap days',
    { start: '2019-06-30T23:59:59Z', end: '2024-07-01T00:00:00Z' },
    ['end'],
  ],
  [
    'five years and a second from a leap day',
    { start: '2020-02-29T12:00:00Z', end: '2025-03-01T12:00:01Z' },
    ['end'],
  ],
  ['a leap day five years on', { start: '2019-02-28T00:00:00Z', end: '2024-02-29T00:00:00Z' }, ['end']],
  ['an end a second ahead', { start: instant(NOW - 1000), end: instant(NOW + 1000) }, ['end']],
  ['an end far ahead with a bad start', { start: 'x', end: '2999-01-01T00:00:00Z' }, ['end', 'start']],
];

const notDecimals = [
  undefined,
  null,
  10_000,
  true,
  '',
  '-1',
  '+1',
  '1e4',
  ' 1',
  '1 ',
  '1\n',
  '01',
  '00',
  '1.',
  '.5',
  '1.5.5',
  '1,5',
  '1_000',
  '0x10',
  'NaN',
  'Infinity',
  '１',
  '1234567890123456',
  '1.123456789',
];
const capitals: Case[] = [...notDecimals, '0', '0.0', '0.00000000', ['1']].map((bad) => [
  `a capital of ${JSON.stringify(bad)}`,
  { capital: bad },
  ['capital'],
]);

const fees: Case[] = [
  ...notDecimals
    .filter((bad) => bad !== undefined)
    .map<Case>((bad) => [`a fee of ${JSON.stringify(bad)}`, { fee_bps: bad }, ['fee_bps']]),
  ['a fee just over the most', { fee_bps: '1000.00000001' }, ['fee_bps']],
  ['a fee over the most', { fee_bps: '1001' }, ['fee_bps']],
  ['an unknown fee model', { fee_model: 'free' }, ['fee_model']],
  ['a fee model of null', { fee_model: null }, ['fee_model']],
];

const others: Case[] = [
  ...[0, 21, 1.5, '2', -1, true, null, [2]].map<Case>((bad) => [
    `a leverage of ${JSON.stringify(bad)}`,
    { leverage: bad },
    ['leverage'],
  ]),
  ...['2h', '1H', '60', '', 60, null, undefined].map<Case>((bad) => [
    `a timeframe of ${JSON.stringify(bad)}`,
    { timeframe: bad },
    ['timeframe'],
  ]),
  ['an unknown field', { note: 'hi' }, ['note']],
  ['unknown fields', { Leverage: 2, id: 'bt_000000', status: 'done' }, ['Leverage', 'id', 'status']],
];

const atOnce: Case[] = [
  [
    'every field wrong',
    {
      template_id: 'tpl_grid',
      params: { grid_levels: 1, upper_price: '1', lower_price: '2', more: 0 },
      symbols: ['BTCUSDT', 'x'],
      timeframe: '2h',
      start: '2999-01-01T00:00:00Z',
      end: '2998-01-01T00:00:00Z',
      capital: '0',
      leverage: 0,
      fee_model: 'free',
      fee_bps: '-1',
      note: '',
    },
    [
      'capital',
      'end',
      'fee_bps',
      'fee_model',
      'leverage',
      'note',
      'params.grid_levels',
      'params.more',
      'params.upper_price',
      'symbols',
      'symbols.1',
      'timeframe',
    ],
  ],
  [
    'the template and other fields wrong',
    { template_id: 'x', symbols: ['BTCUSDT', 'x'], capital: 1, end: 'x' },
    ['capital', 'end', 'symbols.1', 'template_id'],
  ],
];

async function rowsOf(who: Credentials): Promise<unknown> {
  return await runInDurableObject(accountStub(who), (_, { storage }) =>
    storage.sql
      .exec('SELECT (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM idempotency) AS keys')
      .one(),
  );
}

/** Sends what is to be refused, and checks that it left nothing behind. */
async function refused(body: unknown, key = 'key'): Promise<string[]> {
  const who = await mintKey();
  const before = await existingObjects();
  const headers = { 'Idempotency-Key': key };
  const answer = await call(who, 'POST', '/v1/backtest/jobs', body, { headers });
  expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_PARAMETER']);
  expect(await existingObjects()).toEqual(before);
  expect(await listJobs(who)).toEqual({ data: [], next_cursor: null });
  expect(await rowsOf(who)).toEqual({ jobs: 0, keys: 0 });
  return blamed(answer);
}

beforeEach(() => {
  freezeClock(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each([
  ['the template', templates],
  ['the parameters', parameters],
  ['the symbols', symbols],
  ['the instants', instants],
  ['the window', windows],
  ['the capital', capitals],
  ['the fees', fees],
  ['the other fields', others],
  ['several fields', atOnce],
])('refuses for %s', (_, cases) => {
  test.each(cases)('%s, names just what is wrong and changes nothing', async (_name, change, blames) => {
    expect(await refused({ ...GRID_JOB, ...change })).toEqual(blames);
  });
});

test('names every required field of an empty object', async () => {
  expect(await refused('{}')).toEqual([
    'capital',
    'end',
    'params',
    'start',
    'symbols',
    'template_id',
    'timeframe',
  ]);
});

test('refuses no body as it does an empty object', async () => {
  const who = await mintKey();
  const answer = await call(who, 'POST', '/v1/backtest/jobs');
  expect(answer.status).toBe(400);
  expect(blamed(answer)).toContain('template_id');
});

test.each([
  ['leverage', '{"leverage":1e999'],
  ['params.grid_levels', '{"params":{"grid_levels":1e999,"upper_price":"2","lower_price":"1"}'],
  ['capital', '{"capital":-1e999'],
])('refuses a number beyond all measure as %s', async (path, head) => {
  const text = JSON.stringify({ ...GRID_JOB, ...Object.fromEntries([[path.split('.')[0], undefined]]) });
  expect(await refused(`${head},${text.slice(1)}`)).toEqual([path]);
});

test.each([
  ['__proto__', '{"__proto__":{"leverage":2}'],
  ['constructor', '{"constructor":1'],
  ['toString', '{"toString":1'],
])('refuses the field %s like any other', async (path, head) => {
  expect(await refused(`${head},${JSON.stringify(GRID_JOB).slice(1)}`)).toEqual([path]);
});

describe('a malformed Idempotency-Key', () => {
  test.each(['', 'x'.repeat(65), 'a b', 'a\tb'])('is refused: "%s"', async (key) => {
    expect(await refused(GRID_JOB, key)).toEqual(['Idempotency-Key']);
  });

  test('is named beside what is wrong with the body', async () => {
    expect(await refused({ ...GRID_JOB, capital: '0', leverage: 0 }, 'a b')).toEqual([
      'Idempotency-Key',
      'capital',
      'leverage',
    ]);
  });

  test('is named beside a body that is no JSON', async () => {
    expect(await refused('{', 'a b')).toEqual(['', 'Idempotency-Key']);
  });
});

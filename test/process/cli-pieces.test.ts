import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PipaiError, type ListedJob } from '../../src/client/index.ts';
import { adminAccess, traderAccess, type Checkout } from '../../src/cli/environment.ts';
import { EXIT, exitCodeLines } from '../../src/cli/exit-codes.ts';
import { Interrupted, UsageError, envelopeOf, failureOf } from '../../src/cli/failures.ts';
import { equityChart } from '../../src/cli/output/chart.ts';
import { csv, csvOfRecords } from '../../src/cli/output/csv.ts';
import { duration, grouped, metric, visible } from '../../src/cli/output/format.ts';
import { jobTable } from '../../src/cli/output/job.ts';
import { paint } from '../../src/cli/output/paint.ts';
import { table } from '../../src/cli/output/table.ts';
import { confirm } from '../../src/cli/prompt.ts';
import { buildRequest } from '../../src/cli/request/build.ts';
import { flagOf } from '../../src/cli/request/flag-names.ts';
import { ROOT } from '../../src/local/paths.ts';

const NOBODY: Checkout = {
  url: () => Promise.resolve(null),
  key: () => Promise.resolve(null),
  adminToken: () => null,
};
const STARTED: Checkout = {
  url: () => Promise.resolve('http://127.0.0.1:8787'),
  key: () => Promise.resolve({ api_key: 'pk_local', api_secret: 'local' }),
  adminToken: () => 'local token',
};
const URL_ONLY = { PIPAI_URL: 'https://pipai.example' };

describe('Access', () => {
  it('is the local service and its demo key where nothing is set', async () => {
    const local = { url: 'http://127.0.0.1:8787', apiKey: 'pk_local', apiSecret: 'local' };
    expect(await traderAccess({ PIPAI_URL: '' }, STARTED)).toEqual(local);
    const admin = { url: 'http://127.0.0.1:8787', token: 'local token' };
    expect(await adminAccess({ PIPAI_API_KEY: 'pk' }, STARTED)).toEqual(admin);
  });

  it('is all from the environment where any of it is set there', async () => {
    const env = { ...URL_ONLY, PIPAI_API_KEY: 'pk', PIPAI_API_SECRET: 'x', PIPAI_ADMIN_TOKEN: 't' };
    expect(await traderAccess(env, STARTED)).toEqual({ url: env.PIPAI_URL, apiKey: 'pk', apiSecret: 'x' });
    expect(await adminAccess(env, STARTED)).toEqual({ url: env.PIPAI_URL, token: 't' });
  });

  it.each([
    [{}, NOBODY, 'set PIPAI_URL, PIPAI_API_KEY, PIPAI_API_SECRET, or run "npm start"'],
    [URL_ONLY, STARTED, 'PIPAI_API_KEY and PIPAI_API_SECRET are not set: set them'],
    [{ PIPAI_API_KEY: 'pk', PIPAI_API_SECRET: 'x' }, STARTED, 'PIPAI_URL is not set: set it'],
    [{ PIPAI_URL: 'example.com', PIPAI_API_KEY: 'pk', PIPAI_API_SECRET: 'x' }, STARTED, 'PIPAI_URL must be'],
  ])('of a trader, half given as %j, says what to set', async (env, local, message) => {
    await expect(traderAccess(env, local)).rejects.toThrow(message);
    await expect(traderAccess(env, local)).rejects.toThrow(UsageError);
  });

  it.each([
    [{}, NOBODY, 'set PIPAI_URL and PIPAI_ADMIN_TOKEN, or run "npm start"'],
    [URL_ONLY, STARTED, 'PIPAI_ADMIN_TOKEN is not set'],
    [{ PIPAI_URL: 'http://pipai.example', PIPAI_ADMIN_TOKEN: 't' }, STARTED, 'must begin with https://'],
  ])('of an administrator, given as %j, says what to set', async (env, local, message) => {
    await expect(adminAccess(env, local)).rejects.toThrow(message);
  });
});

describe('A request', () => {
  const schema = {
    properties: { fast: { type: 'integer' }, price: { type: 'string' }, on: { type: 'boolean' } },
  };

  it('has numbers where the template wants numbers, and texts elsewhere', () => {
    const param = { fast: '20', price: '72000', on: 'true', other: '1' };
    expect(buildRequest({ param }, {}, schema)).toEqual({
      params: { fast: 20, price: '72000', on: true, other: '1' },
    });
  });

  it('leaves to the service what is not of the type', () => {
    const param = { fast: '2e1', on: 'yes' };
    expect(buildRequest({ param, leverage: 'x' }, {}, schema)).toEqual({
      params: { fast: '2e1', on: 'yes' },
      leverage: 'x',
    });
  });

  it('takes flags over the fields of the file, parameters one by one, and days as windows', () => {
    const file = { template_id: 'tpl_a', params: { fast: 1, slow: 2 }, symbols: ['A'], unknown: true };
    const flags = { param: { fast: '5' }, symbol: ['B', 'C'], start: '2025-01-01', end: '2025-01-31' };
    expect(buildRequest(flags, file, schema)).toEqual({
      template_id: 'tpl_a',
      params: { fast: 5, slow: 2 },
      symbols: ['B', 'C'],
      unknown: true,
      start: '2025-01-01T00:00:00Z',
      end: '2025-01-31T23:59:59Z',
    });
  });

  it.each([
    ['params.fast', '--param fast'],
    ['params', '--param'],
    ['symbols', '--symbol'],
    ['symbols.1', '--symbol (number 2)'],
    ['fee_bps', '--fee-bps'],
    ['toString', 'toString'],
    ['', ''],
  ])('has in %j the flag %j', (path, flag) => {
    expect(flagOf(path)).toBe(flag);
  });
});

describe('Failures', () => {
  it.each([
    [new PipaiError('NOT_FOUND', 'm', { status: 404 }), EXIT.refused],
    [new PipaiError('RATE_LIMITED', 'm', { status: 429 }), EXIT.refused],
    [new PipaiError('INTERNAL', 'm', { status: 500 }), EXIT.unavailable],
    [new PipaiError('UNAVAILABLE', 'm', { status: 503 }), EXIT.unavailable],
    [new PipaiError('TIMEOUT', 'm'), EXIT.unavailable],
    [new PipaiError('BAD_ANSWER', 'm', { status: 404 }), EXIT.unavailable],
    [new UsageError('m'), EXIT.usage],
    [new Interrupted('m'), EXIT.interrupted],
    [new TypeError('m'), EXIT.unexpected],
  ])('%s ends with %d', (error, code) => {
    expect(failureOf(error)).toMatchObject({ exitCode: code, message: 'm' });
  });

  it('have the envelope of the API', () => {
    const details = [{ path: 'capital', message: 'is required' }];
    const error = new PipaiError('INVALID_PARAMETER', 'm', { status: 400, details, requestId: 'r' });
    expect(envelopeOf(failureOf(error))).toEqual({
      error: { code: 'INVALID_PARAMETER', message: 'm', details, request_id: 'r' },
    });
    expect(envelopeOf(failureOf(new Error('m')))).toEqual({ error: { code: 'UNEXPECTED', message: 'm' } });
  });

  it('have codes that the help explains one by one', () => {
    const codes = exitCodeLines().map((line) => Number(line.slice(0, 5)));
    expect(codes).toEqual(Object.values(EXIT));
  });
});

describe('CSV', () => {
  it('quotes what must be quoted, and leaves out what is not there', () => {
    const text = csv(
      ['a', 'b,c'],
      [
        ['x "y"', 1],
        ['line\nbreak', null],
      ],
    );
    expect(text).toBe('a,"b,c"\n"x ""y""",1\n"line\nbreak",\n');
  });

  it('has the known columns first, and those of any record after them', () => {
    expect(csvOfRecords([{ b: 2 }, { a: 1, c: 'z' }], ['a', 'b'])).toBe('a,b,c\n,2,\n1,,z\n');
    expect(csvOfRecords([], ['a', 'b'])).toBe('a,b\n');
  });
});

describe('The equity chart', () => {
  const rising = Array.from({ length: 500 }, (_, day): [string, string] => [
    new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 19) + 'Z',
    String(10_000 + day),
  ]);

  it.each([40, 80, 300])('fits into %d columns, from the first day to the last', (columns) => {
    const [caption, ...rows] = equityChart(rising, columns).split('\n');
    expect(caption).toBe('Equity  10,000 → 10,499   low 10,000   high 10,499');
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(Math.min(columns, 120));
    expect(rows.at(-1)).toMatch(/^ *2024-01-01 .*2025-05-14$/);
    const levels = rows.flatMap((row) => /^ *([0-9,]+)┤/.exec(row)?.[1] ?? []);
    expect(levels[0]).toBe('10,499');
    expect(levels.length).toBeLessThanOrEqual(5);
  });

  it('rises with the curve', () => {
    const columns = equityChart(rising, 80).split('\n').slice(2, -2);
    const firsts = columns.map((row) => row.search(/[━┏┓┗┛]/)).filter((at) => at >= 0);
    expect(firsts.length).toBeGreaterThan(8);
    expect(firsts).toEqual([...firsts].sort((a, b) => b - a));
  });

  it('hides no drawdown, however short', () => {
    const crashed = rising.map(([at, equity], day): [string, string] => [at, day === 201 ? '1000' : equity]);
    const rows = equityChart(crashed, 60).split('\n');
    expect(rows.at(-3)).toMatch(/^ +1,000┤.*[━┏┓┗┛]/);
  });

  it('stretches a short curve, and draws none that does not move', () => {
    const rows = equityChart(rising.slice(0, 3), 80).split('\n');
    expect(Math.max(...rows.map((row) => row.length))).toBeGreaterThan(70);
    expect(equityChart(rising.slice(0, 1), 80)).toBe('Equity  10,000 → 10,000   low 10,000   high 10,000');
    expect(equityChart([], 80)).toBe('No equity curve.');
  });
});

describe('A table', () => {
  const columns = [
    { title: 'ID', of: (row: string) => row },
    { title: 'LONG', of: () => 'x'.repeat(20), rank: 1 },
    { title: 'N', of: () => '1', numeric: true, rank: 2 },
  ];

  it('leaves out on a terminal what does not fit, by rank', () => {
    const heads = [80, 27, 10].map((width) => {
      const text = table({ isTTY: true, columns: width, write: () => true }, columns, ['abc']);
      return text.split('\n')[0]?.replaceAll(/\u001b\[\d+m/g, '');
    });
    expect(heads).toEqual([`ID   LONG${' '.repeat(18)}N`, 'ID   LONG', 'ID']);
  });

  it('has all columns elsewhere', () => {
    const text = table({ columns: 10, write: () => true }, columns, ['abc']);
    expect(text).toBe(`ID   LONG${' '.repeat(18)}N\nabc  ${'x'.repeat(20)}  1`);
  });
});

describe('The table of jobs', () => {
  const TEN = ['BTC', 'ETH', 'SOL', 'BNB', 'XRP', 'ADA', 'DOGE', 'AVAX', 'LINK', 'LTC'];
  const running: ListedJob = {
    id: `bt_${'0'.repeat(43)}`,
    status: 'running',
    config: {
      template_id: 'tpl_breakout',
      params: { lookback: 20 },
      symbols: TEN.map((coin) => `${coin}USDT`),
      timeframe: '15m',
      start: '2025-01-01T00:00:00Z',
      end: '2025-01-31T23:00:00Z',
      capital: '10000',
      leverage: 1,
      fee_model: 'none',
    },
    submitted_at: '2025-02-01T10:15:59Z',
    started_at: '2025-02-01T10:15:59Z',
    finished_at: null,
    progress: 0.999,
    result: null,
    error: null,
  };
  const metrics = {
    ...{ sharpe: '-0.98765', sortino: '-1.5', max_drawdown: '-0.25', cagr: '-0.125', calmar: '-0.5' },
    ...{ win_rate: '0.5', profit_factor: '0.9', expected_value: '-1.25' },
    ...{ total_trades: 1234, avg_trade_duration_seconds: 3600 },
  };
  const done: ListedJob = { ...running, status: 'done', progress: 1, result: { metrics } };

  it.each([
    [80, 'ID STATUS SYMBOLS SHARPE'],
    [100, 'ID STATUS SYMBOLS SUBMITTED SHARPE'],
    [140, 'ID STATUS SYMBOLS TF TEMPLATE SUBMITTED SHARPE CAGR TRADES'],
  ])('has at %d columns %s', (columns, titles) => {
    const text = stripVTControlCharacters(
      jobTable({ isTTY: true, columns, write: () => true }, [running, done]),
    );
    const [head = '', ...rows] = text.split('\n');
    expect(head.split(/ +/).join(' ')).toBe(titles);
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(columns);
  });

  it('tells the progress of a running job, and how a finished one went', () => {
    const [, first, second] = jobTable({ write: () => true }, [running, done]).split('\n');
    const cells = [first, second].map((row) => row?.split(/ {2,}/).slice(1));
    const asked = ['BTCUSDT +9', '15m', 'tpl_breakout', '2025-02-01 10:15'];
    expect(cells).toEqual([
      ['running 99 %', ...asked, '–', '–', '–'],
      ['done', ...asked, '-0.99', '-12.50 %', '1,234'],
    ]);
  });
});

describe('Values', () => {
  it('are written for people', () => {
    expect([grouped('1234567.125'), grouped('-1000'), grouped('999')]).toEqual([
      '1,234,567.125',
      '-1,000',
      '999',
    ]);
    expect([duration(93_600), duration(59), duration(0)]).toEqual(['1 d 2 h', '59 s', '0 s']);
    expect([metric('win_rate', '0.5'), metric('sharpe', null)]).toEqual(['50.00 %', '–']);
  });

  it('cannot write over the screen', () => {
    expect(visible('a\u001b[2Jb\rc\u0007')).toBe('a\ufffd[2Jb\ufffdc\ufffd');
  });

  it('have colours on a terminal only, and not where NO_COLOR is set', () => {
    const terminal = { isTTY: true, write: () => true };
    vi.stubEnv('NO_COLOR', '');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    expect(paint(terminal, 'red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(paint({ write: () => true }, 'red', 'x')).toBe('x');
    vi.stubEnv('NO_COLOR', '1');
    expect(paint(terminal, 'red', 'x')).toBe('x');
  });
});

describe('A question', () => {
  it.each([
    ['y', true],
    ['n', false],
    ['\r', false],
    ['\u0003', false],
  ])('answered with the key %j is %s', async (key, answer) => {
    const input = new PassThrough();
    const output = new PassThrough();
    let shown = '';
    output.on('data', (chunk: Buffer) => (shown += chunk.toString()));
    const asked = confirm('Cancel the job?', input, output);
    input.write(key);
    expect(await asked).toBe(answer);
    expect(shown).toContain('Cancel the job? (y/N)');
  });
});

describe('Ctrl-C', () => {
  it('that npm passes on besides the terminal is one, and a later one ends the process', async () => {
    const script = `
      const { processIo } = await import('${ROOT}src/cli/io.ts');
      processIo().onInterrupt(() => console.log('heard'));
      process.emit('SIGINT');
      process.emit('SIGINT');
      console.log('alive');
      setInterval(() => process.emit('SIGINT'), 50);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, out]).toEqual([130, 'heard\nalive\n']);
  });
});

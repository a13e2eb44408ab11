import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { run } from '../../src/cli/run.ts';
import { Session } from '../../src/cli/session.ts';
import { ROOT } from '../../src/local/paths.ts';
import { freePort } from '../../src/local/ports.ts';
import { Desk, FakeTerminal, RESULT, jsonLines, type Run } from './cli-support.ts';
import { gate } from './gate.ts';

const UNKNOWN = `bt_${'0'.repeat(43)}`;
/** A disk with no room, where the system has one. */
const FULL = '/dev/full';

let desk: Desk;

beforeAll(async () => {
  desk = await Desk.open();
  return () => desk.close();
});

describe('pipai list', () => {
  it('shows the newest jobs as a table, as many as asked for', async () => {
    await desk.submitted();
    const [older, newer] = [await desk.done(), await desk.submitted()];
    const { code, stdout } = await desk.pipai(['list', '--limit', '2']);
    expect(code).toBe(0);
    const [head, first, second, ...rest] = stdout.split('\n');
    expect(head).toMatch(/^ID +STATUS +SYMBOLS +TF +TEMPLATE +SUBMITTED +SHARPE +CAGR +TRADES$/);
    expect(first).toMatch(new RegExp(`^${newer.id} +queued +BTCUSDT +1h +tpl_grid +2`));
    expect(second).toMatch(new RegExp(`^${older.id} +done +BTCUSDT .* 1.50 +– +2$`));
    expect(rest).toEqual(['']);
  });

  it('prints with --json a job a line, of those that the filters leave', async () => {
    const { id } = await desk.failed();
    const { stdout } = await desk.pipai([
      'list',
      '--json',
      '--status',
      'failed',
      '--template',
      'tpl_grid',
      '--limit',
      '1',
    ]);
    expect(jsonLines(stdout)).toMatchObject([{ id, status: 'failed' }]);
    const none = await desk.pipai(['list', '--json', '--from', '2020-01-01', '--to', '2020-01-02']);
    expect(none).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('names the flags of what the service refuses', async () => {
    const { code, stdout, stderr } = await desk.pipai(['list', '--from', 'monday', '--template', 'tpl_none']);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('\n  --from: must be');
    expect(stderr).toContain('\n  --template: ');
  });

  it('ends quietly when its reader has enough', async () => {
    await desk.submitted();
    const listing = desk.start(['list', '--json']);
    listing.hangUp();
    expect(await listing.ended).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('pipai get and audit', () => {
  it('sum a job up, and tell its changes', async () => {
    const { id } = await desk.done();
    const { stdout } = await desk.pipai(['get', id]);
    expect(stdout).toMatch(/^Job +bt_/);
    expect(stdout).toContain('\n  grid_levels  10\n');
    expect(stdout).toContain('\nCandles        1h, 2025-01-01 00:00:00 to 2025-03-31 23:00:00 UTC\n');
    expect(stdout).toContain('\nAvg trade duration  1 d 2 h\n');
    const audit = await desk.pipai(['audit', id]);
    expect(audit.stdout).toMatch(
      /^AT +FROM +TO +ACTOR +REASON\n.* queued +running .*\n.* running +done .*\n$/,
    );
    expect(JSON.parse((await desk.pipai(['audit', id, '--json'])).stdout)).toMatchObject([
      { from: 'queued', to: 'running' },
      { from: 'running', to: 'done' },
    ]);
  });
});

describe('pipai cancel', () => {
  it('cancels several jobs with a reason, goes on after a refusal, and then exits 3', async () => {
    const [first, second, over] = [await desk.submitted(), await desk.submitted(), await desk.done()];
    const args = ['cancel', first.id, over.id, UNKNOWN, second.id, '--reason', 'typo'];
    const { code, stdout, stderr } = await desk.pipai(args);
    expect([code, stderr]).toEqual([3, '']);
    expect(stdout.split('\n')).toEqual([
      `${first.id}  cancelled at 0 %`,
      expect.stringMatching(`^${over.id}  not cancelled, INVALID_STATE: .*done`),
      expect.stringMatching(`^${UNKNOWN}  not cancelled, NOT_FOUND: `),
      `${second.id}  cancelled at 0 %`,
      '',
    ]);
    expect(await desk.trader.audit(second.id)).toMatchObject([{ to: 'cancelled', reason: 'typo' }]);
    const again = await desk.pipai(['cancel', first.id, '--json']);
    expect(again.code).toBe(3);
    expect(jsonLines(again.stdout)).toMatchObject([{ id: first.id, error: { code: 'INVALID_STATE' } }]);
  });

  it('tells of a cancel in doubt the command that asks what became of it', async () => {
    const [first, second] = [await desk.submitted(), await desk.submitted()];
    const url = await gate(desk.url, {
      instead: (_, path) => (path.includes(first.id) ? '<h1>Hello' : null),
    });
    const args = ['cancel', first.id, second.id, '--reason', "don't `date`"];
    const { code, stdout } = await desk.pipai(args, { env: { ...desk.env, PIPAI_URL: url } });
    expect(code).toBe(4);
    const [doubtful = '', ...rest] = stdout.split('\n');
    expect(rest).toEqual([`${second.id}  cancelled at 0 %`, '']);
    expect(doubtful.startsWith(`${first.id}  not known to be cancelled, BAD_ANSWER: `)).toBe(true);
    const told =
      /It may have acted; "(pipai cancel bt_.* --idempotency-key '[-0-9a-f]{36}')" tells, without/.exec(
        doubtful,
      );
    expect(inShell(told?.[1] ?? 'false').stdout).toBe(`${first.id}  cancelled at 0 %\n`);
    expect(await desk.trader.audit(first.id)).toMatchObject([{ to: 'cancelled', reason: "don't `date`" }]);
  });

  it('acts once under the key that it is given', async () => {
    const { id } = await desk.submitted();
    const args = ['cancel', id, '--idempotency-key', `once-${id.slice(-8)}`];
    const [first, second] = [await desk.pipai(args), await desk.pipai(args)];
    expect(first).toEqual({ code: 0, stdout: `${id}  cancelled at 0 %\n`, stderr: '' });
    expect(second).toEqual(first);
  });

  it('cancels every queued job where --yes was given or the question answered so', async () => {
    const ids = [(await desk.submitted()).id, (await desk.submitted()).id];
    const running = await desk.submitted();
    await desk.work(running.id, 0.1);
    const unasked = await desk.pipai(['cancel', '--all-queued']);
    expect([unasked.code, unasked.stdout]).toEqual([2, '']);
    expect(unasked.stderr).toContain('add --yes');

    const declining = new FakeTerminal(desk.env, () => Promise.resolve(false));
    expect(await run(['cancel', '--all-queued'], declining)).toBe(130);
    expect(declining.questions[0]).toMatch(/^Cancel \d+ queued jobs\?$/);
    expect(declining.err).toBe('Nothing was cancelled.\n');

    const { code, stdout } = await desk.pipai(['cancel', '--all-queued', '--yes', '--json']);
    expect(code).toBe(0);
    const cancelled = jsonLines(stdout);
    // Those first that would start first.
    expect(cancelled.map(idOf).slice(-2)).toEqual(ids);
    for (const line of cancelled) expect(line).toMatchObject({ job: { status: 'cancelled' } });
    expect(await desk.trader.get(running.id)).toMatchObject({ status: 'running' });
    expect(await desk.pipai(['cancel', '--all-queued', '--yes'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No job waits.\n',
    });
  });
});

describe('pipai result', () => {
  it('shows metrics, a chart and warnings', async () => {
    const { id } = await desk.done();
    const { code, stdout } = await desk.pipai(['result', id]);
    expect(code).toBe(0);
    expect(stdout).toContain('Max drawdown        -6.25 %\n');
    expect(stdout).toContain('\nEquity  10,000 → 10,125.25   low 10,000   high 10,250.5\n');
    expect(stdout).toContain('┤');
    expect(stdout).toContain(
      '\n2 trades; as CSV with --csv trades\nWarning: SYNTHETIC_CANDLES: Generated.\n',
    );
    expect(JSON.parse((await desk.pipai(['result', id, '--json'])).stdout)).toEqual(RESULT);
  });

  it('writes trades and equity as CSV', async () => {
    const { id } = await desk.done();
    const trades = await desk.pipai(['result', id, '--csv', 'trades']);
    const head = 'id,side,symbol,entry_time,entry_price,exit_time,exit_price,qty,pnl,fee,exit_reason,note';
    expect(trades.stdout.split('\n')).toEqual([
      head,
      '1,,BTCUSDT,,,,,,250.5,,grid,',
      '2,,BTCUSDT,,,,,,-125.25,,"said ""sell"", twice",',
      '',
    ]);
    const equity = await desk.pipai(['result', id, '--csv', 'equity']);
    const rows = RESULT.equity_curve.map((point) => point.join(','));
    expect(equity.stdout.split('\n')).toEqual(['time,equity', ...rows, '']);
  });

  it('exits 5, 6 or 7 where there is none, with --json as an error', async () => {
    const waiting = await desk.submitted();
    const cancelled = await desk.trader.cancel((await desk.submitted()).id, 'why not');
    const ends = [
      [(await desk.failed()).id, 5, 'JOB_FAILED'],
      [cancelled.id, 6, 'JOB_CANCELLED'],
      [waiting.id, 7, 'JOB_UNFINISHED'],
    ] as const;
    for (const [id, code, name] of ends) {
      const told = await desk.pipai(['result', id, '--json']);
      expect([told.code, told.stdout]).toEqual([code, '']);
      expect(JSON.parse(told.stderr)).toMatchObject({ error: { code: name } });
    }
  });
});

describe('pipai candles', () => {
  const DUMP =
    '1735689600000,100,110,90,105,1,1735693199999,1,1,1,1,0\n1735693200000,105,115,95,110,1,1735696799999,1,1,1,1,0\n';

  it('loads a dump, and lists what is stored', async () => {
    const { code, stdout } = await desk.pipai(
      ['candles', 'import', 'CLIUSDT', '1h', '-', '--tick', '0.1', '--json'],
      {
        input: DUMP,
      },
    );
    expect(code).toBe(0);
    const held = { symbol: 'CLIUSDT', timeframe: '1h', from: '2025-01-01T00:00:00Z', bars: 2, missing: 0 };
    expect(JSON.parse(stdout)).toMatchObject(held);
    const list = await desk.pipai(['candles', 'list']);
    expect(list.stdout).toMatch(
      /^SYMBOL +TF +FROM +TO +BARS +MISSING\nCLIUSDT +1h +2025-01-01 00:00:00 .* 2 +0\n$/,
    );
  });

  it('names the line of a bad dump, and the flag of a bad step', async () => {
    const bad = await desk.pipai(['candles', 'import', 'BADUSDT', '1h', '-'], { input: `${DUMP}x\n` });
    expect([bad.code, bad.stdout]).toEqual([3, '']);
    expect(bad.stderr).toContain('\n  -: Line 3: ');
    const step = await desk.pipai(['candles', 'import', 'BADUSDT', '1h', '-', '--min-notional', '-1'], {
      input: DUMP,
    });
    expect(step.stderr).toContain('\n  --min-notional: ');
  });

  it('tells the flag that would help, and not the query of the request', async () => {
    const fine = DUMP.replaceAll('100,110', '100.123,110');
    const { code, stderr } = await desk.pipai(['candles', 'import', 'FINEUSDT', '1h', '-'], { input: fine });
    expect(code).toBe(3);
    expect(stderr).toMatch(/\n {2}-: Line 1: .* such as --tick 0\.001\n/);
    expect(stderr).not.toContain('?tick=');
  });

  it('sends no dump that is larger than the service takes', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pipai-dump-'));
    onTestFinished(() => {
      rmSync(directory, { recursive: true });
    });
    const file = join(directory, 'years.csv');
    writeFileSync(file, '');
    truncateSync(file, 33_554_433);
    const { code, stdout, stderr } = await desk.pipai(['candles', 'import', 'BIGUSDT', '1h', file]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      `Error: ${file} has 33554433 bytes, and a dump may have at most 33554432: ` +
        'import it as gzip or as the original ZIP, or fewer months at a time.\n',
    );
    truncateSync(file, 33_554_432);
    const largest = await desk.pipai(['candles', 'import', 'BIGUSDT', '1h', file]);
    expect(largest.code).toBe(3);
    expect(largest.stderr).toContain('Line 1: ');
  });

  it('takes a dump from standard input at its size', async () => {
    const args = ['candles', 'import', 'BIGUSDT', '1h', '-'];
    const { code, stderr } = await desk.pipai(args, { input: '1'.repeat(33_554_433) });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Error: The dump on standard input has 33554433 bytes, and .* at most 33554432:/);
  });
});

describe('pipai keys', () => {
  it('makes a key that works, lists it without its secret, rotates and revokes it', async () => {
    const args = [
      'keys',
      'create',
      '--account',
      'fresh',
      '--permission',
      'read,trade',
      '--label',
      'for tests',
    ];
    const made = await desk.pipai(args);
    expect(made.code).toBe(0);
    expect(made.stderr).toContain('shown this once');
    const env = { PIPAI_URL: desk.url, ...envOf(made.stdout) };
    expect((await desk.pipai(['list'], { env })).code).toBe(0);

    const rotated = await desk.pipai(['keys', 'rotate', env.PIPAI_API_KEY, '--grace-seconds', '0', '--json']);
    const next: unknown = JSON.parse(rotated.stdout);
    expect(next).toMatchObject({ account_id: 'fresh', permissions: ['read', 'trade'], label: 'for tests' });
    const late = await desk.pipai(['list'], { env });
    expect(late.code).toBe(3);
    expect(late.stderr).toContain('UNAUTHORIZED');

    const listed = await desk.pipai(['keys', 'list', '--account', 'fresh']);
    expect(listed.stdout.split('\n')).toHaveLength(4);
    expect(listed.stdout).toContain(`${env.PIPAI_API_KEY}  read,trade   for tests`);
    expect(listed.stdout).not.toContain(env.PIPAI_API_SECRET);
    const last = /pk_\S+/g.exec(listed.stdout.replace(env.PIPAI_API_KEY, ''))?.[0] ?? '';
    expect((await desk.pipai(['keys', 'revoke', last])).stdout).toBe(`${last}  revoked\n`);
    expect((await desk.pipai(['keys', 'revoke', last])).code).toBe(3);
  });

  it('names the flags of what is refused, and refuses a wrong token', async () => {
    const { code, stderr } = await desk.pipai(['keys', 'create', '--account', 'NO', '--permission', 'fly']);
    expect(code).toBe(3);
    expect(stderr).toContain('\n  --account: must be 1-32 characters');
    expect(stderr).toContain('\n  --permission: ');
    const env = { PIPAI_URL: desk.url, PIPAI_ADMIN_TOKEN: 'wrong' };
    const wrong = await desk.pipai(['keys', 'list', '--account', 'fresh', '--json'], { env });
    expect(wrong.code).toBe(3);
    expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
  });
});

describe('Failures', () => {
  it('tell the code of the service and the request, and exit 3', async () => {
    const { code, stdout, stderr } = await desk.pipai(['get', UNKNOWN]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^Error: NOT_FOUND: There is no such job\.\n {2}request id \S+\n$/);
    const json = await desk.pipai(['get', UNKNOWN, '--json']);
    expect(json.stderr).toMatch(
      /^\{"error":\{"code":"NOT_FOUND","message":"There is no such job\.","request_id":"[^"]+"\}\}\n$/,
    );
  });

  it('exit 4 where nobody answers', async () => {
    const env = { ...desk.env, PIPAI_URL: `http://127.0.0.1:${String(await freePort())}` };
    const runs = await Promise.all([
      desk.pipai(['list', '--json'], { env }),
      desk.pipai(['keys', 'list', '--account', 'x', '--json'], { env }),
      desk.pipai(['cancel', UNKNOWN], { env }),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([4, 4, 4]);
    for (const { stderr } of runs.slice(0, 2)) {
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'NETWORK' } });
    }
    // Why, and that once.
    for (const { stdout, stderr } of runs) {
      expect((stdout + stderr).match(/ECONNREFUSED/g)).toHaveLength(1);
    }
  });

  it('are one line where standard output takes nothing, and exit 1', async ({ skip }) => {
    skip(!existsSync(FULL), `needs ${FULL}`);
    await desk.submitted();
    const message =
      'Standard output cannot be written: ENOSPC: no space left on device, write. What was asked for may have been done.';
    for (const command of ['list', '--help']) {
      const told = { code: 1, stdout: '', stderr: `Error: UNEXPECTED: ${message}\n` };
      expect(inShell(`pipai ${command} >${FULL}`)).toEqual(told);
    }
    const json = inShell(`pipai list --json >${FULL}`);
    expect([json.code, jsonLines(json.stderr)]).toEqual([1, [{ error: { code: 'UNEXPECTED', message } }]]);
  });

  it.each([
    [[], 'Usage: pipai'],
    [['submi'], 'Did you mean submit?'],
    [['list', '--api-secret', 'x'], "unknown option '--api-secret'"],
    [['list', '--limit', '0'], 'It must be at least 1.'],
    [['list', '--status', 'dead'], 'Allowed choices are queued, running'],
    [['get', 'bt_1'], 'A job id begins with bt_'],
    [['cancel'], 'Name the jobs to cancel, or use --all-queued.'],
    [['cancel', UNKNOWN, '--all-queued'], 'Name the jobs to cancel, or use --all-queued.'],
    [['submit', '--idempotency-key', 'a b'], "'--idempotency-key <text>' argument 'a b' is invalid."],
    [['submit', '--idempotency-key', ''], 'It must be 1-64 visible ASCII characters.'],
    [['submit', '--idempotency-key', 'x'.repeat(65)], 'It must be 1-64 visible ASCII characters.'],
    [
      ['cancel', UNKNOWN, '--idempotency-key', 'a b'],
      "'--idempotency-key <text>' argument 'a b' is invalid.",
    ],
    [['cancel', UNKNOWN, `${UNKNOWN}0`, '--idempotency-key', 'k'], '--idempotency-key goes with one job'],
    [['cancel', '--all-queued', '--yes', '--idempotency-key', 'k'], '--idempotency-key goes with one job'],
    [['submit', '--param', 'x'], 'It must be name=value'],
    [['submit', '--file', 'no-such-file.json'], '--file no-such-file.json cannot be used: ENOENT'],
    [['result', UNKNOWN, '--csv', 'trades', '--json'], "cannot be used with option '--json'"],
    [['keys', 'create', '--account', 'x'], "required option '--permission <names>' not specified"],
    [['candles', 'import', 'X', '1h', 'no-such-file'], 'no-such-file cannot be read: ENOENT'],
  ])('exit 2 for %j', async (args, message) => {
    const { code, stdout, stderr } = await desk.pipai(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    // One voice, whoever found the mistake; without a command there is only help, and with --json an object.
    expect(stderr).toMatch(/^(Error: |Usage: |\{)/);
  });

  it('are JSON also where the usage is wrong', async () => {
    const { code, stderr } = await desk.pipai(['list', '--limit', '0', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE' } });
  });
});

describe('Secrets', () => {
  it('are never flags', () => {
    const terminal = new FakeTerminal({}, () => Promise.resolve(false));
    const flags = everyFlag(createProgram(new Session(terminal, false)));
    expect(flags).toEqual(expect.arrayContaining(['--watch', '--grace-seconds', '--min-notional']));
    expect(flags.filter((flag) => /secret|token|password|api-key/.test(flag))).toEqual([]);
  });

  it('are in no help, and no output but that of a new key', async () => {
    const top = await desk.pipai(['--help']);
    expect([top.code, top.stderr]).toEqual([0, '']);
    const commands = [...top.stdout.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1] ?? '');
    expect(commands).toEqual(expect.arrayContaining(['submit', 'watch', 'keys']));
    // Each run of this file is checked for the secrets of its environment; here that it would be seen.
    for (const command of commands) expect((await desk.pipai([command, '--help'])).code).toBe(0);
    const spelled = [`--${desk.env.PIPAI_API_SECRET ?? ''}`];
    await expect(desk.pipai(spelled)).rejects.toThrow('A secret was printed');
  });
});

function everyFlag(command: Command): string[] {
  const own = command.options.map(({ flags }) => flags.split(' ')[0] ?? '');
  return [...own, ...command.commands.flatMap(everyFlag)];
}

/** Runs a command line that was printed, as whoever copies it does. */
function inShell(command: string): Run {
  const script = `pipai() { "$NODE" "$PIPAI" "$@"; }; ${command}`;
  const env = { ...desk.env, NODE: process.execPath, PIPAI: `${ROOT}src/cli/pipai.ts` };
  const { status: code, stdout, stderr } = spawnSync('/bin/sh', ['-c', script], { env, encoding: 'utf8' });
  return { code, stdout, stderr };
}

function idOf(line: unknown): string {
  return z.object({ id: z.string() }).parse(line).id;
}

function envOf(text: string) {
  const value = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1] ?? '';
  return { PIPAI_API_KEY: value('PIPAI_API_KEY'), PIPAI_API_SECRET: value('PIPAI_API_SECRET') };
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { until } from '../../src/local/poll.ts';
import { GRID } from './backtests.ts';
import { Desk, FakeTerminal, RESULT, jsonLines, seen } from './cli-support.ts';
import { gate } from './gate.ts';

const SUBMITTED = /Submitted (bt_\w+)\n/;
const PATIENCE = { what: 'the job', atMostMs: 20_000 };

let desk: Desk;

beforeAll(async () => {
  desk = await Desk.open();
  return () => desk.close();
});

const FLAGS = [
  ...['--template', 'tpl_grid', '--symbol', 'BTCUSDT', '--timeframe', '1h', '--capital', '10000'],
  ...['--start', '2025-01-01', '--end', '2025-03-31T23:00:00Z'],
  ...['--param', 'grid_levels=10', '--param', 'upper_price=72000', '--param', 'lower_price=60000'],
];

describe('pipai submit', () => {
  it('makes a job of flags, typed as the template wants, and prints its id alone', async () => {
    const { code, stdout, stderr } = await desk.pipai(['submit', ...FLAGS]);
    expect([code, stderr]).toEqual([0, `Submitted. To follow it: pipai watch ${stdout}`]);
    const job = await desk.pipai(['get', stdout.trim(), '--json']);
    expect(JSON.parse(job.stdout)).toMatchObject({
      status: 'queued',
      config: { ...GRID, fee_model: 'fixed_bps' },
    });
  });

  it('takes a file or standard input, and flags over its fields', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pipai-'));
    onTestFinished(() => {
      rmSync(directory, { recursive: true });
    });
    const file = join(directory, 'job.json');
    writeFileSync(file, JSON.stringify(GRID));
    const flags = ['--json', '--capital', '5000', '--param', 'grid_levels=4', '--fee-model', 'none'];
    const config = {
      ...GRID,
      capital: '5000',
      params: { ...GRID.params, grid_levels: 4 },
      fee_model: 'none',
    };
    const fromFile = await desk.pipai(['submit', '--file', file, ...flags]);
    expect([fromFile.code, fromFile.stderr]).toEqual([0, '']);
    expect(JSON.parse(fromFile.stdout)).toMatchObject({ config });
    const fromPipe = await desk.pipai(['submit', '--file', '-', ...flags], { input: JSON.stringify(GRID) });
    expect(JSON.parse(fromPipe.stdout)).toMatchObject({ config });
  });

  it('repeats a submit under its key without making a second job', async () => {
    const args = ['submit', ...FLAGS, '--idempotency-key', 'once'];
    const [first, second] = [await desk.pipai(args), await desk.pipai(args)];
    expect(first.stdout).toMatch(/^bt_/);
    expect(second.stdout).toBe(first.stdout);
  });

  it('tells of a submit in doubt how to ask what became of it, with a flag', async () => {
    const url = await gate(desk.url, { instead: (method) => (method === 'POST' ? '<h1>Hello' : null) });
    const args = ['submit', ...FLAGS];
    const { code, stdout, stderr } = await desk.pipai(args, { env: { ...desk.env, PIPAI_URL: url } });
    expect([code, stdout]).toEqual([4, '']);
    const told =
      /It may have acted; the same command with (--idempotency-key) '([-0-9a-f]{36})' tells, without acting twice/;
    const [made] = await desk.trader.list();
    const asked = await desk.pipai([...args, ...(told.exec(stderr)?.slice(1) ?? [])]);
    expect(asked.stdout).toBe(`${made?.id ?? ''}\n`);
  });

  it('names the flags of fields that the service refuses', async () => {
    const args = ['submit', '--template', 'tpl_grid', '--param', 'grid_levels=x', '--symbol', 'BTCUSDT,e'];
    const { code, stdout, stderr } = await desk.pipai(args);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^Error: INVALID_PARAMETER: /);
    expect(stderr).toContain('\n  --symbol (number 2): must be');
    expect(stderr).toContain('\n  --capital: is required\n');
    expect(stderr).toContain('\n  --param grid_levels: ');
    expect(stderr).toContain('\n  --param upper_price: is required\n');
    const { stderr: ofFile } = await desk.pipai(['submit', '--file', '-'], { input: '{"capitl":1}' });
    expect(ofFile).toContain('\n  capitl: is not a known field\n');
    expect(ofFile).toContain('\n  capital (--capital): is required\n');
  });

  it('follows the job with --watch, and then prints its metrics', async () => {
    const watching = desk.start(['submit', ...FLAGS, '--watch']);
    const id = await seen(watching.err, SUBMITTED);
    const lease = await desk.work(id, 0.42);
    await seen(watching.err, /running .* 42\.0 %/);
    await desk.complete(id, lease);
    const { code, stdout, stderr } = await watching.ended;
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'Sharpe              1.5',
      'Max drawdown        -6.25 %',
    ]);
    expect(stderr).toContain(`${id} is done.\nWarning: SYNTHETIC_CANDLES: Generated.\n`);
    // No terminal, no control characters.
    expect(stderr).not.toMatch(/[\r\u001b]/);
  });

  it('prints with --watch --json the whole job once it has ended, and nothing else', async () => {
    const before = (await desk.trader.list()).length;
    const watching = desk.start(['submit', ...FLAGS, '--watch', '--json']);
    const id = await until(async () => {
      const jobs = await desk.trader.list();
      return jobs.length > before ? (jobs[0]?.id ?? null) : null;
    }, PATIENCE);
    await desk.complete(id, await desk.work(id, 0.5));
    const { code, stdout, stderr } = await watching.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ id, status: 'done', result: RESULT });
  });
});

describe('pipai watch', () => {
  it('prints with --json each state as a line', async () => {
    const { id } = await desk.submitted();
    const watching = desk.start(['watch', id, '--json']);
    await seen(watching.out, /"queued"/);
    const lease = await desk.work(id, 0.5);
    await seen(watching.out, /"running"/);
    await desk.complete(id, lease);
    const ended = await watching.ended;
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    const states = jsonLines(ended.stdout);
    expect(states[0]).toMatchObject({ id, status: 'queued', progress: 0 });
    expect(states.at(-1)).toMatchObject({ id, status: 'done', progress: 1 });
    for (const state of states) expect(state).not.toHaveProperty('result');
  });

  it('exits 5 where the job failed, and says why', async () => {
    const { id } = await desk.failed();
    const { code, stdout, stderr } = await desk.pipai(['watch', id]);
    expect([code, stdout]).toEqual([5, '']);
    expect(stderr).toContain(`Error: JOB_FAILED: ${id} failed, TEMPLATE_ERROR: No cells.\n`);
    expect((await desk.pipai(['watch', id, '--json'])).code).toBe(5);
  });

  it('exits 6 where the job was cancelled', async () => {
    const { id } = await desk.submitted();
    await desk.trader.cancel(id, 'no more');
    const { code, stderr } = await desk.pipai(['watch', id]);
    expect(code).toBe(6);
    expect(stderr).toContain(`${id} is cancelled, at 0 %.\n`);
  });

  it('leaves the job alone on Ctrl-C where nobody can be asked, says so, and exits 130', async () => {
    const { id } = await desk.submitted();
    const watching = desk.start(['watch', id]);
    await seen(watching.err, /queued/);
    watching.interrupt();
    const { code, stdout, stderr } = await watching.ended;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toContain(
      `the job goes on. To watch it again: pipai watch ${id}; to cancel it: pipai cancel ${id}\n`,
    );
    expect(await desk.trader.get(id)).toMatchObject({ status: 'queued' });
  });
});

describe('Ctrl-C at a terminal', () => {
  /** Watches a new job until its progress shows, and presses Ctrl-C. */
  async function interrupted(answer: (id: string) => Promise<boolean>, url = desk.url) {
    let id = '';
    const terminal = new FakeTerminal({ ...desk.env, PIPAI_URL: url }, () => answer(id));
    const ended = run(['submit', ...FLAGS, '--watch'], terminal);
    id = await seen(() => terminal.err, SUBMITTED);
    await seen(() => terminal.err, /queued/);
    expect(terminal.press()).toBe(true);
    const code = await ended;
    expect(terminal.questions).toEqual([`Cancel the job ${id}?`]);
    return { id, code, terminal };
  }

  it('cancels the job when the answer is yes, with a note in the audit trail', async () => {
    const { id, code, terminal } = await interrupted(() => Promise.resolve(true));
    expect(code).toBe(6);
    expect(terminal.err).toContain(`${id} is cancelled, at 0 %.\n`);
    expect(await desk.trader.audit(id)).toMatchObject([
      { from: 'queued', to: 'cancelled', reason: 'Ctrl-C on submit --watch' },
    ]);
  });

  it('tells how to ask what became of that where it is in doubt', async () => {
    const url = await gate(desk.url, {
      instead: (_, path) => (path.endsWith('/cancel') ? '<h1>Hello' : null),
    });
    const { id, code, terminal } = await interrupted(() => Promise.resolve(true), url);
    expect(code).toBe(4);
    expect(terminal.err).toContain(
      `It may have acted; "pipai cancel ${id} --reason 'Ctrl-C on submit --watch' --idempotency-key '`,
    );
  });

  it('stops watching when the answer is no, and says how to go on', async () => {
    const { id, code, terminal } = await interrupted(() => Promise.resolve(false));
    expect(code).toBe(130);
    expect(terminal.err).toContain(`pipai watch ${id}`);
    expect(terminal.err).toContain(`pipai cancel ${id}`);
    expect(await desk.trader.get(id)).toMatchObject({ status: 'queued' });
  });

  /** A terminal whose user presses Ctrl-C after the service has made a job, and before anybody knows its id. */
  async function impatient(answer: boolean) {
    const url = await gate(desk.url, {
      after: (method) => {
        if (method === 'POST') expect(terminal.press()).toBe(true);
      },
    });
    const terminal = new FakeTerminal({ ...desk.env, PIPAI_URL: url }, () => Promise.resolve(answer));
    return terminal;
  }

  it('that comes before the id of the new job is known waits for it, and then asks', async () => {
    const terminal = await impatient(false);
    expect(await run(['submit', ...FLAGS, '--watch'], terminal)).toBe(130);
    const [{ id } = { id: 'none' }] = await desk.trader.list();
    expect(terminal.questions).toEqual([`Cancel the job ${id}?`]);
    expect(terminal.err).toMatch(/^Waiting to hear which job was made\. .*\nSubmitted bt_/);
    expect(terminal.err).toContain(`pipai cancel ${id}`);
  });

  it('does so also where the job is not watched, and tells how to cancel it', async () => {
    const terminal = await impatient(false);
    expect(await run(['submit', ...FLAGS], terminal)).toBe(130);
    const [{ id } = { id: 'none' }] = await desk.trader.list();
    expect([terminal.out, terminal.questions]).toEqual([`${id}\n`, []]);
    expect(terminal.err).toContain(`To cancel it: pipai cancel ${id}\n`);
  });

  it('tells how the job ended where that was before the answer', async () => {
    const { id, code, terminal } = await interrupted(async (job) => {
      await desk.complete(job, await desk.work(job, 0.5));
      return true;
    });
    expect(code).toBe(0);
    expect(terminal.err).toContain(`Too late to cancel ${id}: it is done.\n`);
    expect(terminal.out).toContain('Sharpe');
  });
});

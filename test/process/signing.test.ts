import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FIRST_BACKTEST, curlCommand } from '../../src/local/curl-command.ts';
import { ROOT } from '../../src/local/paths.ts';
import { overheard } from './overheard.ts';

const KEY = { api_key: 'pk_1_demo_0123', api_secret: 'a secret' };

function sign(args: string[], env: Record<string, string>) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${ROOT}src/local/sign.ts`, ...args], {
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

function hmac(message: string): string {
  return createHmac('sha256', KEY.api_secret).update(message).digest('hex');
}

describe('npm run sign', () => {
  const env = { PIPAI_API_KEY: KEY.api_key, PIPAI_API_SECRET: KEY.api_secret };

  it('prints the three headers of a request, one a line', () => {
    const body = '{"reason":"ü"}';
    const { status, stdout, stderr } = sign(['post', '/v1/x?y=1', body], env);
    expect([status, stderr]).toEqual([0, '']);
    const [key, timestamp, signature, ...rest] = stdout.split('\n');
    expect(key).toBe(`X-PipAI-API-Key: ${KEY.api_key}`);
    const ms = timestamp?.replace('X-PipAI-Timestamp: ', '') ?? '';
    expect(Math.abs(Date.now() - Number(ms))).toBeLessThan(30_000);
    expect(signature).toBe(`X-PipAI-Signature: ${hmac(`${ms}POST/v1/x?y=1${body}`)}`);
    expect(rest).toEqual(['']);
  });

  it.each([
    [[], 'METHOD and TARGET are needed.'],
    [['GET', 'http://127.0.0.1/v1/x'], 'TARGET begins with a slash'],
    [['GET /v1/x', '/'], 'GET /v1/x is no HTTP method.'],
    [['POST', '/v1/x', '{"reason":', '"x"}'], 'There are more than three arguments'],
  ])('refuses %j, and says how it is used', (args, message) => {
    const { status, stdout, stderr } = sign(args, env);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: npm run -s sign');
  });

  it('wants both halves of a key', () => {
    const { status, stderr } = sign(['GET', '/'], { PIPAI_API_KEY: 'pk' });
    expect([status, stderr]).toEqual([1, 'Set both PIPAI_API_KEY and PIPAI_API_SECRET, or neither.\n']);
  });
});

/** A checkout of its own, with the key that `npm start` makes, in a directory whose name wants quoting. */
function checkout(): string {
  const directory = mkdtempSync(join(tmpdir(), "pipai it's "));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  for (const name of ['package.json', 'src']) {
    cpSync(ROOT + name, join(directory, name), { recursive: true });
  }
  symlinkSync(`${ROOT}node_modules`, join(directory, 'node_modules'));
  writeFileSync(join(directory, '.dev.key.json'), JSON.stringify(KEY));
  return directory;
}

/** A directory with a `curl` that sends nothing: it prints its arguments, and then what it is given to read. */
function printingCurl(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pipai-curl-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const curl = join(directory, 'curl');
  writeFileSync(curl, '#!/bin/sh\nprintf "%s\\n" "$@"\ncat\n');
  chmodSync(curl, 0o755);
  return directory;
}

describe('The curl command that npm start prints', () => {
  /** Pastes the command into a shell that has another key in its environment. */
  function pasted(path = process.env.PATH ?? '') {
    const command = curlCommand('http://127.0.0.1:1', checkout());
    const env = { ...process.env, PIPAI_API_KEY: 'pk_other', PIPAI_API_SECRET: 'x', PATH: path };
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8', env, cwd: tmpdir() });
    return { command, stdout, stderr };
  }

  it('signs what it sends with the demo key, wherever it is pasted', () => {
    const { stdout, stderr } = pasted(`${printingCurl()}:${process.env.PATH ?? ''}`);
    expect(stderr).toBe('');
    const body = JSON.stringify(FIRST_BACKTEST);
    const ms = /X-PipAI-Timestamp: ([0-9]+)/.exec(stdout)?.[1] ?? '';
    expect(Math.abs(Date.now() - Number(ms))).toBeLessThan(30_000);
    expect(stdout.split('\n')).toEqual([
      '-sS',
      '-H',
      '@-',
      '-H',
      'Content-Type: application/json',
      '--data-raw',
      body,
      'http://127.0.0.1:1/v1/backtest/jobs',
      `X-PipAI-API-Key: ${KEY.api_key}`,
      `X-PipAI-Timestamp: ${ms}`,
      `X-PipAI-Signature: ${hmac(`${ms}POST/v1/backtest/jobs${body}`)}`,
      '',
      '',
    ]);
  });

  it('shows the secret neither to whom it is pasted before, nor to whom lists the processes', () => {
    const { path, notes } = overheard(['npm', 'openssl', 'curl']);
    const { command } = pasted(path);
    expect(command).not.toContain(KEY.api_secret);
    expect(notes()).toMatch(/^npm /m);
    expect(notes()).toMatch(/^curl /m);
    expect(notes()).not.toContain(KEY.api_secret);
  });
});

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectStatus, sendAsAdmin } from '../../src/local/client.ts';
import { isHealthy } from '../../src/local/health.ts';
import { ROOT } from '../../src/local/paths.ts';
import { until } from '../../src/local/poll.ts';
import { freePort } from '../../src/local/ports.ts';
import { throwAway } from '../../src/local/throw-away.ts';
import { processesMentioning } from './stage.ts';

const ADMIN_TOKEN = 'given-on-the-command-line';

interface Dev {
  readonly url: string;
  readonly process: ChildProcess;
  /** Resolves with the exit code, null after SIGKILL. */
  readonly ended: Promise<number | null>;
  /** Command lines of what runs for it. */
  readonly processes: () => string[];
  readonly persistTo: string;
}

/** Runs `dev.ts` with flags of its user's, and waits until the service answers. */
async function dev(): Promise<Dev> {
  const { persistTo, remove } = throwAway();
  const port = String(await freePort());
  const flags = ['--port', port, '--persist-to', persistTo, '--var', `ADMIN_TOKEN:${ADMIN_TOKEN}`];
  const child = spawn(process.execPath, [`${ROOT}src/local/dev.ts`, ...flags], { stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      resolve(code);
    });
  });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
    remove();
  });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => ((await isHealthy(url)) ? true : null), {
    what: 'the service to answer',
    atMostMs: 60_000,
  });
  return {
    url,
    process: child,
    ended,
    processes: () => processesMentioning(persistTo, `127.0.0.1:${port}`),
    persistTo,
  };
}

describe('npm run dev', () => {
  it('passes flags on, and ends with everything it started when told to', async () => {
    const running = await dev();
    const order = { max_running_jobs: 1 };
    const answer = await sendAsAdmin(running.url, ADMIN_TOKEN, 'PUT', '/v1/admin/accounts/dev', order);
    expectStatus(answer, 200, 'The token given as --var');
    expect(existsSync(running.persistTo)).toBe(true);
    expect(running.processes()).not.toEqual([]);

    running.process.kill('SIGTERM');
    expect(await running.ended).toBe(143);
    expect(running.processes()).toEqual([]);
  });

  it('leaves nothing behind when it is killed', async () => {
    const running = await dev();
    running.process.kill('SIGKILL');
    await until(() => (running.processes().length === 0 ? true : null), {
      what: 'the service to be gone',
      atMostMs: 5000,
    });
  });
});

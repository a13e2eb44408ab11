import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request as ask, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { expectStatus, sendAsAdmin, signatureHeaders } from '../../src/local/client.ts';
import { isHealthy } from '../../src/local/health.ts';
import { ROOT } from '../../src/local/paths.ts';
import { mintKey } from '../../src/local/operator.ts';
import { until } from '../../src/local/poll.ts';
import { freePort } from '../../src/local/ports.ts';
import { throwAway } from '../../src/local/throw-away.ts';
import { textWith } from '../support/matchers.ts';
import { chunk, refusalOf, type RawRequest } from './raw-request.ts';
import { processesMentioning } from './stage.ts';

const ADMIN_TOKEN = 'given-on-the-command-line';
const STARTED_WITHIN_MS = 70_000;

interface Dev {
  readonly url: string;
  readonly process: ChildProcess;
  /** Resolves with the exit code, null after SIGKILL. */
  readonly ended: Promise<number | null>;
  /** Command lines of what runs for it. */
  readonly processes: () => string[];
  readonly persistTo: string;
  /** Ends it where it still runs, and removes its store. */
  readonly close: () => Promise<void>;
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
  const close = async () => {
    child.kill('SIGTERM');
    await ended;
    remove();
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await until(async () => ((await isHealthy(url)) ? true : null), {
      what: 'the service to answer',
      atMostMs: 60_000,
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    process: child,
    ended,
    processes: () => processesMentioning(persistTo, `127.0.0.1:${port}`),
    persistTo,
    close,
  };
}

describe('npm run dev', () => {
  let running: Dev;
  beforeAll(async () => {
    running = await dev();
    return running.close;
  }, STARTED_WITHIN_MS);

  it('passes flags on', async () => {
    const order = { max_running_jobs: 1 };
    const answer = await sendAsAdmin(running.url, ADMIN_TOKEN, 'PUT', '/v1/admin/accounts/dev', order);
    expectStatus(answer, 200, 'The token given as --var');
    expect(existsSync(running.persistTo)).toBe(true);
    expect(running.processes()).not.toEqual([]);
  });

  describe('refuses a request before its body is there', () => {
    const token = { Authorization: `Bearer ${ADMIN_TOKEN}` };
    const long = { 'Content-Length': '100000000' };
    const piecemeal = { 'Transfer-Encoding': 'chunked' };
    const JOBS = '/v1/backtest/jobs';
    const DUMP = '/v1/admin/candles/BTCUSDT/1h';
    const TOO_LARGE = '413 PAYLOAD_TOO_LARGE';

    it.each<RawRequest & { answer: string }>([
      { method: 'POST', target: JOBS, headers: long, answer: TOO_LARGE },
      { method: 'GET', target: JOBS, headers: long, answer: TOO_LARGE },
      { method: 'POST', target: '/v1/worker/jobs/bt_000000/complete', headers: long, answer: TOO_LARGE },
      { method: 'GET', target: '/v1/admin/keys', headers: { ...token, ...long }, answer: TOO_LARGE },
      { method: 'DELETE', target: '/v1/admin/keys/some', headers: { ...token, ...long }, answer: TOO_LARGE },
      { method: 'PUT', target: DUMP, headers: { ...token, ...long }, answer: TOO_LARGE },
      { method: 'PUT', target: DUMP, headers: long, answer: '401 UNAUTHORIZED' },
      { method: 'POST', target: '/v1/nowhere', headers: long, answer: '404 NOT_FOUND' },
      { method: 'PUT', target: JOBS, headers: long, answer: '405 METHOD_NOT_ALLOWED' },
      { method: 'PUT', target: DUMP, headers: piecemeal, sent: chunk(1000), answer: '401 UNAUTHORIZED' },
      { method: 'POST', target: JOBS, headers: piecemeal, sent: chunk(65_537), answer: TOO_LARGE },
    ])('$method $target with $headers: $answer', async ({ answer, ...request }) => {
      expect(await refusalOf(running.url, request)).toBe(answer);
    });
  });

  describe('is heard when it refuses', () => {
    const TOO_MANY = [
      { bytes: 65_537, times: 100 },
      { bytes: 2_000_000, times: 20 },
      { bytes: 40_000_000, times: 3 },
    ];
    const request = { method: 'POST', target: '/v1/backtest/jobs' };

    it.each(TOO_MANY)('by who listens while sending $bytes bytes', async ({ bytes, times }) => {
      const body = new Uint8Array(bytes);
      for (let sent = 0; sent < times; sent += 1) {
        const answer = await fetch(`${running.url}${request.target}`, { ...request, body });
        expect([answer.status, await answer.text()]).toEqual([413, textWith('PAYLOAD_TOO_LARGE')]);
      }
    });

    it.each(TOO_MANY)('by who listens after sending $bytes bytes', async ({ bytes, times }) => {
      const headers = { 'Content-Length': String(bytes) };
      for (let sent = 0; sent < times; sent += 1) {
        const refusal = await refusalOf(running.url, { ...request, headers, sent: ' '.repeat(bytes) });
        expect(refusal).toBe('413 PAYLOAD_TOO_LARGE');
      }
    });
  });

  it('gives the whole answer to a GET whose body nobody reads', async () => {
    const url = `${running.url}/openapi.json`;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      ask(url, { headers: { 'Content-Length': '4' } }, resolve)
        .on('error', reject)
        .end('text');
    });
    expect(await text(answer)).toBe(await (await fetch(url)).text());
  });

  it.each([
    ['text/plain', '415 UNSUPPORTED_MEDIA_TYPE'],
    ['application/json', '200'],
  ])('answers a signed GET with a body of %s: %s', async (type, answer) => {
    const request = { method: 'GET', target: '/v1/backtest/templates' };
    const signature = signatureHeaders(await mintKey(running.url, ADMIN_TOKEN, 'dev'), {
      ...request,
      body: '{}',
    });
    const headers = { ...signature, 'Content-Type': type, 'Content-Length': '2' };
    expect(await refusalOf(running.url, { ...request, headers, sent: '{}' })).toBe(answer);
  });

  it('ends with everything it started when told to', async () => {
    running.process.kill('SIGTERM');
    expect(await running.ended).toBe(143);
    expect(running.processes()).toEqual([]);
  });

  it('leaves nothing behind when it is killed', async () => {
    const other = await dev();
    onTestFinished(other.close);
    other.process.kill('SIGKILL');
    await until(() => (other.processes().length === 0 ? true : null), {
      what: 'the service to be gone',
      atMostMs: 5000,
    });
  });
});

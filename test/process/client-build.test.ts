import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../../src/local/paths.ts';

/** The client as its users elsewhere get it: one small file that needs nothing but the web's own functions. */

const LIMIT_BYTES = 10_000;
const BUILT_WITHIN_MS = 120_000;
const SECRET = 'a secret';

let built = '';

beforeAll(() => {
  built = mkdtempSync(join(tmpdir(), 'pipai-client-'));
  const { status, stderr } = spawnSync(process.execPath, [`${ROOT}src/local/build/client.ts`, built], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return () => {
    rmSync(built, { recursive: true });
  };
}, BUILT_WITHIN_MS);

/** The machine's own Node, which may be older than that of our dependencies. */
function plainNode(): string {
  const places = (process.env.PATH ?? '').split(':').filter((place) => !place.includes('node_modules'));
  return places.map((place) => join(place, 'node')).find(existsSync) ?? process.execPath;
}

/** A project far from the checkout that has nothing but the built client installed. */
function project(file: string, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'pipai-user-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  cpSync(built, join(directory, 'node_modules/pipai-backtest'), { recursive: true });
  writeFileSync(join(directory, file), text);
  return directory;
}

describe('npm run client:build', () => {
  const code = () => readFileSync(join(built, 'client.js'), 'utf8');

  it(`makes one module, smaller than ${String(LIMIT_BYTES)} bytes`, () => {
    expect(readdirSync(built).sort()).toEqual(['client.d.ts', 'client.js', 'package.json']);
    expect(Buffer.byteLength(code())).toBeLessThan(LIMIT_BYTES);
  });

  it('that imports nothing, and knows nothing of Node', () => {
    expect(code()).not.toMatch(/\bimport\b|\brequire\b/);
    expect(code()).not.toMatch(/node:|\bprocess\b|\bBuffer\b|\b__dirname\b/);
    expect(code()).toMatch(/export\s*\{/);
  });

  it('that signs, retries and follows events in a plain Node, and leaves nothing running', async () => {
    const { url, seen } = await standIn();
    const directory = project('use.mjs', USE);
    const child = spawn(plainNode(), ['use.mjs', url], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => {
      child.kill();
    });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([
      ['bt_000000', 'queued'],
      ['1', 'running'],
      ['2', 'cancelled'],
      ['PipaiError', 'INVALID_STATE', 409, 'Too late.', 'req-1'],
    ]);
    expect(seen).toEqual([
      'POST /v1/backtest/jobs {"capital":"1"}',
      'POST /v1/backtest/jobs {"capital":"1"}',
      'GET /v1/backtest/jobs/bt_000000/events ',
      'GET /v1/backtest/jobs/bt_000000/events after 1 ',
      'POST /v1/backtest/jobs/bt_000000/cancel {"reason":"ü"}',
    ]);
  });

  it('with types that need nothing else, and know what a request takes', () => {
    const directory = project('use.mts', TYPED_USE);
    const flags = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext'];
    const compiler = `${ROOT}node_modules/typescript/bin/tsc`;
    const { stdout } = spawnSync(process.execPath, [compiler, ...flags, 'use.mts'], {
      cwd: directory,
      encoding: 'utf8',
    });
    expect(stdout.split('\n').map((line) => line.replace(/:.*/, ''))).toEqual(['use.mts(14,35)', '']);
    expect(stdout).toContain("Type 'number' is not assignable to type 'string'");
  });
});

const TYPED_USE = `
import { PipaiClient, PipaiError, type CreateJobRequest, type Job } from 'pipai-backtest/client';
const client = new PipaiClient({ url: 'https://pipai.example', apiKey: 'pk', apiSecret: 's' });
const request: CreateJobRequest = {
  template_id: 'tpl_grid', params: { grid_levels: 20, upper_price: '2', lower_price: '1' }, symbols: ['BTCUSDT'],
  timeframe: '1h', start: '2025-01-01T00:00:00Z', end: '2025-01-31T23:00:00Z', capital: '10000',
};
const job: Job = await client.create(request);
export const equity: string | undefined = job.result?.equity_curve[0]?.[1];
for await (const { job: now } of client.events(job.id)) {
  if (now.error?.code === 'DATA_UNAVAILABLE') throw new PipaiError('NETWORK', now.error.message);
}
export const isOver: boolean = job.status === 'cancelled';
await client.create({ ...request, capital: 1 });
`;

const USE = `
import { PipaiClient } from 'pipai-backtest/client';
const client = new PipaiClient({ url: process.argv[2], apiKey: 'pk', apiSecret: ${JSON.stringify(SECRET)}, random: () => 0 });
const said = [];
const job = await client.create({ capital: '1' });
said.push([job.id, job.status]);
for await (const event of client.events(job.id)) said.push([event.id, event.job.status]);
await client.cancel(job.id, { reason: 'ü' }).catch((error) => {
  said.push([error.name, error.code, error.status, error.message, error.requestId]);
});
console.log(JSON.stringify(said));
`;

/** A server that stands in for the service: it checks each signature, drops the first request, and ends the first stream early. */
async function standIn(): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const job = (status: string) => JSON.stringify({ id: 'bt_000000', status });
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const after = request.headers['last-event-id'];
      const target = `${request.method ?? ''} ${request.url ?? ''}${after === undefined ? '' : ` after ${String(after)}`}`;
      seen.push(`${target} ${body}`);
      if (!isSigned(request, body)) {
        response.writeHead(401).end('forged');
      } else if (seen.length === 1) {
        request.socket.destroy();
      } else if (request.url?.endsWith('/events') === true) {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        const [id, status] = after === undefined ? ['1', 'running'] : ['2', 'cancelled'];
        response.end(`event: job\nid: ${id}\ndata: ${job(status)}\n\n`);
      } else if (request.url?.endsWith('/cancel') === true) {
        const error = { code: 'INVALID_STATE', message: 'Too late.', request_id: 'req-1' };
        response.writeHead(409, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error }));
      } else {
        response.writeHead(201, { 'Content-Type': 'application/json' }).end(job('queued'));
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return { url: `http://127.0.0.1:${String(address.port)}`, seen };
}

function isSigned(request: IncomingMessage, body: string): boolean {
  const message = `${String(request.headers['x-pipai-timestamp'])}${request.method ?? ''}${request.url ?? ''}${body}`;
  const signature = createHmac('sha256', SECRET).update(message).digest('hex');
  return request.headers['x-pipai-signature'] === signature;
}

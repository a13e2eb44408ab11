import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../../src/local/paths.ts';

/** The client as its users get it: one small file that needs nothing but the web's own functions. */

const LIMIT_BYTES = 10_000;
const SECRET = 'a secret';

async function bundle(): Promise<string> {
  const { outputFiles, warnings } = await build({
    entryPoints: [`${ROOT}src/client/index.ts`],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  return outputFiles.map((file) => file.text).join('');
}

describe('the bundled client', () => {
  it(`is smaller than ${String(LIMIT_BYTES)} bytes`, async () => {
    expect(Buffer.byteLength(await bundle())).toBeLessThan(LIMIT_BYTES);
  });

  it('imports nothing, and knows nothing of Node', async () => {
    const code = await bundle();
    expect(code).not.toMatch(/\bimport\b|\brequire\b/);
    expect(code).not.toMatch(/node:|\bprocess\b|\bBuffer\b|\b__dirname\b/);
    expect(code).toMatch(/export\s*\{/);
  });

  it('signs, retries and follows events in a plain Node, and leaves nothing running', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pipai-client-'));
    onTestFinished(() => {
      rmSync(directory, { recursive: true });
    });
    writeFileSync(join(directory, 'client.mjs'), await bundle());
    writeFileSync(join(directory, 'use.mjs'), USE);
    const { url, seen } = await standIn();
    const child = spawn(process.execPath, [join(directory, 'use.mjs'), url], {
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
});

const USE = `
import { PipaiClient } from './client.mjs';
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

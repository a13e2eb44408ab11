import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../src/local/ports.ts';
import { findRunning, forgetRunning, noteRunning } from '../../src/local/running.ts';

let path: string;

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'pipai-'));
  path = join(directory, 'state', 'running.json');
  return () => {
    rmSync(directory, { recursive: true });
  };
});

async function healthyService(): Promise<string> {
  const port = await freePort();
  const server = createServer((_, response) => response.end('{"status":"ok"}')).listen(port, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${String(port)}`;
}

describe('The note of what runs on the common store', () => {
  it('is found as long as the service answers', async () => {
    expect(await findRunning(path)).toBeNull();
    const url = await healthyService();
    noteRunning(path, url);
    expect(await findRunning(path)).toBe(url);
    forgetRunning(path);
    expect(await findRunning(path)).toBeNull();
  });

  it('means nothing once its process is gone, or its service, or its form', async () => {
    noteRunning(path, `http://127.0.0.1:${String(await freePort())}`);
    expect(await findRunning(path)).toBeNull();
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(path, JSON.stringify({ pid, url: await healthyService() }));
    expect(await findRunning(path)).toBeNull();
    writeFileSync(path, '{"pid":');
    expect(await findRunning(path)).toBeNull();
  });
});

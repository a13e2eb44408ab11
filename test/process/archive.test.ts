import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ROOT } from '../../src/local/paths.ts';
import { freePort } from '../../src/local/ports.ts';
import { Service } from '../../src/local/service.ts';
import { throwAway, type ThrowAway } from '../../src/local/throw-away.ts';

/** A month of hourly candles as the archive keeps it: a ZIP of one CSV, microseconds from 2025 on. */
function monthOf(symbol: string, month: string): Buffer {
  const start = Date.parse(`${month}-01T00:00:00Z`);
  const end = new Date(start).setUTCMonth(new Date(start).getUTCMonth() + 1);
  const unit = month >= '2025' ? '000' : '';
  const rows: string[] = [];
  for (let time = start; time < end; time += 3_600_000) {
    const price = (60_000 + ((time / 3_600_000) % 700)).toFixed(2);
    const close = `${String(time + 3_599_999)}${unit === '' ? '' : '999'}`;
    rows.push(
      `${String(time)}${unit},${price},${price},${price},${price},1.5,${close},90000.0,10,0.7,42000.0,0`,
    );
  }
  const name = `${symbol}-1h-${month}.csv`;
  return Buffer.from(zipSync({ [name]: Buffer.from(`${rows.join('\n')}\n`) }, { mtime: '2025-02-01' }));
}

/** An archive of the public one's layout on this machine, and what was asked of it. */
interface Archive {
  readonly url: string;
  readonly asked: string[];
  /** How it answers for a file, once each, in place of the right answer. */
  readonly faults: ((request: IncomingMessage, response: ServerResponse, body: Buffer) => void)[];
}

const PATH = /^\/data\/spot\/monthly\/klines\/BTCUSDT\/1h\/BTCUSDT-1h-(20\d\d-\d\d)\.zip(\.CHECKSUM)?$/;
const MONTHS = ['2024-11', '2024-12', '2025-01'];

async function openArchive(): Promise<Archive> {
  const asked: string[] = [];
  const faults: Archive['faults'] = [];
  const server = createServer((request, response) => {
    const [, month = '', checksum] = PATH.exec(request.url ?? '') ?? [];
    asked.push(`${month}${checksum ?? ''} ${request.headers.range ?? ''}`.trim());
    if (!MONTHS.includes(month)) {
      response.writeHead(404).end();
      return;
    }
    const body = monthOf('BTCUSDT', month);
    if (checksum !== undefined) {
      const digest = createHash('sha256').update(body).digest('hex');
      response.end(`${digest}  BTCUSDT-1h-${month}.zip\n`);
      return;
    }
    const fault = faults.shift();
    if (fault !== undefined) fault(request, response, body);
    else serve(request, response, body);
  });
  const port = await freePort();
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${String(port)}`, asked, faults };
}

function serve(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from >= body.length) response.writeHead(416).end();
  else
    response
      .writeHead(from > 0 ? 206 : 200, { 'Content-Length': body.length - from })
      .end(body.subarray(from));
}

/** Sends the first 1000 bytes, and cuts the connection once they have arrived in `file`. */
function cutOffOnce(file: string): Archive['faults'][number] {
  return (_, response, body) => {
    response.writeHead(200, { 'Content-Length': body.length });
    response.write(body.subarray(0, 1000));
    void vi
      .waitUntil(() => existsSync(file) && statSync(file).size === 1000, { timeout: 10_000, interval: 10 })
      .finally(() => response.destroy());
  };
}

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pipai-archive-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  return directory;
}

let place: ThrowAway;
let service: Service;

beforeAll(async () => {
  place = throwAway();
  const { persistTo, envFile } = place;
  service = new Service({ port: await freePort(), persistTo, envFile, output: 'pipe' });
  await service.ready();
});

afterAll(async () => {
  await service.stop();
  place.remove();
});

async function fetchCandles(
  archive: Archive,
  dir: string,
  ...words: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = { ...process.env, PIPAI_URL: service.url, PIPAI_ADMIN_TOKEN: place.adminToken };
  const script = `${ROOT}src/local/archive/fetch.ts`;
  const child = spawn(process.execPath, [script, '--archive', archive.url, '--dir', dir, ...words], { env });
  const seen = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (seen.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (seen.stderr += chunk.toString()));
  const code = await new Promise<number | null>((ended) => child.once('close', ended));
  return { code, ...seen };
}

describe('npm run candles:fetch', () => {
  it('downloads months of both clocks, checks them and loads them', async () => {
    const archive = await openArchive();
    const { code, stdout, stderr } = await fetchCandles(
      archive,
      emptyDirectory(),
      'BTCUSDT',
      '1h',
      '2024-11',
      '2025-01',
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('2024-11 downloaded, 720 bars, 0 missing');
    expect(stdout).toContain('2025-01 downloaded, 744 bars, 0 missing');
    expect(stdout).toMatch(/2024-12 .* 33\.3 %[^]*done .* 100\.0 %/);
    expect(archive.asked).toEqual(MONTHS.flatMap((month) => [`${month}.CHECKSUM`, month]));
  });

  it('keeps what it has, and goes on where a download was cut off', async () => {
    const archive = await openArchive();
    const dir = emptyDirectory();
    archive.faults.push(cutOffOnce(join(dir, 'BTCUSDT-1h-2024-12.zip.part')));
    expect((await fetchCandles(archive, dir, 'BTCUSDT', '1h', '2024-12')).code).toBe(0);
    expect(archive.asked).toEqual(['2024-12.CHECKSUM', '2024-12', '2024-12 bytes=1000-']);
    archive.asked.length = 0;
    const again = await fetchCandles(archive, dir, 'BTCUSDT', '1h', '2024-12');
    expect(again.stdout).toContain('2024-12 kept, 744 bars');
    expect(archive.asked).toEqual(['2024-12.CHECKSUM']);
    expect(readFileSync(join(dir, 'BTCUSDT-1h-2024-12.zip'))).toEqual(monthOf('BTCUSDT', '2024-12'));
  });

  it('goes on in a later run with what an earlier one left', async () => {
    const archive = await openArchive();
    const dir = emptyDirectory();
    writeFileSync(join(dir, 'BTCUSDT-1h-2024-12.zip.part'), monthOf('BTCUSDT', '2024-12').subarray(0, 500));
    expect((await fetchCandles(archive, dir, 'BTCUSDT', '1h', '2024-12')).code).toBe(0);
    expect(archive.asked).toEqual(['2024-12.CHECKSUM', '2024-12 bytes=500-']);
  });

  it('begins anew where the archive knows no ranges, or what was left is of another file', async () => {
    const archive = await openArchive();
    const dir = emptyDirectory();
    const part = join(dir, 'BTCUSDT-1h-2024-12.zip.part');
    writeFileSync(part, 'something else');
    expect((await fetchCandles(archive, dir, 'BTCUSDT', '1h', '2024-12')).code).toBe(0);
    expect(archive.asked).toEqual(['2024-12.CHECKSUM', '2024-12 bytes=14-', '2024-12']);
    rmSync(join(dir, 'BTCUSDT-1h-2024-12.zip'));
    writeFileSync(part, 'something else');
    archive.faults.push((_, response, body) => response.writeHead(200).end(body));
    expect((await fetchCandles(archive, dir, 'BTCUSDT', '1h', '2024-12')).code).toBe(0);
  });

  it('loads nothing whose checksum is wrong', async () => {
    const archive = await openArchive();
    const dir = emptyDirectory();
    const damaged = (_: IncomingMessage, response: ServerResponse, body: Buffer) => {
      response.end(Buffer.concat([body.subarray(0, -1), Buffer.from('x')]));
    };
    archive.faults.push(damaged, damaged);
    const { code, stdout, stderr } = await fetchCandles(archive, dir, 'BTCUSDT', '1h', '2024-12');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('does not have the bytes its checksum is of'),
    ]);
    expect(stdout).not.toContain('bars');
    expect(existsSync(join(dir, 'BTCUSDT-1h-2024-12.zip'))).toBe(false);
  });

  it('tries again an archive that is busy, and loads what there is around a month that is absent', async () => {
    const archive = await openArchive();
    archive.faults.push((_, response) => response.writeHead(503).end());
    const { code, stdout, stderr } = await fetchCandles(
      archive,
      emptyDirectory(),
      'BTCUSDT',
      '1h',
      '2025-01',
      '2025-02',
    );
    expect(code).toBe(1);
    expect(stdout).toContain('2025-01 downloaded, 744 bars');
    expect(stderr).toBe('The archive has no BTCUSDT 1h of 2025-02.\n');
  });

  it.each([
    [['btcusdt', '1h', '2024-01'], 'SYMBOL is 2-20 characters'],
    [['BTCUSDT', '2h', '2024-01'], 'TIMEFRAME is one of 1m, 5m'],
    [['BTCUSDT', '1h'], 'FROM is a month such as 2024-01, not ""'],
    [['BTCUSDT', '1h', '2024-13'], 'FROM is a month'],
    [['BTCUSDT', '1h', '2024-02', '2024-01'], 'TO is before FROM'],
    [['BTCUSDT', '1h', '2024-01', '2024-02', 'x'], 'a word too many: x'],
  ])('refuses %j and says how it is used', async (words, message) => {
    const archive = await openArchive();
    const { code, stderr } = await fetchCandles(archive, emptyDirectory(), ...words);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: npm run candles:fetch');
    expect(archive.asked).toEqual([]);
  });
});

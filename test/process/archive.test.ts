import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ROOT } from '../../src/local/paths.ts';
import { freePort } from '../../src/local/ports.ts';
import { Service } from '../../src/local/service.ts';
import { throwAway, type ThrowAway } from '../../src/local/throw-away.ts';

/** Symbols whose prices are finer than 0.01, one for each test that loads them: they keep the tick they were loaded with. */
const FINE = ['DOGEUSDT', 'DOGEEUR'];

/** A month of hourly candles as the archive keeps it: a ZIP of one CSV, microseconds from 2025 on. */
function monthOf(symbol: string, month: string): Buffer {
  const start = Date.parse(`${month}-01T00:00:00Z`);
  const end = new Date(start).setUTCMonth(new Date(start).getUTCMonth() + 1);
  const unit = month >= '2025' ? '000' : '';
  const rows: string[] = [];
  for (let time = start; time < end; time += 3_600_000) {
    const cents = 60_000 + ((time / 3_600_000) % 700);
    const price = FINE.includes(symbol) ? (cents / 100_000).toFixed(5) : cents.toFixed(2);
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

const PATH =
  /^\/data\/spot\/monthly\/klines\/(BTCUSDT|DOGEUSDT|DOGEEUR)\/1h\/\1-1h-(20\d\d-\d\d)\.zip(\.CHECKSUM)?$/;
const MONTHS = ['2024-11', '2024-12', '2025-01'];

async function openArchive(): Promise<Archive> {
  const asked: string[] = [];
  const faults: Archive['faults'] = [];
  const server = createServer((request, response) => {
    const [, symbol = '', month = '', checksum] = PATH.exec(request.url ?? '') ?? [];
    asked.push(`${month}${checksum ?? ''} ${request.headers.range ?? ''}`.trim());
    if (!MONTHS.includes(month)) {
      response.writeHead(404).end();
      return;
    }
    const body = monthOf(symbol, month);
    if (checksum !== undefined) {
      const digest = createHash('sha256').update(body).digest('hex');
      response.end(`${digest}  ${symbol}-1h-${month}.zip\n`);
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

/** What a run of the script left. */
interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
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

/** Stands before the service, and notes what is asked of it. */
async function openGateway(): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    asked.push(`${method} ${url}`);
    const onwards = ask(service.url + url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onwards);
  });
  const port = await freePort();
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${String(port)}`, asked };
}

function fetchCandles(archive: Archive, dir: string, ...words: string[]): Promise<Run> {
  return fetchInto(service.url, archive, dir, ...words);
}

async function fetchInto(url: string, archive: Archive, dir: string, ...words: string[]): Promise<Run> {
  const env = { ...process.env, PIPAI_URL: url, PIPAI_ADMIN_TOKEN: place.adminToken };
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

  it('loads each month with the tick, step and minimum notional it is given', async () => {
    const [archive, gateway] = [await openArchive(), await openGateway()];
    const order = ['DOGEUSDT', '1h', '2024-11', '2024-12'];
    const spec = ['--tick', '0.00001', '--step', '1', '--min-notional', '10'];
    const run = await fetchInto(gateway.url, archive, emptyDirectory(), ...order, ...spec);
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toContain('2024-12 downloaded, 744 bars, 0 missing');
    const put = 'PUT /v1/admin/candles/DOGEUSDT/1h?tick=0.00001&step=1&min_notional=10';
    expect(gateway.asked).toEqual([put, put]);
  });

  it('names its own flags where the service refuses a tick', async () => {
    const [archive, dir] = [await openArchive(), emptyDirectory()];
    const load = (...words: string[]) => fetchCandles(archive, dir, 'DOGEEUR', '1h', ...words);
    const coarse = await load('2025-01', '--tick', '0.01');
    expect(coarse.code).toBe(1);
    expect(coarse.stderr).toMatch(/DOGEEUR-1h-2025-01\.zip: Line 1: .*, such as --tick 0\.00001\n$/);
    const fine = await load('2025-01', '--tick', '0.00000001');
    expect([fine.code, fine.stderr]).toEqual([0, '']);
    const other = await load('2024-12', '--tick', '0.00001');
    expect(other.stderr).toContain('Load it with --tick 0.00000001, or change the tick');
  });

  it.each([
    [['--tick', '0'], '--tick must be greater than 0, and is "0".'],
    [['--step', '1e-5'], '--step must be a decimal string such as "0.05"'],
    [['--min-notional=-1'], '--min-notional must be a decimal string such as "0.05"'],
  ])('refuses %j before it downloads anything', async (flags, message) => {
    const archive = await openArchive();
    const { code, stderr } = await fetchCandles(
      archive,
      emptyDirectory(),
      'DOGEUSDT',
      '1h',
      '2024-12',
      ...flags,
    );
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(archive.asked).toEqual([]);
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

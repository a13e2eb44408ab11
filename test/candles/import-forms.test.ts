import { gzipSync, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { gunzip } from '../../src/candles/gunzip.ts';
import { unpackDump } from '../../src/candles/unpack.ts';
import { at, bytes, chunks, freshSymbol, keysOf, line, loaded, opened, refused, rows } from './support.ts';

const FIRST = at('2024-12-31T23:58:00Z');
const HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore';
const LINES = [
  line(FIRST, '93548.81000000,93576.00000000,93540.00000000,93570.11000000', '9.30152000'),
  line(FIRST + 60, '93570.11000000,93570.12000000,93570.10000000,93570.10000000', '0.00000001'),
];
const BARS = [
  [FIRST, 9354881, 9357600, 9354000, 9357011, 9.30152],
  [FIRST + 60, 9357011, 9357012, 9357010, 9357010, 0.00000001],
];
const plain = LINES.join('\n');
const microseconds = [
  line(FIRST, '93548.81000000,93576.00000000,93540.00000000,93570.11000000', '9.30152000', 1e6),
  line(FIRST + 60, '93570.11000000,93570.12000000,93570.10000000,93570.10000000', '0.00000001', 1e6),
];

/** A ZIP without a comment with one: its length is the last number of the record that ends the directory. */
function commented(zip: Uint8Array, comment: string): Uint8Array {
  const length = Uint8Array.of(comment.length & 0xff, comment.length >> 8);
  return new Uint8Array([...zip.subarray(0, -2), ...length, ...bytes(comment)]);
}

test.each([
  ['plain text', bytes(plain)],
  ['a line end at the end', bytes(`${plain}\n`)],
  ['CRLF line ends and empty lines at the end', bytes(`${LINES.join('\r\n')}\r\n\r\n\n`)],
  ['a header', bytes(`${HEADER}\n${plain}\n`)],
  ['microseconds', bytes(microseconds.join('\n'))],
  ['milliseconds and then microseconds', bytes(`${LINES[0] ?? ''}\n${microseconds[1] ?? ''}`)],
  ['gzip', gzipSync(bytes(plain))],
  ['gzip with a header', gzipSync(bytes(`${HEADER}\n${plain}`))],
  ['a deflated ZIP', zipSync({ 'X-1m-2024-12.csv': bytes(plain) })],
  ['a ZIP with a comment', zipSync({ 'X-1m-2024-12.csv': bytes(plain) }, { comment: 'of the file' })],
  [
    'a ZIP whose comment has the signature of its end',
    commented(zipSync({ 'X-1m-2024-12.csv': bytes(plain) }), `PK\u0005\u0006${'-'.repeat(30)}`),
  ],
])('reads %s', async (_, body) => {
  const symbol = freshSymbol();
  expect(await loaded({ symbol, timeframe: '1m' }, body)).toEqual({
    symbol,
    timeframe: '1m',
    from: '2024-12-31T23:58:00Z',
    to: '2024-12-31T23:59:00Z',
    bars: 2,
    missing: 0,
  });
  const [month] = await chunks(await opened(symbol, '1m'));
  expect(month && rows(month)).toEqual(BARS);
});

test('reads a gzip of more pieces and lines than arrive at once', async () => {
  const symbol = freshSymbol();
  const count = 50_000;
  const start = at('2025-01-01T00:00:00Z');
  const text = Array.from({ length: count }, (_, index) =>
    line(start + index * 60, '10.00,12.50,9.75,11.00', `${String(index)}.25`),
  );
  expect(await loaded({ symbol, timeframe: '1m' }, gzipSync(bytes(text.join('\n'))))).toMatchObject({
    bars: count,
    missing: 0,
    to: '2025-02-04T17:19:00Z',
  });
  const found = await chunks(await opened(symbol, '1m'));
  expect(found.map((month) => month.length)).toEqual([44_640, 5_360]);
  expect(found.flatMap((month) => [...month.volume])).toEqual(text.map((_, index) => index + 0.25));
});

test('counts the bars that are absent between the first and the last', async () => {
  const symbol = freshSymbol();
  const text = [line(FIRST), line(FIRST + 300), line(FIRST + 360)].join('\n');
  expect(await loaded({ symbol, timeframe: '1m' }, bytes(text))).toMatchObject({ bars: 3, missing: 4 });
});

test('keeps volumes of any length as the nearest double', async () => {
  const symbol = freshSymbol();
  const written = [
    '0.1',
    '0.30000000000000004',
    '123456789012345678901.5',
    '1',
    '0.0000000000000000000000000001',
    '0',
  ];
  const text = written.map((volume, index) => line(FIRST + index * 60, undefined, volume));
  await loaded({ symbol, timeframe: '1m' }, bytes(text.join('\n')));
  const found = await chunks(await opened(symbol, '1m'));
  expect(found.flatMap((month) => [...month.volume])).toEqual(written.map(Number));
});

const zipped = zipSync({ 'X.csv': bytes(plain) });
const middle = Math.floor(zipped.length / 2);
/** In the directory of this ZIP, which is 46 bytes and the name long and is followed by 22 more. */
const DIRECTORY = zipped.length - 22 - 46 - 'X.csv'.length;

function withByte(body: Uint8Array, at: number, byte: number): Uint8Array {
  return body.with(at, byte);
}

test.each([
  ['nothing', bytes(''), /no bars/],
  ['only a header', bytes(HEADER), /no bars/],
  ['only empty lines', bytes('\n\n'), /no bars/],
  ['a gzip cut short', gzipSync(bytes(plain)).subarray(0, 60), /does not unpack/],
  ['a gzip with a wrong checksum', gzipSync(bytes(plain)).fill(0, -8, -4), /does not unpack/],
  ['two letters that begin like a ZIP', bytes('PK'), /ZIP is damaged/],
  ['a ZIP cut short', zipped.subarray(0, 90), /ZIP is damaged/],
  ['a ZIP with a directory that points nowhere', withByte(zipped, zipped.length - 3, 0x7f), /ZIP is damaged/],
  ['a ZIP with a flipped bit', withByte(zipped, middle, (zipped[middle] ?? 0) ^ 1), /does not unpack/],
  ['a ZIP of another length', withByte(zipped, DIRECTORY + 24, 1), /does not unpack/],
  ['a ZIP with another checksum', withByte(zipped, DIRECTORY + 16, 1), /does not unpack/],
  ['a ZIP of two files', zipSync({ a: bytes(plain), b: bytes(plain) }), /holds 2 files/],
  ['a ZIP of none', zipSync({}), /holds 0 files/],
  ['a ZIP that does not deflate', zipSync({ a: bytes(plain) }, { level: 0 }), /not deflated/],
])('refuses %s and stores nothing', async (_, body, message) => {
  const symbol = freshSymbol();
  const { line: number, message: told } = await refused({ symbol, timeframe: '1m' }, body);
  expect(told).toMatch(message);
  expect(number).toBeNull();
  expect(await keysOf(symbol)).toEqual([]);
});

test('stops unpacking at its limit', async () => {
  const pieces: number[] = [];
  const unpack = async () => {
    for await (const piece of unpackDump(gzipSync(new Uint8Array(1_000_000)), 100_000))
      pieces.push(piece.length);
  };
  await expect(unpack()).rejects.toThrow('more than 100000 bytes');
  expect(pieces.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(100_000);
});

test('unpacks no further ahead of its reader than a piece', async () => {
  const text = new Uint8Array(2_000_000);
  for (let from = 0; from < text.length; from += 65_536)
    crypto.getRandomValues(text.subarray(from, from + 65_536));
  const packed = gzipSync(text, { level: 1 });
  let given = 0;
  let longestLead = 0;
  const parts = function* () {
    for (let from = 0; from < packed.length; from += 1000) {
      given = Math.min(from + 1000, packed.length);
      yield packed.subarray(from, from + 1000);
    }
  };
  let read = 0;
  for await (const piece of gunzip(parts())) {
    await scheduler.wait(0);
    read += piece.length;
    longestLead = Math.max(longestLead, given - read);
  }
  expect(read).toBe(text.length);
  expect(longestLead).toBeLessThan(100_000);
});

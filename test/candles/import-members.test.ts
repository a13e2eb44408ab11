import { gzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { gunzipMembers } from '../../src/candles/gzip-members.ts';
import { unpackDump } from '../../src/candles/unpack.ts';
import { putCandles } from '../support/candles.ts';
import { at, bytes, chunks, freshSymbol, keysOf, line, opened, times } from './support.ts';

/** Dumps in the forms in which tools write them. */

const FIRST = at('2025-01-01T00:00:00Z');
const HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore';
const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const BOM = '\uFEFF';

function textOf(first: number, count: number): string {
  return times(FIRST + first * 60, count, 60)
    .map((time) => `${line(time)}\n`)
    .join('');
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function gzipOf(text: string): Uint8Array {
  return gzipSync(bytes(text));
}

/** A gzip, its deflated bytes as they are, in whose first line so many headers of a gzip stand. */
function treacherous(headers: number): Uint8Array {
  const names = Array.from({ length: headers }, () => GZIP_HEADER);
  const text = joined(bytes('open_time'), ...names, bytes(`${HEADER.slice(9)}\n${textOf(0, 100)}`));
  return gzipSync(text, { level: 0 });
}

async function importOf(body: Uint8Array) {
  const symbol = freshSymbol();
  return { symbol, answer: await putCandles(symbol, '1m', body) };
}

test.each([
  ['a gzip of two members', joined(gzipOf(textOf(0, 40)), gzipOf(textOf(40, 60)))],
  [
    'a gzip of members that part a line, and of empty ones',
    joined(
      gzipOf(''),
      gzipOf(textOf(0, 100).slice(0, 1234)),
      gzipOf(''),
      gzipOf(textOf(0, 100).slice(1234)),
      gzipOf(''),
    ),
  ],
  ['a gzip of many members', joined(...Array.from({ length: 100 }, (_, row) => gzipOf(textOf(row, 1))))],
  [
    'a gzip with a name in its header, and another',
    joined(gzipSync(bytes(textOf(0, 50)), { filename: 'a.csv', mtime: 0 }), gzipOf(textOf(50, 50))),
  ],
  ['a gzip that seems to hold another', treacherous(1)],
  ['a gzip that seems to hold a hundred', treacherous(100)],
  ['a byte order mark', bytes(`${BOM}${textOf(0, 100)}`)],
  ['a byte order mark before a header', bytes(`${BOM}${HEADER}\r\n${textOf(0, 100)}`)],
  ['a byte order mark in a gzip', gzipOf(`${BOM}${HEADER}\n${textOf(0, 100)}`)],
])('reads %s', async (_, body) => {
  const { symbol, answer } = await importOf(body);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.json).toMatchObject({ bars: 100, missing: 0 });
  const found = await chunks(await opened(symbol, '1m'));
  expect(found.flatMap((month) => [...month.time])).toEqual(times(FIRST, 100, 60));
});

const whole = gzipOf(textOf(0, 50));
const second = gzipOf(textOf(50, 50));

test.each([
  ['a member cut short before another', joined(whole.subarray(0, -9), second)],
  ['a member without its trailer before another', joined(whole.subarray(0, -8), second)],
  ['a second member cut short', joined(whole, second.subarray(0, -1))],
  ['a second member with a wrong checksum', joined(whole, second.with(-8, (second.at(-8) ?? 0) ^ 1))],
  ['something that is no gzip after a member', joined(whole, bytes(textOf(50, 50)))],
])('refuses %s and stores nothing', async (_, body) => {
  const { symbol, answer } = await importOf(body);
  expect(answer.status).toBe(400);
  expect(answer.text).toContain('does not unpack');
  expect(await keysOf(symbol)).toEqual([]);
});

test('what was read of a member before it turned out to go on is not read twice', async () => {
  const text = Uint8Array.from({ length: 400_000 }, (_, at) => (at * at) % 251);
  for (const at of [1000, 150_000, 300_000]) text.set(GZIP_HEADER, at);
  const gzip = joined(gzipSync(text, { level: 0 }), gzipSync(text, { level: 0 }));
  const pieces: Uint8Array[] = [];
  for await (const piece of gunzipMembers(gzip)) pieces.push(piece);
  expect(joined(...pieces)).toEqual(joined(text, text));
});

test('a gzip of members has no more text than any other', async () => {
  const part = gzipSync(new Uint8Array(60_000));
  const read = async () => {
    for await (const piece of unpackDump(joined(part, part), 100_000))
      expect(piece.length).toBeLessThanOrEqual(65_536);
  };
  await expect(read()).rejects.toThrow('more than 100000 bytes');
});

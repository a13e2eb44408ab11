import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { crowdedBucket } from '../support/candles.ts';
import { call, mintKey, send, type Answer } from '../support/client.ts';
import { ANY_TEXT, blamed, codeOf, textWith } from '../support/matchers.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2025-01-01T00:00:00Z');
const TOKEN = `Bearer ${env.ADMIN_TOKEN ?? ''}`;

let symbols = 0;

function freshSymbol(): string {
  symbols += 1;
  return `ROUTE${String(symbols)}USDT`;
}

/** One line of a dump: the bar that opens this many hours after {@link START}. */
function bar(hour: number, prices = '100.00,101.50,99.25,100.75'): string {
  const open = START + hour * HOUR_MS;
  return `${String(open)},${prices},12.5,${String(open + HOUR_MS - 1)},1250.0,42,6.0,600.0,0`;
}

function dump(...lines: string[]): string {
  return `${lines.join('\n')}\n`;
}

async function put(path: string, body: BodyInit, token = TOKEN): Promise<Answer> {
  const headers = { Authorization: token, 'Content-Type': 'text/csv' };
  return await send(`/v1/admin/candles/${path}`, { method: 'PUT', headers, body });
}

async function storedKeys(): Promise<string[]> {
  return (await env.CANDLES.list()).objects.map(({ key, etag }) => `${key} ${etag}`);
}

async function listed(symbol: string): Promise<unknown[]> {
  const answer = await call(await mintKey(['read']), 'GET', '/v1/candles');
  expect(answer.status).toBe(200);
  const { data } = listing.parse(answer.json);
  return data.filter((each) => each.symbol === symbol);
}

const listing = z.strictObject({ data: z.array(z.looseObject({ symbol: z.string() })) });

test('loads a dump and lists what is stored', async () => {
  const symbol = freshSymbol();
  const answer = await put(`${symbol}/1h`, dump(bar(0), bar(1), bar(4)));
  const summary = {
    symbol,
    timeframe: '1h',
    from: '2025-01-01T00:00:00Z',
    to: '2025-01-01T04:00:00Z',
    bars: 3,
    missing: 2,
  };
  expect([answer.status, answer.text]).toEqual([200, JSON.stringify(summary)]);
  expect(await listed(symbol)).toEqual([{ ...summary, source: 'stored' }]);
});

test('takes a dump with a header line', async () => {
  const symbol = freshSymbol();
  const header = 'open_time,open,high,low,close,volume,close_time,quote,count,taker_base,taker_quote,ignore';
  const answer = await put(`${symbol}/1h`, dump(header, bar(0)));
  expect(answer.json).toMatchObject({ bars: 1, missing: 0 });
});

test('takes a dump as gzip', async () => {
  const symbol = freshSymbol();
  const packed = new Response(dump(bar(0), bar(1))).body?.pipeThrough(new CompressionStream('gzip'));
  const answer = await put(`${symbol}/1h`, await new Response(packed ?? null).arrayBuffer());
  expect(answer.json).toMatchObject({ symbol, bars: 2 });
});

test('replaces the span that is loaded again', async () => {
  const symbol = freshSymbol();
  await put(`${symbol}/1h`, dump(bar(0), bar(1), bar(2), bar(3)));
  const again = await put(`${symbol}/1h`, dump(bar(1, '7.00,8.00,6.00,7.50'), bar(3)));
  expect(again.json).toMatchObject({ bars: 2, missing: 1 });
  expect(await listed(symbol)).toMatchObject([{ bars: 3, missing: 1, to: '2025-01-01T03:00:00Z' }]);
});

test('keeps timeframes of a symbol apart', async () => {
  const symbol = freshSymbol();
  await put(`${symbol}/1d`, dump(bar(0), bar(24)));
  await put(`${symbol}/1h`, dump(bar(0)));
  expect(await listed(symbol)).toMatchObject([
    { timeframe: '1h', bars: 1 },
    { timeframe: '1d', bars: 2 },
  ]);
});

test('takes the steps of a symbol from the query', async () => {
  const symbol = freshSymbol();
  const path = `${symbol}/1h?tick=0.25&step=0.1&min_notional=10`;
  expect((await put(path, dump(bar(0, '100.00,101.50,99.25,100.75')))).status).toBe(200);
  const off = await put(`${freshSymbol()}/1h?tick=0.25`, dump(bar(0, '100.10,101.50,99.25,100.75')));
  expect(off.status).toBe(400);
  expect(off.json).toMatchObject({
    error: { details: [{ path: 'body', message: textWith(/^Line 1: .*tick/) }] },
  });
});

describe('a bad line', () => {
  test.each([
    ['that is no number', bar(1).replace('100.00', 'abc')],
    ['whose high is under its low', bar(1, '100.00,99.00,101.00,100.00')],
    ['off the timeframe', bar(1.5)],
    ['out of order', bar(-1)],
    ['that repeats a bar', bar(0)],
    ['of eleven columns', bar(1).replace(/,0$/, '')],
  ])('%s is refused by its number, and nothing is stored', async (_, bad) => {
    const symbol = freshSymbol();
    const before = await storedKeys();
    const answer = await put(`${symbol}/1h`, dump(bar(0), bad, bar(2)));
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({
      error: {
        code: 'INVALID_PARAMETER',
        message: ANY_TEXT,
        details: [{ path: 'body', message: textWith(/^Line 2: ./) }],
        request_id: answer.headers.get('X-Request-Id'),
      },
    });
    expect(await storedKeys()).toEqual(before);
    expect(await listed(symbol)).toEqual([]);
  });

  test('leaves what was stored before as it was', async () => {
    const symbol = freshSymbol();
    await put(`${symbol}/1h`, dump(bar(0), bar(1)));
    const before = [await storedKeys(), await listed(symbol)];
    expect((await put(`${symbol}/1h`, dump(bar(0, '1.00,2.00,1.00,1.50'), 'x'))).status).toBe(400);
    expect([await storedKeys(), await listed(symbol)]).toEqual(before);
  });
});

test('asks to come back where other imports are always first, and stores nothing', async () => {
  const symbol = freshSymbol();
  await put(`${symbol}/1h`, dump(bar(0)));
  const before = await listed(symbol);
  const init = { method: 'PUT', headers: { Authorization: TOKEN }, body: dump(bar(1)) };
  const bindings = { ...env, CANDLES: crowdedBucket().bucket };
  const answer = await send(`/v1/admin/candles/${symbol}/1h`, init, bindings);
  expect([answer.status, codeOf(answer)]).toEqual([503, 'UNAVAILABLE']);
  expect(answer.headers.get('Retry-After')).toBe('1');
  expect(await listed(symbol)).toEqual(before);
});

test.each(['', '\n'])('refuses a dump without bars', async (text) => {
  const answer = await put(`${freshSymbol()}/1h`, text);
  expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_PARAMETER']);
});

test.each([
  ['btcusdt/1h', ['symbol']],
  ['B/1h', ['symbol']],
  [`${'B'.repeat(21)}/1h`, ['symbol']],
  ['BTC-USDT/1h', ['symbol']],
  ['BTCUSDT/2h', ['timeframe']],
  ['BTCUSDT/1H', ['timeframe']],
  ['BTCUSDT/1h?tick=0', ['tick']],
  ['BTCUSDT/1h?tick=-1', ['tick']],
  ['BTCUSDT/1h?step=1e-5', ['step']],
  ['BTCUSDT/1h?min_notional=', ['min_notional']],
  ['BTCUSDT/1h?ticks=1', ['ticks']],
  ['BTCUSDT/1h?tick=1&tick=1', ['tick']],
  ['btc/2h?tick=0&more=1', ['more', 'symbol', 'tick', 'timeframe']],
])('refuses %s, naming all that is wrong, and stores nothing', async (path, blames) => {
  const before = await storedKeys();
  const answer = await put(path, dump(bar(0)));
  expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_PARAMETER']);
  expect(blamed(answer)).toEqual(blames);
  expect(await storedKeys()).toEqual(before);
});

test.each(['', 'Bearer', 'Bearer wrong'])('refuses the token "%s", and stores nothing', async (token) => {
  const before = await storedKeys();
  const answer = await put(`${freshSymbol()}/1h`, dump(bar(0)), token);
  expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHORIZED']);
  expect(await storedKeys()).toEqual(before);
});

test('shows the list to every account, and not unsigned', async () => {
  const symbol = freshSymbol();
  await put(`${symbol}/1h`, dump(bar(0)));
  expect(await listed(symbol)).toHaveLength(1);
  expect(await listed(symbol)).toHaveLength(1);
  expect((await send('/v1/candles')).status).toBe(401);
});

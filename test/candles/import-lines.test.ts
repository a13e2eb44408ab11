import { expect, test } from 'vitest';
import { at, bytes, chunks, freshSymbol, keysOf, line, loaded, opened, refused, rows } from './support.ts';

const T = at('2025-01-31T23:57:00Z');
const GOOD = line(T);
const NEXT = T + 60;

/** The second line with one of its twelve columns, counted from 1, replaced. */
function withColumn(column: number, text: string): string {
  return line(NEXT)
    .split(',')
    .with(column - 1, text)
    .join(',');
}

test.each([
  ['an open time that is no number', withColumn(1, '2025-01-01'), /open time "2025-01-01"/],
  ['a broken open time', withColumn(1, '1738367880000.5'), /whole number/],
  ['a negative open time', withColumn(1, '-60000'), /whole number/],
  ['an open time in seconds', withColumn(1, '1738367881'), /multiple of the timeframe/],
  ['an open time off the timeframe', line(NEXT + 1), /multiple of the timeframe/],
  [
    'an open time off by a microsecond',
    line(NEXT, undefined, undefined, 1e6).replace(/^(\d+)0,/, '$11,'),
    /multiple of/,
  ],
  ['an open time past 32 bits', line(4_294_967_340), /2106/],
  ['the same open time', GOOD, /line before/],
  ['an earlier open time', line(T - 60), /out of order/],
  ['an open price that is no number', withColumn(2, 'abc'), /open price "abc" is not a positive decimal/],
  ['an empty price', withColumn(3, ''), /high price "" is not/],
  ['a price with an exponent', withColumn(4, '1e1'), /low price "1e1" is not/],
  ['a price with two points', withColumn(5, '1.1.1'), /close price/],
  ['a price that ends in a point', withColumn(5, '11.'), /close price/],
  ['a price that begins with a point', withColumn(5, '.5'), /close price/],
  ['a negative price', withColumn(2, '-10.00'), /open price "-10.00" is not a positive/],
  ['a price of 0', withColumn(4, '0.00'), /low price is 0/],
  ['a high under the low', line(NEXT, '10.00,9.00,9.50,10.00'), /high is under the low/],
  ['an open above the high', line(NEXT, '13.00,12.00,9.00,10.00'), /open is outside/],
  ['an open under the low', line(NEXT, '8.00,12.00,9.00,10.00'), /open is outside/],
  ['a close above the high', line(NEXT, '10.00,12.00,9.00,13.00'), /close is outside/],
  ['a close under the low', line(NEXT, '10.00,12.00,9.00,8.00'), /close is outside/],
  [
    'a time in seconds',
    line(NEXT, undefined, undefined, 1),
    /multiple of the timeframe: it seems to be in seconds/,
  ],
  ['numbers in quotes', line(NEXT).replaceAll(/[^,]+/g, '"$&"'), /open time .* is not a whole number/],
  ['a price off the tick', line(NEXT, '10.0012,12.00,9.00,10.00'), /tick 0\.01;.*\?tick=0\.0001$/],
  [
    'a price too large for the tick',
    line(NEXT, '10.00,21474836.48,9.00,10.00'),
    /2147483647 ticks of 0\.01;.*\?tick=/,
  ],
  ['a price beyond all measure', line(NEXT, `10.00,${'9'.repeat(400)},9.00,10.00`), /ticks of 0\.01/],
  ['a negative volume', withColumn(6, '-0.1'), /volume "-0.1" is negative/],
  ['a volume that is no number', withColumn(6, 'NaN'), /volume "NaN"/],
  ['a volume beyond a double', withColumn(6, '9'.repeat(400)), /volume/],
  ['an unused column that is no number', withColumn(12, 'x'), /column 12, "x"/],
  ['an empty unused column', withColumn(9, ''), /column 9, ""/],
  ['eleven columns', line(NEXT).replace(/,0$/, ''), /11 columns/],
  ['thirteen columns', `${line(NEXT)},0`, /13 columns/],
  ['an empty line', '', /1 columns/],
  ['a header that is not the first line', 'a,b,c,d,e,f,g,h,i,j,k,l', /open time "a"/],
  ['a line without end', '1'.repeat(5000), /longer than 4096/],
])('refuses %s by its line number and stores nothing', async (_, bad, message) => {
  const symbol = freshSymbol();
  const text = [GOOD, bad, line(NEXT + 60)].join('\n');
  const told = await refused({ symbol, timeframe: '1m' }, bytes(text));
  expect(told.message).toMatch(message);
  expect(told.line).toBe(2);
  expect(await keysOf(symbol)).toEqual([]);
});

test('counts the header and empty lines as lines', async () => {
  const text = ['a,b,c,d,e,f,g,h,i,j,k,l', GOOD, '', line(NEXT)].join('\n');
  expect(await refused({ symbol: freshSymbol(), timeframe: '1m' }, bytes(text))).toMatchObject({
    ok: false,
    line: 3,
  });
});

test('takes a first line with any number in it for a bar, not for a header', async () => {
  const text = ['x,b,c,d,e,f,g,h,i,j,k,0', GOOD].join('\n');
  expect(await refused({ symbol: freshSymbol(), timeframe: '1m' }, bytes(text))).toMatchObject({
    ok: false,
    line: 1,
  });
});

test('refuses a bad line far into the dump with nothing of the good months stored', async () => {
  const symbol = freshSymbol();
  const months = [line(T), line(T + 60), line(T + 120), line(T + 180), line(T + 240)];
  const outcome = await refused({ symbol, timeframe: '1m' }, bytes([...months, 'x'].join('\n')));
  expect(outcome).toMatchObject({ line: 6 });
  expect(await keysOf(symbol)).toEqual([]);
});

test.each([
  ['0.01', '21474836.47', 0x7fff_ffff],
  ['0.05', '10.15', 203],
  ['0.00000001', '0.00000007', 7],
  ['2.5', '10', 4],
  ['100', '2300.000', 23],
  ['0.10', '1.7', 17],
])('holds prices as whole ticks of %s', async (tick, price, ticks) => {
  const symbol = freshSymbol();
  const text = line(T, `${price},${price},${price},${price}`);
  await loaded({ symbol, timeframe: '1m', spec: { tick } }, bytes(text));
  const [month] = await chunks(await opened(symbol, '1m'));
  expect(month && rows(month)).toEqual([[T, ticks, ticks, ticks, ticks, 1.5]]);
});

test.each([
  ['0.05', '10.12'],
  ['100', '2310'],
  ['0.00000001', '0.000000071'],
])('refuses a price between ticks of %s', async (tick, price) => {
  const text = line(T, `${price},${price},${price},${price}`);
  const told = await refused({ symbol: freshSymbol(), timeframe: '1m', spec: { tick } }, bytes(text));
  expect(told).toMatchObject({ line: 1 });
  expect(told.message).toContain('not a multiple of the tick');
});

test('refuses a tick of more digits than can be counted exactly', async () => {
  const spec = { tick: '123456789012345.12345678' };
  const told = await refused({ symbol: freshSymbol(), timeframe: '1m', spec }, bytes(GOOD));
  expect(told).toMatchObject({ line: null });
  expect(told.message).toContain('too many digits');
});

test('a first line of numbers in quotes is no header', async () => {
  const quoted = line(at('2025-01-01T00:00:00Z')).replaceAll(/[^,]+/g, '"$&"');
  const target = { symbol: freshSymbol(), timeframe: '1h' } as const;
  expect(await refused(target, bytes(quoted))).toMatchObject({ line: 1 });
});

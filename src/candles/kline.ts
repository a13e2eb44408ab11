import type { Bar } from './columns.ts';
import { MAX_TICKS, type PriceScale, parseNumber, parseTicks } from './numbers.ts';

const COLUMNS = 12;
const COMMA = 44;
/** From here on an open time is in microseconds: in milliseconds it would be the year 5138. */
const MICROSECONDS_FROM = 1e14;
/** Below, an open time would be before 1973, and there were no such markets. */
const MILLISECONDS_FROM = 1e11;
const LAST_TIME = 0xffff_ffff;
const PRICES = ['open', 'high', 'low', 'close'] as const;
/** The columns after the volume: close time, quote volume, trades, taker base, taker quote, ignore. */
const FIRST_UNUSED = 6;
const decoder = new TextDecoder();

/**
 * Reads one line of a Binance kline dump into `bar`: https://github.com/binance/binance-public-data names the columns.
 * @param seconds length of a candle
 * @returns null, or what is wrong with the line; `bar` is then not to be used
 */
export function readKline(line: Uint8Array, scale: PriceScale, seconds: number, bar: Bar): string | null {
  const fields = splitFields(line);
  if (fields.length !== COLUMNS)
    return `has ${String(fields.length)} columns, not ${String(COLUMNS)} as the CSV of a kline dump`;
  return (
    readTime(fields[0], seconds, bar) ??
    readPrices(fields, scale, bar) ??
    readVolume(fields[5], bar) ??
    checkUnused(fields)
  );
}

/** Whether a line names the columns of a dump: as many as there are, none a number, and the first not one in quotes either. */
export function isHeader(line: Uint8Array): boolean {
  const fields = splitFields(line);
  if (fields.length !== COLUMNS || /[0-9]/.test(decoder.decode(fields[0]))) return false;
  return fields.every((field) => Number.isNaN(parseNumber(field)));
}

function splitFields(line: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = [];
  let start = 0;
  for (let end = line.indexOf(COMMA); end >= 0; end = line.indexOf(COMMA, start)) {
    fields.push(line.subarray(start, end));
    start = end + 1;
  }
  fields.push(line.subarray(start));
  return fields;
}

function readTime(field: Uint8Array | undefined, seconds: number, bar: Bar): string | null {
  const time = field ? parseNumber(field) : NaN;
  if (!Number.isSafeInteger(time) || time < 0) {
    return `the open time ${quoted(field)} is not a whole number of milliseconds or microseconds`;
  }
  bar.time = time / (time < MICROSECONDS_FROM ? 1e3 : 1e6);
  if (bar.time % seconds !== 0) {
    const inSeconds =
      time < MILLISECONDS_FROM ? ': it seems to be in seconds, not in milliseconds or microseconds' : '';
    return `the open time ${quoted(field)} is not a multiple of the timeframe${inSeconds}`;
  }
  return bar.time > LAST_TIME ? `the open time ${quoted(field)} is after the year 2106` : null;
}

function readPrices(fields: readonly Uint8Array[], scale: PriceScale, bar: Bar): string | null {
  for (const [at, name] of PRICES.entries()) {
    const field = fields[at + 1] ?? new Uint8Array(0);
    const ticks = parseTicks(field, scale);
    if (typeof ticks === 'string') return `the ${name} price ${quoted(field)} ${remedy(ticks, field, scale)}`;
    if (ticks === 0) return `the ${name} price is 0`;
    bar[name] = ticks;
  }
  if (bar.high < bar.low) return 'the high is under the low';
  if (bar.open > bar.high || bar.open < bar.low) return 'the open is outside of high and low';
  return bar.close > bar.high || bar.close < bar.low ? 'the close is outside of high and low' : null;
}

function remedy(
  fault: Exclude<ReturnType<typeof parseTicks>, number>,
  field: Uint8Array,
  scale: PriceScale,
): string {
  switch (fault) {
    case 'not a decimal':
      return 'is not a positive decimal number';
    case 'off the tick':
      return `is not a multiple of the tick ${scale.tick}; load all dumps of the symbol with a tick that divides it, such as ?tick=${lastDigit(field)}`;
    case 'too large':
      return `is more than ${String(MAX_TICKS)} ticks of ${scale.tick}; load the dump with a larger one, by ?tick=`;
  }
}

/** The tick that the last digit of a price stands for, of up to the eight decimals a tick may have. */
function lastDigit(field: Uint8Array): string {
  const fraction = decoder.decode(field).split('.')[1]?.slice(0, 8).replace(/0+$/, '') ?? '';
  return fraction === '' ? '1' : `0.${'1'.padStart(fraction.length, '0')}`;
}

function readVolume(field: Uint8Array | undefined, bar: Bar): string | null {
  bar.volume = field ? parseNumber(field) : NaN;
  if (!Number.isFinite(bar.volume)) return `the volume ${quoted(field)} is not a decimal number`;
  return bar.volume < 0 ? `the volume ${quoted(field)} is negative` : null;
}

function checkUnused(fields: readonly Uint8Array[]): string | null {
  for (let at = FIRST_UNUSED; at < COLUMNS; at++) {
    const field = fields[at];
    if (!field || Number.isNaN(parseNumber(field)))
      return `column ${String(at + 1)}, ${quoted(field)}, is not a number`;
  }
  return null;
}

/** A field as it may stand in a message: short, whatever was sent. */
function quoted(field: Uint8Array | undefined): string {
  return JSON.stringify(decoder.decode(field?.subarray(0, 40)));
}

import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { BarChunk } from '../../src/candles/bars.ts';
import { type ImportOutcome, type ImportTarget, importCandles } from '../../src/candles/import.ts';
import type { ImportOccasion } from '../../src/candles/replace.ts';
import { type Series, type SeriesOptions, openSeries } from '../../src/candles/series.ts';
import type { Timeframe } from '../../src/schemas/primitives.ts';

export const MINUTE = 60;
export const HOUR = 3600;
const encoder = new TextEncoder();

/** Seconds since the epoch of an instant. */
export function at(instant: string): number {
  return Date.parse(instant) / 1000;
}

let symbols = 0;
/** A symbol no other test of the file has used; the bucket is shared within one. */
export function freshSymbol(): string {
  return `TEST${String(++symbols)}`;
}

/** One line of a dump. Times in seconds; the unused columns hold what an exchange would write. */
export function line(time: number, prices = '10.00,12.50,9.75,11.00', volume = '1.5', unit = 1000): string {
  const close = (time + MINUTE) * unit - 1;
  return `${String(time * unit)},${prices},${volume},${String(close)},16.50000000,7,0.5,5.50000000,0`;
}

export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A dump of one line a time, all alike but for the open price, which is `price`. */
export function dumpOf(times: readonly number[], price = '10.00'): Uint8Array {
  return bytes(times.map((time) => line(time, `${price},99.00,1.00,11.00`)).join('\n'));
}

/** `count` times, `step` seconds apart. */
export function times(first: number, count: number, step: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index * step);
}

/** An import of its own. */
export function occasion(at = Date.now()): ImportOccasion {
  return { id: crypto.randomUUID(), at };
}

function load(target: ImportTarget, body: Uint8Array): Promise<ImportOutcome> {
  return importCandles(env.CANDLES, target, body, occasion());
}

/** Loads a dump that must be accepted. */
export async function loaded(target: ImportTarget, body: Uint8Array) {
  const outcome = await load(target, body);
  if (!outcome.ok) expect.fail(`line ${String(outcome.line)}: ${outcome.message}`);
  return outcome.summary;
}

/** Loads a dump that must be refused. */
export async function refused(
  target: ImportTarget,
  body: Uint8Array,
): Promise<{ line: number | null; message: string }> {
  const outcome = await load(target, body);
  if (outcome.ok) expect.fail(`loaded ${String(outcome.summary.bars)} bars`);
  return outcome;
}

/** The keys stored of a symbol. */
export async function keysOf(symbol: string): Promise<string[]> {
  const { objects } = await env.CANDLES.list({ prefix: `candles/${symbol}/` });
  return objects.map(({ key }) => key);
}

/** Every open time there may be. */
export const ALL = { from: 0, to: 0xffff_ffff };

/** Opens what must be there, for all time and without generated candles unless told otherwise. */
export async function opened(
  symbol: string,
  timeframe: Timeframe,
  options: Partial<SeriesOptions> = {},
): Promise<Series> {
  const series = await openSeries(env.CANDLES, symbol, timeframe, {
    window: ALL,
    synthetic: false,
    ...options,
  });
  return series ?? expect.fail(`there is no series of ${symbol} ${timeframe}`);
}

export async function chunks(series: Series, from = 0, to = 0xffff_ffff, warmup = 0): Promise<BarChunk[]> {
  const found: BarChunk[] = [];
  for await (const chunk of series.bars(from, to, warmup)) found.push(chunk);
  return found;
}

/** Every bar of a chunk as `[time, open, high, low, close, volume]`. */
export function rows(bars: BarChunk): number[][] {
  const { time, open, high, low, close, volume } = bars;
  return Array.from(time, (stamp, row) => [
    stamp,
    open[row] ?? NaN,
    high[row] ?? NaN,
    low[row] ?? NaN,
    close[row] ?? NaN,
    volume[row] ?? NaN,
  ]);
}

/** A chunk of the rows of {@link rows}. */
export function barsOf(table: readonly (readonly number[])[]): BarChunk {
  const column = (index: number) => table.map((row) => row[index] ?? NaN);
  return {
    length: table.length,
    time: Uint32Array.from(column(0)),
    open: Int32Array.from(column(1)),
    high: Int32Array.from(column(2)),
    low: Int32Array.from(column(3)),
    close: Int32Array.from(column(4)),
    volume: Float64Array.from(column(5)),
    isTraded: false,
  };
}

/** The stored bars as `time: open in ticks`, which is what most tests change. */
export async function storedOpens(symbol: string, timeframe: Timeframe): Promise<[number, number][]> {
  const found = await chunks(await opened(symbol, timeframe));
  return found.flatMap(rows).map(([time = NaN, open = NaN]) => [time, open]);
}

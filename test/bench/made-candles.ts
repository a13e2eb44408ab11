import { encodeBars } from '../../src/candles/arrow.ts';
import type { BarChunk, SymbolSpec } from '../../src/candles/bars.ts';
import { manifestKey } from '../../src/candles/keys.ts';
import type { CandleReader, Manifest } from '../../src/candles/manifest.ts';
import { monthBounds, monthsBetween, type Month } from '../../src/candles/months.ts';

/** A bucket with the same minutes of each symbol, each month made when it is read, so that none is held here. */
export function madeCandles(
  symbols: readonly string[],
  spec: SymbolSpec,
  [start, end]: readonly [start: string, end: string],
  minutesOf: (month: Month) => BarChunk,
): CandleReader {
  const months = [...monthsBetween(Date.parse(start) / 1000, Date.parse(end) / 1000)];
  const manifest: Manifest = { spec, months: months.map(entryOf), retired: [] };
  const manifests = new Set(symbols.map((symbol) => manifestKey({ symbol, timeframe: '1m' })));
  const bytesOf = (key: string) => {
    if (manifests.has(key)) return new TextEncoder().encode(JSON.stringify(manifest));
    return months.includes(key) ? encodeBars(minutesOf(key), spec.tick) : null;
  };
  return {
    get: (key) => {
      const bytes = bytesOf(key);
      return Promise.resolve(bytes && objectOf(bytes));
    },
    head: (key) => Promise.resolve(manifests.has(key) || months.includes(key) ? {} : null),
  };
}

function entryOf(month: Month): Manifest['months'][number] {
  const { start, end } = monthBounds(month);
  return { month, key: month, bars: (end - start) / 60, first: start, last: end - 60 };
}

function objectOf(bytes: Uint8Array) {
  return {
    etag: '',
    text: () => Promise.resolve(new TextDecoder().decode(bytes)),
    arrayBuffer: () => Promise.resolve(Uint8Array.from(bytes).buffer),
  };
}

import type { BarChunk, SymbolSpec } from '../../src/candles/bars.ts';
import type { CandleReader } from '../../src/candles/manifest.ts';
import { syntheticMonth } from '../../src/candles/synthetic.ts';
import type { LongRun } from './long-run.ts';
import { madeCandles } from './made-candles.ts';

const SPEC: SymbolSpec = { tick: '0.0001', step: '0.00001', min_notional: '5' };
/** Ticks of this in one of BTCUSDT's. */
const FINER = 100;

/** The minutes of BTCUSDT for each symbol, in ticks so fine that there are more than 2^21 between the closes of a day. */
export function farApart(symbols: readonly string[], window: LongRun['window']): CandleReader {
  return madeCandles(symbols, SPEC, window, (month) => {
    const bars = syntheticMonth('BTCUSDT', '1m', month);
    return { ...bars, ...scaled(bars) };
  });
}

function scaled({ open, high, low, close }: BarChunk): Pick<BarChunk, 'open' | 'high' | 'low' | 'close'> {
  const finer = (ticks: number) => ticks * FINER;
  return { open: open.map(finer), high: high.map(finer), low: low.map(finer), close: close.map(finer) };
}

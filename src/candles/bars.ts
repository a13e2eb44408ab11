/** How a symbol's prices and quantities are quantized, as decimal strings. */
export interface SymbolSpec {
  /** The smallest price step. */
  readonly tick: string;
  /** The smallest quantity step. */
  readonly step: string;
  /** The smallest notional of an order, in the quote currency. */
  readonly min_notional: string;
}

/** What a symbol has unless its import says otherwise. */
export const DEFAULT_SPEC: SymbolSpec = { tick: '0.01', step: '0.00001', min_notional: '5' };

/** Consecutive bars in columns, oldest first, one row a bar that exists. */
export interface BarChunk {
  readonly length: number;
  /** Open time in seconds since the epoch, a multiple of the timeframe. */
  readonly time: Uint32Array;
  /** Prices in ticks. */
  readonly open: Int32Array;
  readonly high: Int32Array;
  readonly low: Int32Array;
  readonly close: Int32Array;
  /** Base volume; a bar with 0 fills nothing. */
  readonly volume: Float64Array;
  /** Whether every bar is known to have volume, so that nobody needs to look. */
  readonly isTraded: boolean;
}

/** Rows `[from, to)` of a chunk, sharing its memory. */
export function sliceBars(bars: BarChunk, from: number, to: number): BarChunk {
  return {
    length: to - from,
    time: bars.time.subarray(from, to),
    open: bars.open.subarray(from, to),
    high: bars.high.subarray(from, to),
    low: bars.low.subarray(from, to),
    close: bars.close.subarray(from, to),
    volume: bars.volume.subarray(from, to),
    isTraded: bars.isTraded,
  };
}

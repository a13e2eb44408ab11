import type { BarChunk } from '../candles/bars.ts';
import type { Warning } from '../schemas/result.ts';
import type { Ledger } from './ledger.ts';
import type { Lot } from './lot.ts';

/**
 * A template at work on one symbol. It is shown rows `[from, to)` of existing bars only, in time order, and must not
 * depend on how they are divided into calls nor keep `bars`. Fills are stamped with their bar's open time.
 */
export interface Strategy {
  /** Bars before the window: for indicators only. */
  warm(bars: BarChunk, from: number, to: number): void;
  /**
   * Bars inside the window, of one day. Gives the row behind the last it took: `to`, or where it may end several trades a bar, the
   * row from which on `room` trades wait in the ledger.
   */
  trade(bars: BarChunk, from: number, to: number, room: number): number;
  /** What is held, in the order in which it is closed at the end of the window. */
  openLots(): readonly Lot[];
  /** What a reader should know about the orders of `symbol`. */
  warnings(symbol: string): Warning[];
}

/** Puts a template to work on a symbol whose fills go through `ledger`. */
export type StrategyFactory = (ledger: Ledger) => Strategy;

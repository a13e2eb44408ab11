import type { BarChunk } from '../candles/bars.ts';
import type { Warning } from '../schemas/result.ts';
import { barsBefore } from '../candles/columns.ts';
import type { Equity } from './equity.ts';
import type { Ledger } from './ledger.ts';
import type { Strategy, StrategyFactory } from './strategy.ts';
import { expectedBars, midnightAfter, type Window } from './window.ts';

/** What became of one symbol's part of the capital, its trades aside. */
export interface SymbolOutcome {
  /** Equity at the midnights inside the window, from its first one on; `final` holds after the last. */
  readonly midnights: readonly Equity[];
  /** Equity with everything sold. */
  readonly final: Equity;
  /** End of the last existing bar in epoch seconds, null where there was none. */
  readonly end: number | null;
  readonly warnings: Warning[];
}

/**
 * One symbol's bars, divided so that a strategy sees only existing bars, on one side of `start`, and one UTC day at a
 * time; between days equity is noted. A bar without volume is treated as if it did not exist.
 */
export class SymbolRun {
  readonly #symbol: string;
  readonly #window: Window;
  readonly #ledger: Ledger;
  readonly #strategy: Strategy;
  readonly #midnights: Equity[] = [];
  #nextMidnight: number;
  #bars = 0;
  #lastClose = 0;
  #end: number | null = null;

  /** The ledger holds the part's capital. */
  constructor(symbol: string, window: Window, ledger: Ledger, strategy: StrategyFactory) {
    this.#symbol = symbol;
    this.#window = window;
    this.#ledger = ledger;
    this.#strategy = strategy(ledger);
    this.#nextMidnight = midnightAfter(window.start);
  }

  /**
   * Takes the next bars in time order, and gives how many it took: all of them, unless `room` trades wait in the ledger before.
   * A bar may bring some more than that, or a day where a bar ends one trade at most.
   */
  feed(bars: BarChunk, room = Infinity): number {
    let row = 0;
    let silent = firstSilent(bars, row);
    while (row < bars.length && this.#ledger.untakenTrades < room) {
      if (row < silent) row = this.#take(bars, row, Math.min(silent, this.#sectionEnd(bars, row)), room);
      else {
        row += 1;
        silent = firstSilent(bars, row);
      }
    }
    return row;
  }

  /** Closes what is open at the last close. Nothing may be fed after that. */
  close(): SymbolOutcome {
    if (this.#end !== null)
      for (const lot of this.#strategy.openLots())
        this.#ledger.sell(lot, this.#end, this.#lastClose, 'taker', 'end_of_window');
    return {
      midnights: this.#midnights,
      final: this.#ledger.equity(this.#lastClose),
      end: this.#end,
      warnings: [...this.#missingBars(), ...this.#strategy.warnings(this.#symbol)],
    };
  }

  /** Where the bars from `row` on reach `start` or the next midnight: no section is longer than a day. */
  #sectionEnd(bars: BarChunk, row: number): number {
    const first = bars.time[row] ?? 0;
    const { start, timeframe } = this.#window;
    const midnight = midnightAfter(first);
    const edge = first < start ? Math.min(start, midnight) : midnight;
    // No row can be farther away, and without gaps it is this one: a search through the column would wait for memory at every step.
    const farthest = row + Math.ceil((edge - first) / timeframe);
    return (bars.time[farthest - 1] ?? Infinity) < edge ? farthest : barsBefore(bars, edge);
  }

  /** Takes rows of one section, the first at least, and gives the row behind the last it took. */
  #take(bars: BarChunk, from: number, end: number, room: number): number {
    const time = bars.time[from] ?? 0;
    if (time < this.#window.start) {
      this.#strategy.warm(bars, from, end);
      return end;
    }
    for (; this.#nextMidnight <= time; this.#nextMidnight = midnightAfter(this.#nextMidnight))
      this.#midnights.push(this.#ledger.equity(this.#lastClose));
    const to = this.#strategy.trade(bars, from, end, room);
    this.#bars += to - from;
    this.#lastClose = bars.close[to - 1] ?? 0;
    this.#end = (bars.time[to - 1] ?? 0) + this.#window.timeframe;
    return to;
  }

  #missingBars(): Warning[] {
    const expected = expectedBars(this.#window);
    const missing = expected - this.#bars;
    if (missing <= 0) return [];
    const message = `${this.#symbol}: ${String(missing)} of ${String(expected)} bars are missing or without volume; they fill nothing and equity is carried over them`;
    return [{ code: 'MISSING_BARS', message }];
  }
}

/** The first of the rows from `row` on that has no volume, or how many there are. */
function firstSilent({ volume, length, isTraded }: BarChunk, row: number): number {
  if (isTraded) return length;
  const found = volume.indexOf(0, row);
  return found === -1 ? length : found;
}

import type { BarChunk } from '../../candles/bars.ts';
import { AllInPosition } from '../all-in.ts';
import type { Ledger } from '../ledger.ts';
import { firstTouch } from '../liquidation.ts';
import type { Strategy } from '../strategy.ts';

/** What decides at a bar's close whether to be long. It is shown every bar once, in time order. */
export interface Signal {
  /** Takes rows `[from, to)` without asking. */
  take(bars: BarChunk, from: number, to: number): void;
  /**
   * Takes rows `[from, to)` until one whose close wants to leave the present side, long or flat.
   * Returns that row, which is the last one taken, or `to`.
   */
  untilOrder(bars: BarChunk, from: number, to: number, isLong: boolean): number;
}

/**
 * All in while a signal says so. An order is decided at a close and fills at the next existing bar's open. The first close
 * in the window decides as if flat until then, so nothing decided during warm-up is ever filled.
 * @param whenUnplaced what follows a buy under the minimum notional: `wait` for the signal to leave and come back, or `retry`
 *   while it still says so.
 */
export function signalStrategy(signal: Signal, ledger: Ledger, whenUnplaced: 'wait' | 'retry'): Strategy {
  const position = new AllInPosition(ledger);
  let isLong = false;
  let hasOrder = false;

  function fillAtOpen(bars: BarChunk, row: number): void {
    const time = bars.time[row] ?? 0;
    const open = bars.open[row] ?? 0;
    hasOrder = false;
    if (isLong) {
      position.enter(time, open);
      if (whenUnplaced === 'retry') isLong = position.lots.length > 0;
      // The way from the last close to the open comes before the order at the open.
    } else if (open <= ledger.liquidationTicks) position.liquidate(time);
    else position.exit(time, open);
  }

  /** Whether the rows `[from, to)` touch the liquidation price, which ends everything. */
  function liquidated(bars: BarChunk, from: number, to: number): boolean {
    if (ledger.liquidationTicks === -Infinity) return false;
    const row = firstTouch(bars.low, from, to, ledger.liquidationTicks);
    if (row < to) position.liquidate(bars.time[row] ?? 0);
    return row < to;
  }

  return {
    warm(bars, from, to) {
      signal.take(bars, from, to);
    },
    trade(bars, from, to) {
      for (let row = from; row < to && !ledger.isLiquidated;) {
        if (hasOrder) fillAtOpen(bars, row);
        const order = signal.untilOrder(bars, row, to, isLong);
        if (liquidated(bars, row, Math.min(order + 1, to))) return;
        if (order < to) {
          isLong = !isLong;
          hasOrder = true;
        }
        row = order + 1;
      }
    },
    openLots: () => position.lots,
    warnings: (symbol) => position.warnings(symbol),
  };
}

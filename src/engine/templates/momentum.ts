import type { BarChunk } from '../../candles/bars.ts';
import type { MomentumParams } from '../../schemas/templates.ts';
import { AllInPosition } from '../all-in.ts';
import type { Ledger } from '../ledger.ts';
import type { Strategy } from '../strategy.ts';
import { CrossingAverages } from './crossing-averages.ts';

/**
 * `tpl_momentum`: all in while the fast average of the close is above the slow one. An order is decided when that
 * changes at a close and fills at the next existing bar's open. The first close in the window decides as if the
 * answer had been no until then, so nothing decided during warm-up is ever filled.
 */
export function momentum({ fast, slow }: MomentumParams, ledger: Ledger): Strategy {
  const averages = new CrossingAverages(fast, slow);
  const position = new AllInPosition(ledger);
  let wantsLong = false;
  let hasOrder = false;

  function fillAtOpen(bars: BarChunk, row: number): void {
    const time = bars.time[row] ?? 0;
    const open = bars.open[row] ?? 0;
    if (wantsLong) position.enter(time, open);
    else position.exit(time, open);
    hasOrder = false;
  }

  return {
    warm(bars, from, to) {
      averages.take(bars.close, from, to);
    },
    trade(bars, from, to) {
      for (let row = from; row < to;) {
        if (hasOrder) fillAtOpen(bars, row);
        const change = averages.untilChange(bars.close, row, to, wantsLong);
        if (change < to) {
          wantsLong = !wantsLong;
          hasOrder = true;
        }
        row = change + 1;
      }
    },
    openLots: () => position.lots,
    warnings: (symbol) => position.warnings(symbol),
  };
}

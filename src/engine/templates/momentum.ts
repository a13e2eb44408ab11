import type { MomentumParams } from '../../schemas/templates.ts';
import type { Ledger } from '../ledger.ts';
import type { Strategy } from '../strategy.ts';
import { CrossingAverages } from './crossing-averages.ts';
import { signalStrategy } from './signal-strategy.ts';

/** `tpl_momentum`: long while the fast average of the close is above the slow one; orders when that changes. */
export function momentum({ fast, slow }: MomentumParams, ledger: Ledger): Strategy {
  const averages = new CrossingAverages(fast, slow);
  return signalStrategy(
    {
      take: (bars, from, to) => {
        averages.take(bars.close, from, to);
      },
      untilOrder: (bars, from, to, isLong) => averages.untilChange(bars.close, from, to, isLong),
    },
    ledger,
    'wait',
  );
}

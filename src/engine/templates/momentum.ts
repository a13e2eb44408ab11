import type { MomentumParams } from '../../schemas/templates.ts';
import type { Ledger } from '../ledger.ts';
import type { Strategy } from '../strategy.ts';
import { CrossingAverages } from './crossing-averages.ts';
import { SignalStrategy } from './signal-strategy.ts';

/** `tpl_momentum`: long while the fast average of the close is above the slow one; orders when that changes. */
export function momentum({ fast, slow }: MomentumParams, ledger: Ledger, barSeconds: number): Strategy {
  return new SignalStrategy(new CrossingAverages(fast, slow), ledger, barSeconds, 'wait');
}

import type { MeanrevParams } from '../../schemas/templates.ts';
import type { Ledger } from '../ledger.ts';
import type { Strategy } from '../strategy.ts';
import { SignalStrategy } from './signal-strategy.ts';
import { ZScore } from './z-score.ts';

/** `tpl_meanrev`: buys a close far below the mean of the last closes, sells one that is back. */
export function meanrev(
  { lookback, entry_z, exit_z }: MeanrevParams,
  ledger: Ledger,
  barSeconds: number,
): Strategy {
  return new SignalStrategy(new ZScore(lookback, entry_z, exit_z), ledger, barSeconds, 'retry');
}

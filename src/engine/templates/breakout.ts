import type { BreakoutParams } from '../../schemas/templates.ts';
import type { Ledger } from '../ledger.ts';
import type { Strategy } from '../strategy.ts';
import { Channel } from './channel.ts';
import { SignalStrategy } from './signal-strategy.ts';

/** `tpl_breakout`: buys a close above the highest high of the bars before, sells a close below their lowest low. */
export function breakout({ lookback }: BreakoutParams, ledger: Ledger, barSeconds: number): Strategy {
  return new SignalStrategy(new Channel(lookback), ledger, barSeconds, 'retry');
}

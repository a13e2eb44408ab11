import type { JobConfig } from '../../schemas/job.ts';
import { TIMEFRAME_SECONDS } from '../../schemas/primitives.ts';
import type { StrategyFactory } from '../strategy.ts';
import { breakout } from './breakout.ts';
import { dca } from './dca.ts';
import { grid } from './grid.ts';
import { meanrev } from './meanrev.ts';
import { momentum } from './momentum.ts';

/** What makes the chosen template's strategies, one a symbol. */
export function strategyFactory(config: JobConfig): StrategyFactory {
  const barSeconds = TIMEFRAME_SECONDS[config.timeframe];
  switch (config.template_id) {
    case 'tpl_grid':
      return (ledger) => grid(config.params, ledger);
    case 'tpl_breakout':
      return (ledger) => breakout(config.params, ledger, barSeconds);
    case 'tpl_momentum':
      return (ledger) => momentum(config.params, ledger, barSeconds);
    case 'tpl_meanrev':
      return (ledger) => meanrev(config.params, ledger, barSeconds);
    case 'tpl_dca':
      return (ledger) => dca(config.params, ledger);
  }
}

/** How many bars before the window fill the windows of the chosen template's indicators. */
export function indicatorBars(config: JobConfig): number {
  switch (config.template_id) {
    case 'tpl_grid':
    case 'tpl_dca':
      return 0;
    case 'tpl_breakout':
    case 'tpl_meanrev':
      return config.params.lookback;
    case 'tpl_momentum':
      return config.params.slow;
  }
}

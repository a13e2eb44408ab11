import type { CreateJobRequest } from '../client/index.ts';
import { quoted } from './shell.ts';

const TARGET = '/v1/backtest/jobs';

/** A backtest to begin with: a grid on one symbol over a quarter. */
export const FIRST_BACKTEST: CreateJobRequest = {
  template_id: 'tpl_grid',
  params: { grid_levels: 25, upper_price: '72000', lower_price: '60000' },
  symbols: ['BTCUSDT'],
  timeframe: '1h',
  start: '2025-01-01T00:00:00Z',
  end: '2025-06-30T23:00:00Z',
  capital: '10000',
};

/**
 * A command for bash or zsh that submits {@link FIRST_BACKTEST} to the service at `url`, signed at the moment it runs with the
 * demo key of the `checkout`, whatever key the environment has. The secret is in no command line: those are public.
 */
export function curlCommand(url: string, checkout: string): string {
  return [
    `( cd ${quoted(checkout)} && unset PIPAI_API_KEY PIPAI_API_SECRET`,
    `  B=${quoted(JSON.stringify(FIRST_BACKTEST))}`,
    `  npm run -s sign -- POST ${TARGET} "$B" |`,
    `    curl -sS -H @- -H 'Content-Type: application/json' --data-raw "$B" ${url}${TARGET}; echo )`,
  ].join('\n');
}

import type { CreateJobRequest } from '../client/index.ts';

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
 * A command for bash or zsh that submits {@link FIRST_BACKTEST}, signed at the moment it runs.
 * The secret comes from `keyFile`, so that none ends in the shell's history.
 */
export function curlCommand(url: string, keyFile: string): string {
  return [
    `( F=${quoted(keyFile)}; value() { sed -n "s/.*\\"$1\\": \\"\\([^\\"]*\\)\\".*/\\1/p" "$F"; }`,
    `  B=${quoted(JSON.stringify(FIRST_BACKTEST))}`,
    `  T=$(date +%s)000`,
    `  S=$(printf %s "\${T}POST${TARGET}$B" | openssl dgst -sha256 -r -hmac "$(value api_secret)" | cut -c1-64)`,
    `  curl -sS -X POST ${url}${TARGET} -H 'Content-Type: application/json' \\`,
    `    -H "X-PipAI-API-Key: $(value api_key)" -H "X-PipAI-Timestamp: $T" -H "X-PipAI-Signature: $S" \\`,
    `    --data-raw "$B"; echo )`,
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

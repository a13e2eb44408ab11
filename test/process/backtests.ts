import type { CreateJobRequest } from '../../src/client/index.ts';
import { syntheticSymbols } from '../../src/candles/synthetic-symbols.ts';

/** A backtest that takes moments. */
export const GRID: CreateJobRequest = {
  template_id: 'tpl_grid',
  params: { grid_levels: 10, upper_price: '72000', lower_price: '60000' },
  symbols: ['BTCUSDT'],
  timeframe: '1h',
  start: '2025-01-01T00:00:00Z',
  end: '2025-03-31T23:00:00Z',
  capital: '10000',
};

/** A backtest with an order a minute, which takes as long as its symbols and years ask: some two tenths of a second a symbol and year. */
export function dca(symbols: number, years: number): CreateJobRequest {
  return {
    template_id: 'tpl_dca',
    params: { every_bars: 1, order_quote: '10' },
    symbols: syntheticSymbols().slice(0, symbols),
    timeframe: '1m',
    start: '2020-01-01T00:00:00Z',
    end: `${String(2019 + years)}-12-31T23:59:00Z`,
    capital: '300000000',
  };
}

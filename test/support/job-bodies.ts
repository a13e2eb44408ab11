/** Bodies that are right in every field, for whatever sends them. */

/** A create request. */
export const GRID_JOB = {
  template_id: 'tpl_grid',
  params: { grid_levels: 20, upper_price: '72000', lower_price: '60000' },
  symbols: ['BTCUSDT'],
  timeframe: '1h',
  start: '2025-01-01T00:00:00Z',
  end: '2025-01-31T23:00:00Z',
  capital: '10000',
};

/** The smallest result a worker may report. */
export const EMPTY_RESULT = { metrics: { total_trades: 0 }, equity_curve: [], trades: [] };

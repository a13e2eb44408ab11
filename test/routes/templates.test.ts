import { expect, test } from 'vitest';
import { call, mintKey } from '../support/client.ts';

test('the catalogue tells each template, and its parameters as JSON Schema', async () => {
  const answer = await call(await mintKey(['read']), 'GET', '/v1/backtest/templates');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('X-PipAI-Used-Weight-1m')).toBe('1');
  expect(answer.json).toMatchObject({
    data: [
      {
        id: 'tpl_grid',
        multi_symbol: false,
        params: {
          type: 'object',
          additionalProperties: false,
          required: ['grid_levels', 'upper_price', 'lower_price'],
          properties: {
            grid_levels: { type: 'integer', minimum: 2, maximum: 500 },
            upper_price: { type: 'string' },
          },
        },
      },
      {
        id: 'tpl_breakout',
        multi_symbol: true,
        params: { required: ['lookback'], properties: { lookback: { minimum: 2, maximum: 1000 } } },
      },
      {
        id: 'tpl_momentum',
        multi_symbol: true,
        params: { required: ['fast', 'slow'], properties: { slow: { minimum: 1, maximum: 1000 } } },
      },
      {
        id: 'tpl_meanrev',
        multi_symbol: true,
        params: { required: ['lookback', 'entry_z', 'exit_z'], additionalProperties: false },
      },
      {
        id: 'tpl_dca',
        multi_symbol: true,
        params: {
          required: ['every_bars', 'order_quote'],
          properties: { take_profit: { type: 'string' }, max_orders: { type: 'integer', minimum: 1 } },
        },
      },
    ],
  });
});

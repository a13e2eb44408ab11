import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { specQuery } from '../candles/import.ts';
import { DUMP_LIMIT } from '../schemas/dump.ts';
import { symbol, timeframe } from '../schemas/primitives.ts';
import { candleImport, candleListing, templateCatalogue } from '../schemas/responses.ts';
import { TEMPLATES } from '../schemas/templates.ts';
import { invalid } from './errors.ts';
import { adminOperation, budgetedAnswer, jsonAnswer, signedOperation } from './operation.ts';

const { tick, step, min_notional } = specQuery.shape;
const { title, description, multi_symbol, params } = TEMPLATES.tpl_grid;

const LOADED = {
  symbol: 'BTCUSDT',
  timeframe: '1h',
  from: '2025-01-01T00:00:00Z',
  to: '2025-01-31T23:00:00Z',
  bars: 744,
  missing: 0,
};

/** Two bars of a dump: open time, open, high, low, close, volume, close time, quote volume, trades, taker base, taker quote, ignore. */
const DUMP = `1735689600000,93576.00,94509.42,93489.03,94401.14,755.99,1735693199999,71069000.12,165000,380.1,35732000.5,0
1735693200000,94401.13,94408.72,93578.77,93607.74,586.53,1735696799999,55123000.98,140000,270.4,25412000.1,0
`;

const templates = () =>
  signedOperation({
    id: 'listTemplates',
    tag: 'Catalogue',
    summary: 'List the strategy templates',
    permission: 'read',
    weight: 1,
    description: `What each template does, whether it takes several symbols, and its \`params\` as JSON Schema. Rules between parameters
(\`upper_price\` above \`lower_price\`, \`fast\` below \`slow\`) are not in the schema; a create checks them.`,
    responses: {
      '200': budgetedAnswer('The catalogue.', templateCatalogue, {
        catalogue: {
          summary: 'Cut short to one template',
          value: {
            data: [{ id: 'tpl_grid', title, description, multi_symbol, params: z.toJSONSchema(params) }],
          },
        },
      }),
    },
  });

const candles = () =>
  signedOperation({
    id: 'listCandles',
    tag: 'Catalogue',
    summary: 'List the stored candles',
    permission: 'read',
    weight: 1,
    description: `By symbol, then from the finest timeframe to the coarsest. A job takes each UTC month from its own timeframe; of a month that is
not stored in that, bars are made of the coarsest finer one that is (of 15m, 5m or 1m for 1h). Timeframes are put together only if
they were loaded with the same \`tick\`, \`step\` and \`min_notional\`: those of the coarsest with a month of the job's window count,
and months that only others have are left out, which a warning \`CANDLES_LEFT_OUT\` says.

Generated candles are not listed. Where the operator has them on, ten symbols without stored candles (BTCUSDT, ETHUSDT, SOLUSDT,
BNBUSDT, XRPUSDT, ADAUSDT, DOGEUSDT, AVAXUSDT, LINKUSDT, LTCUSDT) get them for any window, and results say so in a warning
\`SYNTHETIC_CANDLES\`. A symbol that has any stored candles is never filled up with generated ones.`,
    responses: {
      '200': budgetedAnswer('What is stored.', candleListing, {
        month: { summary: 'One month of hours', value: { data: [{ ...LOADED, source: 'stored' }] } },
        nothing: { summary: 'Nothing is stored', value: { data: [] } },
      }),
    },
  });

const load = () =>
  adminOperation({
    id: 'importCandles',
    tag: 'Administration',
    summary: 'Load candles',
    description: `The body is one kline dump of Binance's public archive: CSV of 12 columns (open time, open, high, low, close, volume, close time,
quote volume, trades, taker base, taker quote, ignore), with or without a header line or a byte order mark, open time in milliseconds or
microseconds; as it is, as gzip of one or more members or as the original ZIP of one file. At most 32 MiB (${String(DUMP_LIMIT)} bytes). Its \`Content-Type\` does not matter.

It replaces what is stored between its first and its last bar, and is stored whole or not at all. A bad line is 400 with the
line's number: not a number, high under low, a time that is not a multiple of the timeframe or is out of order, a price finer than
\`tick\`. What is left out of the query stays as it is stored, or else is \`tick\` 0.01, \`step\` 0.00001, \`min_notional\` 5. Another
\`tick\` is taken only with a dump that replaces all bars of the symbol and timeframe.`,
    path: z.object({
      symbol: symbol.meta({
        description: 'A trading pair: 2-20 characters of A-Z and 0-9.',
        param: { example: 'BTCUSDT' },
      }),
      timeframe: timeframe.meta({ description: 'The length of its candles.', param: { example: '1h' } }),
    }),
    query: specQuery.extend({
      tick: tick.meta({ param: { example: '0.01' } }),
      step: step.meta({ param: { example: '0.00001' } }),
      min_notional: min_notional.meta({ param: { example: '5' } }),
    }),
    body: {
      required: true,
      content: {
        'text/csv': {
          schema: z.string(),
          examples: { bars: { summary: 'Two hours', value: DUMP } },
        },
      },
    },
    responses: {
      '200': jsonAnswer('What the dump held.', candleImport, {
        month: { summary: 'A month of hours', value: LOADED },
      }),
    },
    refusals: [invalid({ body: 'Line 3: is out of order: it opens before the line before' })],
  });

/** What there is to test: strategies and candles. */
export function cataloguePaths(): ZodOpenApiPathsObject {
  return {
    '/v1/backtest/templates': { get: templates() },
    '/v1/candles': { get: candles() },
    '/v1/admin/candles/{symbol}/{timeframe}': { put: load() },
  };
}

import * as z from 'zod';
import { decimal, positiveDecimal, whenFit, wholeNumber } from './primitives.ts';

/** Compares two decimals of the {@link decimal} form exactly. */
function isGreater(a: string, b: string): boolean {
  const scaled = (text: string) => {
    const [whole = '0', fraction = ''] = text.split('.');
    return BigInt(whole + fraction.padEnd(8, '0'));
  };
  return scaled(a) > scaled(b);
}

const gridParams = z
  .strictObject({
    grid_levels: wholeNumber(2, 500).describe('Price lines, both ends included'),
    upper_price: positiveDecimal.describe('The highest line; only sells rest there'),
    lower_price: positiveDecimal.describe('The lowest line; only buys rest there'),
  })
  .refine((params) => isGreater(params.upper_price, params.lower_price), {
    path: ['upper_price'],
    message: 'must be greater than lower_price',
    when: whenFit(z.object({ upper_price: positiveDecimal, lower_price: positiveDecimal })),
  });

const LOOKBACK = wholeNumber(2, 1000);

const breakoutParams = z.strictObject({
  lookback: LOOKBACK.describe('Bars whose highs and lows a close has to leave behind'),
});

const momentumParams = z
  .strictObject({
    fast: wholeNumber(1, 1000).describe('Bars in the fast simple moving average of the close'),
    slow: wholeNumber(1, 1000).describe('Bars in the slow simple moving average of the close'),
  })
  .refine((params) => params.fast < params.slow, {
    path: ['fast'],
    message: 'must be less than slow',
    when: whenFit(z.object({ fast: z.int(), slow: z.int() })),
  });

const meanrevParams = z
  .strictObject({
    lookback: LOOKBACK.describe(
      'Closes in the mean and in the population standard deviation, the present one included',
    ),
    entry_z: positiveDecimal.describe('Buys where the close is at least so many deviations below the mean'),
    exit_z: decimal.describe('Sells where it is at most so many below the mean, or above it'),
  })
  .refine((params) => isGreater(params.entry_z, params.exit_z), {
    path: ['entry_z'],
    message: 'must be greater than exit_z',
    when: whenFit(z.object({ entry_z: positiveDecimal, exit_z: decimal })),
  });

const dcaParams = z.strictObject({
  every_bars: wholeNumber(1).describe('Bars from one order to the next'),
  order_quote: positiveDecimal.describe('What one order may cost, its fee included, in the quote currency'),
  take_profit: positiveDecimal
    .exactOptional()
    .describe('Sells everything after a close so far above the average entry: "0.05" is 5 %'),
  max_orders: wholeNumber(1).exactOptional().describe('Orders until everything is sold again'),
});

/** What the API tells and checks about each strategy template; the strategies themselves are in `src/engine/templates`. */
export const TEMPLATES = {
  tpl_grid: {
    title: 'Grid',
    description:
      'Rests buys and sells on evenly spaced price lines; each cell earns the distance between two lines.',
    multi_symbol: false,
    params: gridParams,
  },
  tpl_breakout: {
    title: 'Breakout',
    description:
      'Buys a close above the highest high of the bars before, sells a close below the lowest low of them.',
    multi_symbol: true,
    params: breakoutParams,
  },
  tpl_momentum: {
    title: 'Momentum',
    description: 'Long while the fast simple moving average of the close is above the slow one.',
    multi_symbol: true,
    params: momentumParams,
  },
  tpl_meanrev: {
    title: 'Mean reversion',
    description:
      'Buys a close far below its moving average, in standard deviations, and sells when it is back.',
    multi_symbol: true,
    params: meanrevParams,
  },
  tpl_dca: {
    title: 'Cost averaging',
    description:
      'Buys for a fixed amount at regular intervals; with a profit to take, sells everything there and begins anew at the next bar.',
    multi_symbol: true,
    params: dcaParams,
  },
} as const satisfies Record<
  string,
  { title: string; description: string; multi_symbol: boolean; params: z.ZodType }
>;

/** The id of a known template. */
export type TemplateId = keyof typeof TEMPLATES;
/** Parameters of `tpl_grid`. */
export type GridParams = z.infer<typeof gridParams>;
/** Parameters of `tpl_breakout`. */
export type BreakoutParams = z.infer<typeof breakoutParams>;
/** Parameters of `tpl_momentum`. */
export type MomentumParams = z.infer<typeof momentumParams>;
/** Parameters of `tpl_meanrev`. */
export type MeanrevParams = z.infer<typeof meanrevParams>;
/** Parameters of `tpl_dca`. */
export type DcaParams = z.infer<typeof dcaParams>;

/** All template ids, in catalogue order. */
export const TEMPLATE_IDS = [
  'tpl_grid',
  'tpl_breakout',
  'tpl_momentum',
  'tpl_meanrev',
  'tpl_dca',
] as const satisfies readonly TemplateId[];

import * as z from 'zod';
import { positiveDecimal, whenFit } from './primitives.ts';

/** Compares two decimals of the {@link positiveDecimal} form exactly. */
function isGreater(a: string, b: string): boolean {
  const scaled = (text: string) => {
    const [whole = '0', fraction = ''] = text.split('.');
    return BigInt(whole + fraction.padEnd(8, '0'));
  };
  return scaled(a) > scaled(b);
}

const gridParams = z
  .strictObject({
    grid_levels: z.int().min(2).max(500).describe('Price lines, both ends included'),
    upper_price: positiveDecimal.describe('The highest line; only sells rest there'),
    lower_price: positiveDecimal.describe('The lowest line; only buys rest there'),
  })
  .refine((params) => isGreater(params.upper_price, params.lower_price), {
    path: ['upper_price'],
    message: 'must be greater than lower_price',
    when: whenFit(z.object({ upper_price: positiveDecimal, lower_price: positiveDecimal })),
  });

const momentumParams = z
  .strictObject({
    fast: z.int().min(1).max(1000).describe('Bars in the fast simple moving average of the close'),
    slow: z.int().min(1).max(1000).describe('Bars in the slow simple moving average of the close'),
  })
  .refine((params) => params.fast < params.slow, {
    path: ['fast'],
    message: 'must be less than slow',
    when: whenFit(z.object({ fast: z.int(), slow: z.int() })),
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
  tpl_momentum: {
    title: 'Momentum',
    description: 'Long while the fast simple moving average of the close is above the slow one.',
    multi_symbol: true,
    params: momentumParams,
  },
} as const satisfies Record<
  string,
  { title: string; description: string; multi_symbol: boolean; params: z.ZodType }
>;

/** The id of a known template. */
export type TemplateId = keyof typeof TEMPLATES;
/** Parameters of `tpl_grid`. */
export type GridParams = z.infer<typeof gridParams>;
/** Parameters of `tpl_momentum`. */
export type MomentumParams = z.infer<typeof momentumParams>;

/** All template ids, in catalogue order. */
export const TEMPLATE_IDS = ['tpl_grid', 'tpl_momentum'] as const satisfies readonly TemplateId[];

import type { GridParams } from '../../schemas/templates.ts';
import { divideHalfUp, formatMoney, parseDecimal } from '../decimal.ts';
import type { Ledger } from '../ledger.ts';
import { affordableSteps, isBelowMinNotional, weightWithFee, type Market } from '../market.ts';
import { TemplateError } from '../template-error.ts';

/** Where a grid trades. `lines` in ticks, ascending; `cellTicks` the most ticks a bar may range within one cell. */
export interface GridLines {
  readonly lines: readonly number[];
  readonly cellTicks: number;
}

/**
 * Price lines `lower + k·(upper − lower)/(N − 1)`, each rounded half up to the tick by itself.
 * @throws TemplateError where two lines round to one price, between which nothing can be earned.
 */
export function gridLines(params: GridParams, { tick }: Market): GridLines {
  const cells = BigInt(params.grid_levels - 1);
  const lower = parseDecimal(params.lower_price);
  const range = parseDecimal(params.upper_price) - lower;
  const lines = Array.from({ length: params.grid_levels }, (_, line) =>
    Number(divideHalfUp(lower * cells + BigInt(line) * range, tick * cells)),
  );
  if (lines.some((price, line) => line > 0 && price === lines[line - 1]))
    throw new TemplateError(
      `GRID_TOO_FINE: ${String(params.grid_levels)} lines between ${params.lower_price} and ${params.upper_price} are closer than the tick of ${formatMoney(tick)}`,
    );
  return { lines, cellTicks: Number(range / (tick * cells)) };
}

/**
 * The price in ticks at which each cell buys first, and whether that is as maker or as taker: a cell whose buy line is
 * at or above the first open `opening` buys there at once.
 */
export function firstBuys(lines: readonly number[], opening: number) {
  return lines
    .slice(0, -1)
    .map((line) =>
      line >= opening
        ? { ticks: opening, liquidity: 'taker' as const }
        : { ticks: line, liquidity: 'maker' as const },
    );
}

/**
 * The one quantity of all cells, in steps: what the wallet, times the leverage, pays for if every cell buys once, fees included.
 * @throws TemplateError where some cell's order would be under the minimum notional.
 */
export function gridQuantity(
  ledger: Ledger,
  lines: readonly number[],
  { time, opening }: { readonly time: number; readonly opening: number },
): bigint {
  const { market } = ledger;
  const money = ledger.wallet * BigInt(ledger.leverage);
  const rates = ledger.rates(time);
  const buys = firstBuys(lines, opening);
  const weight = buys.reduce((sum, buy) => sum + weightWithFee(buy.ticks, rates[buy.liquidity]), 0n);
  const steps = affordableSteps(market, money, weight);
  if (buys.some((buy) => isBelowMinNotional(market, buy.ticks, steps)))
    throw new TemplateError(
      `BELOW_MIN_NOTIONAL: ${formatMoney(money)} over ${String(buys.length)} cells buys ${formatMoney(steps * market.step)} in each, under the minimum notional of ${formatMoney(market.minNotional)}`,
    );
  return steps;
}

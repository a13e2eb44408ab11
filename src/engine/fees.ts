import type { JobConfig } from '../schemas/job.ts';
import { divideHalfUp, parseDecimal } from './decimal.ts';
import { TemplateError } from './template-error.ts';

/** A fee rate of 1 (all of the notional). Rates are integers of 10^-12, so that a basis point of 8 decimals is exact. */
export const RATE_UNIT = 10n ** 12n;

/** Which side of the book a fill was on. */
export type Liquidity = 'maker' | 'taker';

/** Fee rates, integers of 10^-12 of the notional. */
export type FeeSchedule = Readonly<Record<Liquidity, bigint>>;

/**
 * A schedule from decimal strings in basis points.
 * @throws RangeError where one is malformed.
 */
export function scheduleOfBps(maker: string, taker: string): FeeSchedule {
  return { maker: parseDecimal(maker), taker: parseDecimal(taker) };
}

/**
 * The schedule a job asks for.
 * @throws TemplateError for a model that is not simulated yet.
 */
export function scheduleOf(config: JobConfig): FeeSchedule {
  switch (config.fee_model) {
    case 'none':
      return scheduleOfBps('0', '0');
    case 'fixed_bps':
      if (config.fee_bps === undefined) throw new TemplateError('fee_model fixed_bps needs fee_bps');
      return scheduleOfBps(config.fee_bps, config.fee_bps);
    case 'match_exchange':
      return scheduleOfBps('10', '10');
    case 'tiered_maker_taker':
      throw new TemplateError('fee_model tiered_maker_taker is not simulated yet');
  }
}

/** The fee of a fill, rounded half up to 8 decimals: an integer of 10^-8, like `notional`. */
export function feeOf(notional: bigint, rate: bigint): bigint {
  return divideHalfUp(notional * rate, RATE_UNIT);
}
